// Before every generated update kernel (backends/opencl/update_source.cpp).
#define OPERANDS 8    // of UpdateProgram
#define CONSTANTS 48

typedef struct {
  long count;
  long begin[OPERANDS];
} Span;

typedef struct {
  T c[CONSTANTS];
} Constants;

// NaN stays.
T larger(T a, T b) { return a > b || isnan(a) ? a : b; }
T smaller(T a, T b) { return a < b || isnan(a) ? a : b; }
T sign_of(T x) { return x == 0 || isnan(x) ? x : copysign(ONE, x); }
