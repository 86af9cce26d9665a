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
    const std::int64_t lowest = args.from_end ? -args.length : 0;
    for (std::int64_t i = 0; i < indices; ++i)
      if (index[i] < lowest || index[i] >= args.length)
        throw IndexError(args.op,
                         "index " + std::to_string(index[i]) + " at position " + std::to_string(i) +
                             (args.from_end ? " is out of range for size " : " is outside [0, ") +
                             std::to_string(args.length) + (args.from_end ? "" : ")"));
  }
  std::int64_t at(std::int64_t i) const { return index[i] < 0 ? index[i] + args.length : index[i]; }

  // Calls body(i, j, base) for the slices i of [begin, end), i.e. the j-th of the one of `outer`
  // whose (length, inner) part begins at row `base`.
  template <class Body>
  void for_slices(std::int64_t begin, std::int64_t end, const Body& body) const {
    std::int64_t j = begin % args.count, base = begin / args.count * args.length;
    for (std::int64_t i = begin; i < end; ++i, ++j) {
      if (j == args.count) {
        j = 0;
        base += args.length;
      }
      body(i, j, base);
    }
  }
  std::int64_t slices() const { return args.outer * args.count; }
  std::int64_t elements() const { return slices() * args.inner; }

  const IndexArgs& args;
  const T* x;
  T* out;
  const Index* index;
};

template <class T, class Index>
void gather(const IndexArgs& args) {
  const Call<T, Index> call(args);
  call.check(call.elements());
  if (call.elements() == 0) return;
  const std::int64_t inner = args.inner, grain = std::max<std::int64_t>(1, kGrain / inner);
  parallel_for(call.slices(), grain, [&](std::int64_t begin, std::int64_t end) {
    call.for_slices(begin, end, [&](std::int64_t i, std::int64_t, std::int64_t base) {
      for (std::int64_t c = 0, e = i * inner; c < inner; ++c, ++e)
        call.out[e] = call.x[(base + call.at(e)) * inner + c];
    });
  });
}

template <class T, class Index>
void index_select(const IndexArgs& args) {
  const Call<T, Index> call(args);
  call.check(args.count);
  if (call.elements() == 0) return;
  const std::int64_t inner = args.inner, grain = std::max<std::int64_t>(1, kLightGrain / inner);
  parallel_for(call.slices(), grain, [&](std::int64_t begin, std::int64_t end) {
    call.for_slices(begin, end, [&](std::int64_t i, std::int64_t j, std::int64_t base) {
      const T* from = call.x + (base + call.at(j)) * inner;
      if (inner == 1)
        call.out[i] = *from;
      else
        std::memcpy(call.out + i * inner, from, static_cast<std::size_t>(inner) * sizeof(T));
    });
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

// The columns [first, last) of the slices [begin, end), added in the order of the indices.
template <class T, class Index>
void add_elements(const Call<T, Index>& call, std::int64_t begin, std::int64_t end,
                  std::int64_t first, std::int64_t last) {
  const std::int64_t inner = call.args.inner;
  call.for_slices(begin, end, [&](std::int64_t i, std::int64_t, std::int64_t base) {
    for (std::int64_t c = first; c < last; ++c) {
      T& to = call.out[(base + call.at(i * inner + c)) * inner + c];
      to = plus(to, call.x[i * inner + c]);
    }
  });
}
template <class T, class Index>
void add_slices(const Call<T, Index>& call, std::int64_t begin, std::int64_t end,
                std::int64_t first, std::int64_t last) {
  const std::int64_t inner = call.args.inner;
  call.for_slices(begin, end, [&](std::int64_t i, std::int64_t j, std::int64_t base) {
    T* to = call.out + (base + call.at(j)) * inner;
    const T* from = call.x + i * inner;
    for (std::int64_t c = first; c < last; ++c) to[c] = plus(to[c], from[c]);
  });
}

// Threads take columns, or else parts of the outer axis: no two add to one element, so each sum has
// one order.
template <class T, class Index, class Add>
void share(const Call<T, Index>& call, const Add& add) {
  constexpr std::int64_t kColumns = 16;
  const std::int64_t outer = call.args.outer, count = call.args.count, inner = call.args.inner;
  if (call.elements() < 2 * kLightGrain) return add(call, 0, call.slices(), 0, inner);
  if (inner >= 2 * kColumns)
    return parallel_for(inner, kColumns, [&](std::int64_t begin, std::int64_t end) {
      add(call, 0, call.slices(), begin, end);
    });
  parallel_for(outer, 1, [&](std::int64_t begin, std::int64_t end) {
    add(call, begin * count, end * count, 0, inner);
  });
}

template <class T, class Index>
void scatter_add(const IndexArgs& args) {
  const Call<T, Index> call(args);
  call.check(call.elements());
  if (call.elements() > 0) share(call, add_elements<T, Index>);
}

template <class T, class Index>
void index_add(const IndexArgs& args) {
  const Call<T, Index> call(args);
  call.check(args.count);
  if (call.elements() > 0) share(call, add_slices<T, Index>);
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
