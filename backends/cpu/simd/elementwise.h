// Loops over dense operands, for functors on vectors (floating types) and on numbers (the others,
// left to the compiler's vectoriser).
#pragma once

#include <carousel/backends/cpu/simd/part.h>
#include <carousel/backends/cpu/simd/run.h>

namespace carousel::cpu::CAROUSEL_SIMD {

// Op is built from the run (for its immediates) and called as Vec(Vec).
template <class T, class Op>
void map1(const Run& run) {
  constexpr std::int64_t width = kLanes<T>;
  const Op op(run);
  auto* out = static_cast<T*>(run.out);
  const auto* x = static_cast<const T*>(run.in[0]);
  alignas(64) T repeated[width];
  if (run.step[0] == 0) {
    store(repeated, Vec<T>(*x));
    x = repeated;
  }
  const std::int64_t step = run.step[0] * width;
  std::int64_t n = run.n;
  for (; n >= width; n -= width, x += step, out += width) store(out, op(load(x)));
  if (n > 0) store_part(out, op(load_part(x, n)), n);
}

template <class T, class Op>
void map2(const Run& run) {
  constexpr std::int64_t width = kLanes<T>;
  const Op op(run);
  auto* out = static_cast<T*>(run.out);
  const auto* a = static_cast<const T*>(run.in[0]);
  const auto* b = static_cast<const T*>(run.in[1]);
  alignas(64) T repeated_a[width], repeated_b[width];
  if (run.step[0] == 0) {
    store(repeated_a, Vec<T>(*a));
    a = repeated_a;
  }
  if (run.step[1] == 0) {
    store(repeated_b, Vec<T>(*b));
    b = repeated_b;
  }
  const std::int64_t step_a = run.step[0] * width, step_b = run.step[1] * width;
  std::int64_t n = run.n;
  for (; n >= width; n -= width, a += step_a, b += step_b, out += width)
    store(out, op(load(a), load(b)));
  if (n > 0) store_part(out, op(load_part(a, n), load_part(b, n)), n);
}

// The same for functors on single numbers, from In to Out.
template <class In, class Out, class Op>
void each1(const Run& run) {
  const Op op(run);
  auto* __restrict out = static_cast<Out*>(run.out);
  const auto* x = static_cast<const In*>(run.in[0]);
  if (run.step[0] == 0) {
    const Out value = op(*x);
    for (std::int64_t i = 0; i < run.n; ++i) out[i] = value;
    return;
  }
  for (std::int64_t i = 0; i < run.n; ++i) out[i] = op(x[i]);
}

template <class In, class Out, class Op>
void each2(const Run& run) {
  const Op op(run);
  auto* out = static_cast<Out*>(run.out);
  const auto* a = static_cast<const In*>(run.in[0]);
  const auto* b = static_cast<const In*>(run.in[1]);
  if (run.step[0] == 0) {
    const In first = *a;
    for (std::int64_t i = 0; i < run.n; ++i) out[i] = op(first, b[i * run.step[1]]);
  } else if (run.step[1] == 0) {
    const In second = *b;
    for (std::int64_t i = 0; i < run.n; ++i) out[i] = op(a[i], second);
  } else {
    for (std::int64_t i = 0; i < run.n; ++i) out[i] = op(a[i], b[i]);
  }
}

}  // namespace carousel::cpu::CAROUSEL_SIMD
