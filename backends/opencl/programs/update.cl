// Before every generated update kernel (backends/opencl/update_source.cpp).
// NaN stays.
T larger(T a, T b) { return a > b || isnan(a) ? a : b; }
T smaller(T a, T b) { return a < b || isnan(a) ? a : b; }
T sign_of(T x) { return x == 0 || isnan(x) ? x : copysign(ONE, x); }
