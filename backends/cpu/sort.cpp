// Stable sorting of rows: bottom-up merges of (value, position) pairs.
#include <algorithm>

#include <carousel/backends/cpu/kernels.h>
#include <carousel/backends/cpu/loops.h>
#include <carousel/backends/cpu/scratch.h>
#include <carousel/backends/cpu/team.h>

namespace carousel::cpu {
namespace {

constexpr std::int64_t kInsertion = 16;  // runs of this length are sorted by insertion

template <class T>
struct Item {
  T value;
  std::int64_t position;
};

// NaN comes after everything, in both directions.
template <class T, bool descending>
bool before(const T& a, const T& b) {
  if (a != a) return false;
  if (b != b) return true;
  return descending ? a > b : a < b;
}

template <class T, bool descending>
void insertion_sort(Item<T>* items, std::int64_t n) {
  for (std::int64_t i = 1; i < n; ++i) {
    const Item<T> item = items[i];
    std::int64_t at = i;
    for (; at > 0 && before<T, descending>(item.value, items[at - 1].value); --at)
      items[at] = items[at - 1];
    items[at] = item;
  }
}

template <class T, bool descending>
void merge(const Item<T>* from, Item<T>* to, std::int64_t middle, std::int64_t n) {
  std::int64_t left = 0, right = middle;
  for (std::int64_t i = 0; i < n; ++i) {
    const bool take_right =
        left == middle || (right < n && before<T, descending>(from[right].value, from[left].value));
    to[i] = from[take_right ? right++ : left++];
  }
}

// Sorts items, with room for as many behind them; returns where the result lies.
template <class T, bool descending>
const Item<T>* sort_items(Item<T>* items, std::int64_t n) {
  for (std::int64_t i = 0; i < n; i += kInsertion)
    insertion_sort<T, descending>(items + i, std::min(kInsertion, n - i));
  Item<T>*from = items, *to = items + n;
  for (std::int64_t width = kInsertion; width < n; width *= 2, std::swap(from, to))
    for (std::int64_t i = 0; i < n; i += 2 * width) {
      const std::int64_t left = n - i;
      merge<T, descending>(from + i, to + i, std::min(width, left), std::min(2 * width, left));
    }
  return from;
}

template <class T>
void sort(Context&, const SortArgs& args) {
  if (args.rows * args.cols == 0) return;
  std::int64_t none = 0;
  const auto* x = reinterpret_cast<const T*>(resolve(args.x, args.dtype, none).data);
  auto* values = reinterpret_cast<T*>(resolve(args.values, args.dtype, none).data);
  auto* positions = reinterpret_cast<std::int64_t*>(resolve(args.positions, i64, none).data);
  const auto sort_items_of = args.descending ? sort_items<T, true> : sort_items<T, false>;
  const std::int64_t cols = args.cols, grain = std::max<std::int64_t>(1, kGrain / 16 / cols);
  parallel_for(args.rows, grain, [&](std::int64_t begin, std::int64_t end) {
    const Scratch scratch(static_cast<std::size_t>(2 * cols) * sizeof(Item<T>));
    for (std::int64_t r = begin; r < end; ++r) {
      auto* items = scratch.as<Item<T>>();
      for (std::int64_t c = 0; c < cols; ++c) items[c] = {x[r * cols + c], c};
      const Item<T>* sorted = sort_items_of(items, cols);
      for (std::int64_t c = 0; c < cols; ++c) {
        values[r * cols + c] = sorted[c].value;
        positions[r * cols + c] = sorted[c].position;
      }
    }
  });
}

}  // namespace

void add_sort_kernels(KernelTables& tables) {
  tables.sort[static_cast<int>(f32)] = sort<float>;
  tables.sort[static_cast<int>(f64)] = sort<double>;
  tables.sort[static_cast<int>(i32)] = sort<std::int32_t>;
  tables.sort[static_cast<int>(i64)] = sort<std::int64_t>;
}

}  // namespace carousel::cpu
