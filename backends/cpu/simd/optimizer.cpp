// Keras' update rules. The loops are left to the compiler's vectoriser: no step depends on another
// element, and without contraction the tail computes what the vectors do.
#include <carousel/backends/cpu/simd/optimizer.h>

#include <math.h>

namespace carousel::cpu::CAROUSEL_SIMD {
namespace {

inline float root(float x) { return __builtin_sqrtf(x); }
inline double root(double x) { return __builtin_sqrt(x); }

template <class T>
T* slot(const OptimizerRun& run, int i) {
  return static_cast<T*>(run.slots[i]);
}

// Decay is decoupled from the gradient, in all of them: w -= lr decay w before the step.
template <class T>
T kept_part(double learning_rate, double decay) {
  return static_cast<T>(1 - learning_rate * decay);
}

// v = momentum v - lr g; w += v, or with Nesterov w += momentum v - lr g.
template <class T>
void sgd(const OptimizerRun& run) {
  const T rate = static_cast<T>(run.hyper[0]), momentum = static_cast<T>(run.hyper[1]);
  const bool nesterov = run.hyper[2] != 0;
  const T keep = kept_part<T>(run.hyper[0], run.hyper[3]);
  auto* __restrict w = static_cast<T*>(run.parameter);
  const auto* __restrict g = static_cast<const T*>(run.gradient);
  auto* __restrict v = slot<T>(run, 0);
  if (v == nullptr) {
    for (std::int64_t i = 0; i < run.n; ++i) w[i] = keep * w[i] - rate * g[i];
    return;
  }
  for (std::int64_t i = 0; i < run.n; ++i) {
    const T step = rate * g[i], velocity = momentum * v[i] - step;
    v[i] = velocity;
    w[i] = keep * w[i] + (nesterov ? momentum * velocity - step : velocity);
  }
}

// m += (1 - beta1) (g - m); v += (1 - beta2) (g^2 - v);
// w -= lr sqrt(1 - beta2^t) / (1 - beta1^t) m / (sqrt(v) + epsilon).
template <class T>
void adam(const OptimizerRun& run) {
  const double* h = run.hyper;
  const double correction = __builtin_sqrt(1 - ::pow(h[2], h[5])) / (1 - ::pow(h[1], h[5]));
  const T rate = static_cast<T>(h[0] * correction), epsilon = static_cast<T>(h[3]);
  const T new1 = static_cast<T>(1 - h[1]), new2 = static_cast<T>(1 - h[2]);
  const T keep = kept_part<T>(h[0], h[4]);
  auto* __restrict w = static_cast<T*>(run.parameter);
  const auto* __restrict g = static_cast<const T*>(run.gradient);
  auto* __restrict m = slot<T>(run, 0), * __restrict v = slot<T>(run, 1);
  for (std::int64_t i = 0; i < run.n; ++i) {
    const T first = m[i] + (g[i] - m[i]) * new1;
    const T second = v[i] + (g[i] * g[i] - v[i]) * new2;
    m[i] = first;
    v[i] = second;
    w[i] = keep * w[i] - rate * first / (root(second) + epsilon);
  }
}

// a = rho a + (1 - rho) g^2; the step lr g / sqrt(a - mean^2 + epsilon), the mean of gradients only
// where centered; with momentum b = momentum b + step, which is the step then.
template <class T>
void rmsprop(const OptimizerRun& run) {
  const double* h = run.hyper;
  const T rate = static_cast<T>(h[0]), rho = static_cast<T>(h[1]), fresh = static_cast<T>(1 - h[1]);
  const T momentum = static_cast<T>(h[2]), epsilon = static_cast<T>(h[3]);
  const T keep = kept_part<T>(h[0], h[5]);
  const bool centered = h[4] != 0;
  auto* __restrict w = static_cast<T*>(run.parameter);
  const auto* __restrict g = static_cast<const T*>(run.gradient);
  auto* __restrict a = slot<T>(run, 0), * __restrict b = slot<T>(run, 1);
  auto* __restrict mean = slot<T>(run, 2);
  for (std::int64_t i = 0; i < run.n; ++i) {
    const T square = rho * a[i] + fresh * g[i] * g[i];
    a[i] = square;
    T spread = square + epsilon;
    if (centered) {
      mean[i] = rho * mean[i] + fresh * g[i];
      spread = square - mean[i] * mean[i] + epsilon;
    }
    T step = rate * g[i] / root(spread);
    if (momentum > 0) step = b[i] = momentum * b[i] + step;
    w[i] = keep * w[i] - step;
  }
}

template <class T>
void scale(const OptimizerRun& run) {
  const T factor = static_cast<T>(run.hyper[0]);
  auto* g = static_cast<T*>(run.gradient);
  for (std::int64_t i = 0; i < run.n; ++i) g[i] *= factor;
}

template <class T>
double sum_squares(const void* data, std::int64_t n) {
  const auto* x = static_cast<const T*>(data);
  double sums[16] = {};
  for (; n >= 16; n -= 16, x += 16)
    for (int k = 0; k < 16; ++k) sums[k] += static_cast<double>(x[k]) * static_cast<double>(x[k]);
  for (int k = 0; k < n; ++k) sums[k] += static_cast<double>(x[k]) * static_cast<double>(x[k]);
  for (int width = 8; width > 0; width /= 2)
    for (int k = 0; k < width; ++k) sums[k] += sums[k + width];
  return sums[0];
}

template <class T>
constexpr OptimizerFunctions functions() {
  return {sgd<T>, adam<T>, rmsprop<T>, scale<T>, sum_squares<T>};
}

}  // namespace

const OptimizerTable& optimizer_table() {
  static constexpr OptimizerTable table{functions<float>(), functions<double>()};
  return table;
}

}  // namespace carousel::cpu::CAROUSEL_SIMD
