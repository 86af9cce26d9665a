// argmax and argmin: a block's extreme value by the max or min kernel, then its place, if it is
// better than the best so far.
#include <algorithm>

#include <carousel/backends/cpu/loops.h>
#include <carousel/backends/cpu/reduce.h>
#include <carousel/backends/cpu/simd/reduce.h>
#include <carousel/backends/cpu/strided.h>
#include <carousel/backends/cpu/team.h>

namespace carousel::cpu {
namespace {

template <class T>
bool is_nan(T x) {
  return x != x;
}

// The first place of `value` (or of the first NaN) among n.
template <class T>
std::int64_t place_of(const T* x, std::int64_t n, T value) {
  for (std::int64_t i = 0; i < n; ++i)
    if (x[i] == value || (is_nan(value) && is_nan(x[i]))) return i;
  return 0;
}

template <class T>
std::int64_t position(const ReduceArgs& args, const Reducer& reducer, const Axes<1>& axis,
                      const T* x) {
  const bool largest = args.kernel == Kernel::argmax;
  alignas(64) T buffer[kReduceBlock];
  T best{};
  std::int64_t place = 0;
  Cursor cursor(axis, 0);
  for (std::int64_t begin = 0; begin < args.reduced_count; begin += kReduceBlock) {
    const std::int64_t n = std::min(kReduceBlock, args.reduced_count - begin);
    const T* values = x + cursor.offset(0);
    if (cursor.row_stride(0) != 1 || cursor.left_in_row() < n) {
      gather(reinterpret_cast<char*>(buffer), reinterpret_cast<const char*>(x), sizeof(T), cursor,
             0, n);
      values = buffer;
    }
    T extreme{};
    reducer.run(values, n, &extreme);
    if (begin == 0 || is_nan(extreme) || (largest ? extreme > best : extreme < best)) {
      best = extreme;
      place = begin + place_of(values, n, extreme);
    }
    if (is_nan(extreme)) break;
    cursor.advance(n);
  }
  return place;
}

template <class T>
void positions(const ReduceArgs& args) {
  const Strides* kept_strides[] = {&args.kept_strides};
  const Strides* reduced_strides[] = {&args.reduced_strides};
  const auto kept = collapse<1>(args.kept, kept_strides, 1);
  const auto reduced = collapse<1>(args.reduced, reduced_strides, 1);
  const Kernel value = args.kernel == Kernel::argmax ? Kernel::max : Kernel::min;
  const Reducer& reducer = CAROUSEL_SIMD_SELECT(reduce_table).of(args.dtype, value);
  std::int64_t none = 0;
  const auto* x = reinterpret_cast<const T*>(resolve(args.x, args.dtype, none).data);
  auto* out = reinterpret_cast<std::int64_t*>(resolve(args.out, i64, none).data);
  const std::int64_t grain = std::max<std::int64_t>(1, kLightGrain / args.reduced_count);
  parallel_for(args.kept_count, grain, [&](std::int64_t begin, std::int64_t end) {
    Cursor cursor(kept, begin);
    for (std::int64_t i = begin; i < end; ++i, cursor.advance(1))
      out[i] = position(args, reducer, reduced, x + cursor.offset(0));
  });
}

}  // namespace

void reduce_position(Context&, const ReduceArgs& args) {
  if (args.kept_count == 0) return;
  switch (args.dtype) {
    case f32:
      return positions<float>(args);
    case f64:
      return positions<double>(args);
    case i32:
      return positions<std::int32_t>(args);
    default:
      return positions<std::int64_t>(args);
  }
}

}  // namespace carousel::cpu
