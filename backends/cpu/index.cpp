// Gather, scatter and their slice-wise forms. All indices are checked before anything is written.
#include <algorithm>
#include <cstring>
#include <string>

#include <carousel/backends/cpu/kernels.h>
#include <carousel/backends/cpu/loops.h>
#include <carousel/backends/cpu/team.h>
#include <carousel/tensor/error.h>

namespace carousel::cpu {
namespace {

// The operands of a call; Index is i32 or i64.
template <class T, class Index>
struct Call {
  explicit Call(const IndexArgs& a) : args(a) {
    std::int64_t none = 0;
    x = reinterpret_cast<const T*>(resolve(a.x, a.dtype, none).data);
    out = reinterpret_cast<T*>(resolve(a.out, a.dtype, none).data);
    index = reinterpret_cast<const Index*>(resolve(a.index, a.index_dtype, none).data);
  }

  void check(std::int64_t indices) const {
    for (std::int64_t i = 0; i < indices; ++i)
      if (index[i] < -args.length || index[i] >= args.length)
        throw IndexError(args.op, "index " + std::to_string(index[i]) + " at position " +
                                      std::to_string(i) + " is out of range for size " +
                                      std::to_string(args.length));
  }
  std::int64_t at(std::int64_t i) const { return index[i] < 0 ? index[i] + args.length : index[i]; }

  const IndexArgs& args;
  const T* x;
  T* out;
  const Index* index;
};

template <class T, class Index>
void gather(const IndexArgs& args) {
  const Call<T, Index> call(args);
  const std::int64_t n = args.outer * args.count * args.inner, slab = args.count * args.inner;
  call.check(n);
  parallel_for(n, kGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t row = i / slab * args.length + call.at(i);
      call.out[i] = call.x[row * args.inner + i % args.inner];
    }
  });
}

template <class T, class Index>
void index_select(const IndexArgs& args) {
  const Call<T, Index> call(args);
  call.check(args.count);
  if (args.inner == 0) return;
  const std::int64_t grain = std::max<std::int64_t>(1, kLightGrain / args.inner);
  parallel_for(args.outer * args.count, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t row = i / args.count * args.length + call.at(i % args.count);
      const T* from = call.x + row * args.inner;
      if (args.inner == 1)
        call.out[i] = *from;
      else
        std::memcpy(call.out + i * args.inner, from,
                    static_cast<std::size_t>(args.inner) * sizeof(T));
    }
  });
}

// Integers wrap around.
inline float plus(float a, float b) { return a + b; }
inline double plus(double a, double b) { return a + b; }
inline std::int32_t plus(std::int32_t a, std::int32_t b) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(a) + static_cast<std::uint32_t>(b));
}
inline std::int64_t plus(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

// Both add in the order of the indices. A thread has columns of its own, so none waits for another.
constexpr std::int64_t kColumnsPerThread = 16;

template <class T, class Index>
void scatter_add(const IndexArgs& args) {
  const Call<T, Index> call(args);
  const std::int64_t slab = args.count * args.inner;
  call.check(args.outer * slab);
  for (std::int64_t i = 0; i < args.outer * slab; ++i) {
    const std::int64_t row = i / slab * args.length + call.at(i);
    T& to = call.out[row * args.inner + i % args.inner];
    to = plus(to, call.x[i]);
  }
}

template <class T, class Index>
void add_columns(const Call<T, Index>& call, std::int64_t begin, std::int64_t end) {
  const IndexArgs& args = call.args;
  for (std::int64_t i = 0; i < args.outer * args.count; ++i) {
    const std::int64_t row = i / args.count * args.length + call.at(i % args.count);
    T* to = call.out + row * args.inner;
    const T* from = call.x + i * args.inner;
    for (std::int64_t c = begin; c < end; ++c) to[c] = plus(to[c], from[c]);
  }
}

template <class T, class Index>
void index_add(const IndexArgs& args) {
  const Call<T, Index> call(args);
  call.check(args.count);
  if (args.outer * args.count * args.inner < 2 * kLightGrain)
    return add_columns(call, 0, args.inner);
  parallel_for(args.inner, kColumnsPerThread,
               [&](std::int64_t begin, std::int64_t end) { add_columns(call, begin, end); });
}

template <class T>
void run(Context&, const IndexArgs& args) {
  const bool wide = args.index_dtype == i64;
  if (args.kernel == Kernel::gather)
    return wide ? gather<T, std::int64_t>(args) : gather<T, std::int32_t>(args);
  return wide ? index_select<T, std::int64_t>(args) : index_select<T, std::int32_t>(args);
}

template <class T>
void run_adding(Context&, const IndexArgs& args) {
  const bool wide = args.index_dtype == i64;
  if (args.kernel == Kernel::scatter_add)
    return wide ? scatter_add<T, std::int64_t>(args) : scatter_add<T, std::int32_t>(args);
  return wide ? index_add<T, std::int64_t>(args) : index_add<T, std::int32_t>(args);
}

void add(KernelTables& tables, DType dtype, IndexFn copies, IndexFn adds) {
  tables.index.at(Kernel::gather, dtype) = tables.index.at(Kernel::index_select, dtype) = copies;
  tables.index.at(Kernel::scatter_add, dtype) = tables.index.at(Kernel::index_add, dtype) = adds;
}

}  // namespace

// Copies only care for the size of an element.
void add_index_kernels(KernelTables& tables) {
  add(tables, f32, run<std::uint32_t>, run_adding<float>);
  add(tables, f64, run<std::uint64_t>, run_adding<double>);
  add(tables, i32, run<std::uint32_t>, run_adding<std::int32_t>);
  add(tables, i64, run<std::uint64_t>, run_adding<std::int64_t>);
  add(tables, boolean, run<std::uint8_t>, nullptr);
}

}  // namespace carousel::cpu
