// Loops over dense operands: map* take functions on vectors (floating types), each* functors on
// single numbers (the others, left to the compiler's vectoriser).
#pragma once

#include <carousel/backends/cpu/simd/part.h>
#include <carousel/backends/cpu/simd/run.h>
#include <carousel/backends/cpu/simd/tables.h>

namespace carousel::cpu::CAROUSEL_SIMD {

// The immediates of a run.
template <class T>
struct Immediates {
  explicit Immediates(const Run& run)
      : alpha(static_cast<T>(run.alpha)), beta(static_cast<T>(run.beta)) {}
  Vec<T> alpha, beta;
};

// An input that repeats one element is spread over a vector, which the loop then reads again and
// again.
template <class T>
struct Input {
  Input(const Run& run, int i)
      : data(static_cast<const T*>(run.in[i])), step(run.step[i] * kLanes<T>) {
    if (run.step[i] != 0) return;
    store(repeated, Vec<T>(*data));
    data = repeated;
  }
  Vec<T> next() {
    const Vec<T> v = load(data);
    data += step;
    return v;
  }
  Vec<T> last(std::int64_t n) const { return load_part(data, n); }

  const T* data;
  std::int64_t step;
  alignas(64) T repeated[kLanes<T>];
};

// op as a function of vectors only, whether it takes immediates or not.
template <class T, auto F, class... V>
__attribute__((always_inline)) inline Vec<T> apply(const Immediates<T>& immediates, V... v) {
  if constexpr (requires { F(v...); })
    return F(v...);
  else
    return F(v..., immediates);
}

template <class T, auto F>
void map1(const Run& run) {
  const Immediates<T> immediates(run);
  Input<T> x(run, 0);
  auto* out = static_cast<T*>(run.out);
  std::int64_t n = run.n;
  for (; n >= kLanes<T>; n -= kLanes<T>, out += kLanes<T>)
    store(out, apply<T, F>(immediates, x.next()));
  if (n > 0) store_part(out, apply<T, F>(immediates, x.last(n)), n);
}

template <class T, auto F>
void map2(const Run& run) {
  const Immediates<T> immediates(run);
  Input<T> a(run, 0), b(run, 1);
  auto* out = static_cast<T*>(run.out);
  std::int64_t n = run.n;
  for (; n >= kLanes<T>; n -= kLanes<T>, out += kLanes<T>)
    store(out, apply<T, F>(immediates, a.next(), b.next()));
  if (n > 0) store_part(out, apply<T, F>(immediates, a.last(n), b.last(n)), n);
}

// Out(In), from In to Out.
template <class In, class Out, auto F>
void each1(const Run& run) {
  auto* out = static_cast<Out*>(run.out);
  const auto* x = static_cast<const In*>(run.in[0]);
  if (run.step[0] == 0) {
    const Out value = F(*x);
    for (std::int64_t i = 0; i < run.n; ++i) out[i] = value;
    return;
  }
  for (std::int64_t i = 0; i < run.n; ++i) out[i] = F(x[i]);
}

template <class In, class Out, auto F>
void each2(const Run& run) {
  auto* out = static_cast<Out*>(run.out);
  const auto* a = static_cast<const In*>(run.in[0]);
  const auto* b = static_cast<const In*>(run.in[1]);
  const std::int64_t n = run.n;
  if (run.step[0] == 0) {
    const In first = *a;
    for (std::int64_t i = 0; i < n; ++i) out[i] = F(first, b[i * run.step[1]]);
  } else if (run.step[1] == 0) {
    const In second = *b;
    for (std::int64_t i = 0; i < n; ++i) out[i] = F(a[i], second);
  } else {
    for (std::int64_t i = 0; i < n; ++i) out[i] = F(a[i], b[i]);
  }
}

}  // namespace carousel::cpu::CAROUSEL_SIMD
