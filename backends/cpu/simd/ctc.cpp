#include <carousel/backends/cpu/simd/ctc.h>

#include <carousel/backends/cpu/simd/math.h>

namespace carousel::cpu::CAROUSEL_SIMD {
namespace {

using D = Vec<double>;

CAROUSEL_INLINE D larger(D a, D b) { return xsimd::select(a > b, a, b); }

// log(e^a + e^b + e^c), minus infinity where all are. A NaN is no maximum, but stays in the sum.
CAROUSEL_INLINE D log_sum(D a, D b, D c) {
  const D never(-Format<double>::kInfinity);
  D most = larger(larger(a, b), c);
  most = xsimd::select(most == never, D(0.0), most);
  return most + log(exp(a - most) + exp(b - most) + exp(c - most));
}

// The others are left out.
CAROUSEL_INLINE D where_skips(const double* skips, D x) {
  return xsimd::select(load(skips) > D(0.0), x, D(-Format<double>::kInfinity));
}

void forward(const double* before, const double* skips, const double* emission, std::int64_t states,
             double* now) {
  for (std::int64_t s = 0; s < states; s += kLanes<double>) {
    const D two = where_skips(skips + s, load(before + s - 2));
    store(now + s, log_sum(load(before + s), load(before + s - 1), two) + load(emission + s));
  }
}

void backward(const double* later, const double* skips, std::int64_t states, double* now) {
  for (std::int64_t s = 0; s < states; s += kLanes<double>) {
    const D two = where_skips(skips + s + 2, load(later + s + 2));
    store(now + s, log_sum(load(later + s), load(later + s + 1), two));
  }
}

void through(const double* alpha, const double* beta, double total, std::int64_t states,
             double* result) {
  for (std::int64_t s = 0; s < states; s += kLanes<double>)
    store(result + s, exp(load(alpha + s) + load(beta + s) - D(total)));
}

}  // namespace

const CTCFunctions& ctc_functions() {
  static constexpr CTCFunctions functions{forward, backward, through};
  return functions;
}

}  // namespace carousel::cpu::CAROUSEL_SIMD
