// Runs update programs. Each instruction is one loop over a block that stays in the first cache:
// the step is bound by memory, as if it had been written out by hand.
#include <carousel/backends/cpu/simd/binary.h>
#include <carousel/backends/cpu/simd/optimizer.h>

#include <math.h>
#include <string.h>

namespace carousel::cpu::CAROUSEL_SIMD {
namespace {

constexpr int kBlock = 256;

template <class T>
struct Blocks {
  alignas(64) T temporaries[UpdateProgram::kTemporaries][kBlock];
  alignas(64) T padded[UpdateProgram::kOperands][kBlock];  // operands of the last, short block
};

// An argument: a block, or one number for all its elements.
template <class T>
struct Argument {
  const T* block;
  T number;
};

template <class T>
Vec<T> at(const Argument<T>& x, int i) {
  return x.block != nullptr ? load(x.block + i) : Vec<T>(x.number);
}

template <class T, class F>
CAROUSEL_INLINE void each(T* out, const Argument<T>& a, const Argument<T>& b, const F& f) {
  if (a.block != nullptr && b.block != nullptr) {
    for (int i = 0; i < kBlock; i += kLanes<T>)
      store(out + i, f(load(a.block + i), load(b.block + i)));
  } else if (a.block != nullptr) {
    const Vec<T> number(b.number);
    for (int i = 0; i < kBlock; i += kLanes<T>) store(out + i, f(load(a.block + i), number));
  } else {
    const Vec<T> number(a.number);
    for (int i = 0; i < kBlock; i += kLanes<T>) store(out + i, f(number, load(b.block + i)));
  }
}

template <class T, class F>
CAROUSEL_INLINE void each(T* out, const Argument<T>& a, const F& f) {
  for (int i = 0; i < kBlock; i += kLanes<T>) store(out + i, f(at(a, i)));
}

inline float power(float x, float y) { return ::powf(x, y); }
inline double power(double x, double y) { return ::pow(x, y); }

template <class T>
void pow_block(T* out, const Argument<T>& a, const Argument<T>& b) {
  for (int i = 0; i < kBlock; ++i)
    out[i] = power(a.block != nullptr ? a.block[i] : a.number,
                   b.block != nullptr ? b.block[i] : b.number);
}

template <class T>
void where_block(T* out, const Argument<T>& c, const Argument<T>& a, const Argument<T>& b) {
  for (int i = 0; i < kBlock; i += kLanes<T>)
    store(out + i, where<T>(at(c, i) > Vec<T>(T(0)), at(a, i), at(b, i)));
}

template <class T>
CAROUSEL_INLINE Vec<T> sign_of(Vec<T> x) {
  const Vec<T> zero(T(0));
  return where<T>((x == zero) | is_nan(x), x, with_sign(Vec<T>(T(1)), x));
}

template <class T>
void execute(const UpdateInstruction& step, T* out, const Argument<T>& a, const Argument<T>& b,
             const Argument<T>& c) {
  using V = Vec<T>;
  switch (step.op) {
    case UpdateOp::add:
      return each(out, a, b, [](V x, V y) { return x + y; });
    case UpdateOp::sub:
      return each(out, a, b, [](V x, V y) { return x - y; });
    case UpdateOp::mul:
      return each(out, a, b, [](V x, V y) { return x * y; });
    case UpdateOp::div:
      return each(out, a, b, [](V x, V y) { return x / y; });
    case UpdateOp::maximum:
      return each(out, a, b, [](V x, V y) { return maximum<T>(x, y); });
    case UpdateOp::minimum:
      return each(out, a, b, [](V x, V y) { return minimum<T>(x, y); });
    case UpdateOp::pow:
      return pow_block(out, a, b);
    case UpdateOp::where:
      return where_block(out, c, a, b);
    case UpdateOp::abs:
      return each(out, a, [](V x) { return absolute<T>(x); });
    case UpdateOp::sign:
      return each(out, a, [](V x) { return sign_of<T>(x); });
    case UpdateOp::sqrt:
      return each(out, a, [](V x) { return xsimd::sqrt(x); });
    case UpdateOp::copy:
      return each(out, a, [](V x) { return x; });
  }
}

// One block: operands as they lie in memory, or in the padded copies.
template <class T>
void run_block(const UpdateRun& run, T* const* operands, Blocks<T>& blocks, const T* constants) {
  const auto argument = [&](int r) -> Argument<T> {
    if (r < UpdateProgram::kFirstConstant) return {operands[r], T(0)};
    if (r < UpdateProgram::kFirstTemporary)
      return {nullptr, constants[r - UpdateProgram::kFirstConstant]};
    return {blocks.temporaries[r - UpdateProgram::kFirstTemporary], T(0)};
  };
  for (int i = 0; i < run.length; ++i) {
    const UpdateInstruction& step = run.code[i];
    execute<T>(step, blocks.temporaries[step.out - UpdateProgram::kFirstTemporary],
               argument(step.a), argument(step.b), argument(step.c));
  }
  for (int k = 0; k < UpdateProgram::kOperands; ++k)
    if (run.results[k] != UpdateProgram::kNone)
      ::memcpy(operands[k], blocks.temporaries[run.results[k] - UpdateProgram::kFirstTemporary],
               sizeof(T) * kBlock);
}

template <class T>
void update(const UpdateRun& run) {
  Blocks<T> blocks;
  T constants[UpdateProgram::kConstants];
  for (int i = 0; i < run.constant_count; ++i) constants[i] = T(run.constants[i]);
  T* operands[UpdateProgram::kOperands];
  std::int64_t done = 0;
  for (; run.n - done >= kBlock; done += kBlock) {
    for (int k = 0; k < UpdateProgram::kOperands; ++k)
      operands[k] = run.operands[k] == nullptr ? nullptr : static_cast<T*>(run.operands[k]) + done;
    run_block(run, operands, blocks, constants);
  }
  if (done == run.n) return;
  const auto bytes = static_cast<unsigned long>(run.n - done) * sizeof(T);
  for (int k = 0; k < UpdateProgram::kOperands; ++k) {
    operands[k] = blocks.padded[k];
    if (run.operands[k] == nullptr) continue;
    ::memcpy(blocks.padded[k], static_cast<T*>(run.operands[k]) + done, bytes);
    ::memset(blocks.padded[k] + (run.n - done), 0, sizeof(T) * kBlock - bytes);
  }
  run_block(run, operands, blocks, constants);
  for (int k = 0; k < UpdateProgram::kOperands; ++k)
    if (run.results[k] != UpdateProgram::kNone)
      ::memcpy(static_cast<T*>(run.operands[k]) + done, blocks.padded[k], bytes);
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
