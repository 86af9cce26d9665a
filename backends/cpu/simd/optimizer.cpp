// Runs update programs as plans for an accumulator of eight vectors, which stay in registers: a
// step costs little more than its arithmetic, as if the rule had been written out by hand.
#include <carousel/backends/cpu/simd/binary.h>
#include <carousel/backends/cpu/simd/optimizer.h>

#include <math.h>
#include <string.h>

namespace carousel::cpu::CAROUSEL_SIMD {
namespace {

// Half of the registers; each step is one jump for so many vectors.
constexpr int kVectors = sizeof(Vec<float>) == 64 ? 16 : 8;
template <class T>
constexpr int kGroup = kVectors* kLanes<T>;
constexpr int kPlaces = UpdateProgram::kFirstTemporary + UpdateProgram::kTemporaries;

// Halves of halves, not an array: so they are registers without any unrolling.
template <class T, int n = kVectors>
struct Accumulator {
  Accumulator<T, n / 2> low, high;

  // each vector v = f(v, where it is in the group)
  template <class F>
  CAROUSEL_INLINE void each(const F& f, int first = 0) {
    low.each(f, first);
    high.each(f, first + n / 2 * kLanes<T>);
  }
};
template <class T>
struct Accumulator<T, 1> {
  Vec<T> v;
  template <class F>
  CAROUSEL_INLINE void each(const F& f, int first) {
    v = f(v, first);
  }
};

// v = f(v, x's vector), and the like for two.
template <class T, class F>
CAROUSEL_INLINE void with(Accumulator<T>& acc, const T* x, const F& f) {
  acc.each([&](Vec<T> v, int i) { return f(v, load(x + i)); });
}
template <class T, class F>
CAROUSEL_INLINE void with(Accumulator<T>& acc, const T* x, const T* y, const F& f) {
  acc.each([&](Vec<T> v, int i) { return f(v, load(x + i), load(y + i)); });
}

template <class T>
CAROUSEL_INLINE void store_group(Accumulator<T>& acc, T* to) {
  acc.each([&](Vec<T> v, int i) {
    store(to + i, v);
    return v;
  });
}

inline float power(float x, float y) { return ::powf(x, y); }
inline double power(double x, double y) { return ::pow(x, y); }

template <class T>
[[gnu::noinline]] void pow_group(const T* a, const T* b, T* out) {
  for (int i = 0; i < kGroup<T>; ++i) out[i] = power(a[i], b[i]);
}

template <class T>
CAROUSEL_INLINE Vec<T> sign_of(Vec<T> x) {
  const Vec<T> zero(T(0));
  return where<T>((x == zero) | is_nan(x), x, with_sign(Vec<T>(T(1)), x));
}

template <class T>
CAROUSEL_INLINE void execute(const UpdateStep& step, Accumulator<T>& acc, T* const* places) {
  using V = Vec<T>;
  using Op = UpdateStep::Op;
  const T* x = places[step.b];
  switch (step.op) {
    case Op::add:
      return with(acc, x, [](V a, V b) { return a + b; });
    case Op::sub:
      return with(acc, x, [](V a, V b) { return a - b; });
    case Op::sub_from:
      return with(acc, x, [](V a, V b) { return b - a; });
    case Op::mul:
      return with(acc, x, [](V a, V b) { return a * b; });
    case Op::div:
      return with(acc, x, [](V a, V b) { return a / b; });
    case Op::div_into:
      return with(acc, x, [](V a, V b) { return b / a; });
    case Op::maximum:
      return with(acc, x, [](V a, V b) { return maximum<T>(a, b); });
    case Op::minimum:
      return with(acc, x, [](V a, V b) { return minimum<T>(a, b); });
    case Op::pow:
      pow_group(places[step.a], x, places[step.store]);
      return with(acc, places[step.store], [](V, V b) { return b; });
    case Op::where: {
      const T* c = places[step.c];
      return acc.each([&](V a, int i) { return where<T>(load(c + i) > V(T(0)), a, load(x + i)); });
    }
    case Op::abs:
      return acc.each([](V a, int) { return absolute<T>(a); });
    case Op::sign:
      return acc.each([](V a, int) { return sign_of<T>(a); });
    case Op::sqrt:
      return acc.each([](V a, int) { return V(xsimd::sqrt(a)); });
    case Op::copy:
      return;
    case Op::sub_mul_add:
      return with(acc, x, places[step.c], [](V a, V b, V c) { return (a - b) * c + b; });
    case Op::sqrt_add:
      return with(acc, x, [](V a, V b) { return V(xsimd::sqrt(a)) + b; });
    case Op::div_into_sub_from:
      return with(acc, x, places[step.c], [](V a, V b, V c) { return c - b / a; });
  }
}

template <class T>
void run_group(const UpdatePlan& plan, T* const* places) {
  Accumulator<T> acc;
  for (int i = 0; i < plan.length; ++i) {
    const UpdateStep& step = plan.steps[static_cast<unsigned>(i)];
    if (!step.stays) with(acc, places[step.a], [](Vec<T>, Vec<T> a) { return a; });
    execute<T>(step, acc, places);
    if (step.store != UpdateProgram::kNone) store_group(acc, places[step.store]);
  }
  for (int i = 0; i < plan.copy_count; ++i) {
    const UpdatePlan::Copy& copy = plan.copies[static_cast<unsigned>(i)];
    ::memcpy(places[copy.operand], places[copy.from], sizeof(T) * kGroup<T>);
  }
}

template <class T>
struct Blocks {
  alignas(64) T constants[UpdateProgram::kConstants][kGroup<T>];
  alignas(64) T temporaries[UpdateProgram::kTemporaries][kGroup<T>];
  alignas(64) T padded[UpdateProgram::kOperands][kGroup<T>];  // operands of the last, short group
};

template <class T>
void update(const UpdateRun& run) {
  Blocks<T> blocks;
  T* places[kPlaces] = {};
  for (int i = 0; i < run.constant_count; ++i) {
    T* block = places[UpdateProgram::kFirstConstant + i] = blocks.constants[i];
    const Vec<T> number(T(run.constants[i]));
    for (int k = 0; k < kGroup<T>; k += kLanes<T>) store(block + k, number);
  }
  for (int i = 0; i < UpdateProgram::kTemporaries; ++i)
    places[UpdateProgram::kFirstTemporary + i] = blocks.temporaries[i];
  for (int k = 0; k < UpdateProgram::kOperands; ++k) places[k] = static_cast<T*>(run.operands[k]);
  std::int64_t done = 0;
  for (; run.n - done >= kGroup<T>; done += kGroup<T>) {
    run_group(*run.plan, places);
    for (int k = 0; k < UpdateProgram::kOperands; ++k)
      if (places[k] != nullptr) places[k] += kGroup<T>;
  }
  if (done == run.n) return;
  const auto bytes = static_cast<unsigned long>(run.n - done) * sizeof(T);
  T* rest[UpdateProgram::kOperands];
  for (int k = 0; k < UpdateProgram::kOperands; ++k) {
    rest[k] = places[k];
    places[k] = blocks.padded[k];
    if (rest[k] == nullptr) continue;
    ::memcpy(blocks.padded[k], rest[k], bytes);
    ::memset(blocks.padded[k] + (run.n - done), 0, sizeof(T) * kGroup<T> - bytes);
  }
  run_group(*run.plan, places);
  for (int k = 0; k < UpdateProgram::kOperands; ++k)
    if (run.plan->written[static_cast<unsigned>(k)]) ::memcpy(rest[k], blocks.padded[k], bytes);
}

template <class T>
void scale(void* data, std::int64_t n, double factor) {
  auto* x = static_cast<T*>(data);
  for (std::int64_t i = 0; i < n; ++i) x[i] *= static_cast<T>(factor);
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
  return {update<T>, scale<T>, sum_squares<T>};
}

}  // namespace

const OptimizerTable& optimizer_table() {
  static constexpr OptimizerTable table{functions<float>(), functions<double>()};
  return table;
}

}  // namespace carousel::cpu::CAROUSEL_SIMD
