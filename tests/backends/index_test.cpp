// Gather, scatter, their slice-wise forms, and sorting.
#include <carousel/tensor/error.h>
#include <tests/backends/kernel_support.h>

using namespace carousel;
using namespace carousel::test;

namespace {

template <class T, class Index>
IndexArgs arguments(Kernel kernel, std::int64_t outer, std::int64_t length, std::int64_t inner,
                    std::int64_t count, const Buffer<T>& x, const Buffer<Index>& index,
                    const Buffer<T>& out) {
  return {kernel, dtype_of<T>, dtype_of<Index>, outer,         length,         inner,
          count,  x.operand(), index.operand(), out.operand(), name_of(kernel)};
}
void run(const IndexArgs& args) {
  cpu_kernels().index.at(args.kernel, args.dtype)(cpu_context(), args);
}
const auto says = [](const std::string& text) {
  return [text](const Error& e) {
    BOOST_TEST(e.what() == text);
    return e.what() == text;
  };
};

}  // namespace

BOOST_AUTO_TEST_SUITE(cpu_index)

BOOST_AUTO_TEST_CASE(slices_are_selected_and_added_back) {
  // Two matrices of three rows and two columns.
  const Buffer<float> x(std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}), out(16);
  const Buffer<std::int64_t> index(std::vector<std::int64_t>{2, 0, -1, 2});
  run(arguments(Kernel::index_select, 2, 3, 2, 4, x, index, out));
  out.check();
  BOOST_TEST(out.values() ==
             (std::vector<float>{5, 6, 1, 2, 5, 6, 5, 6, 11, 12, 7, 8, 11, 12, 11, 12}));
  const Buffer<float> sums(std::vector<float>(12, 100));
  run(arguments(Kernel::index_add, 2, 3, 2, 4, out, index, sums));
  sums.check();
  BOOST_TEST(sums.values() ==
             (std::vector<float>{101, 102, 100, 100, 115, 118, 107, 108, 100, 100, 133, 136}));
}

BOOST_AUTO_TEST_CASE(elements_are_gathered_and_scattered_back) {
  const Buffer<std::int32_t> x(std::vector<std::int32_t>{1, 2, 3, 4, 5, 6}), out(4);
  const Buffer<std::int32_t> index(std::vector<std::int32_t>{2, -3, 0, 2});
  run(arguments(Kernel::gather, 1, 3, 2, 2, x, index, out));
  BOOST_TEST(out.values() == (std::vector<std::int32_t>{5, 2, 1, 6}));
  const Buffer<std::int32_t> sums(std::vector<std::int32_t>(6, 0));
  run(arguments(Kernel::scatter_add, 1, 3, 2, 2, out, index, sums));
  BOOST_TEST(sums.values() == (std::vector<std::int32_t>{1, 2, 0, 0, 5, 6}));
  const Buffer<bool> flags(std::vector<bool>{true, false, false}), picked(2);
  const Buffer<std::int64_t> ends(std::vector<std::int64_t>{-1, 0});
  run(arguments(Kernel::gather, 1, 3, 1, 2, flags, ends, picked));
  BOOST_TEST(picked.values() == (std::vector<bool>{false, true}));
}

BOOST_AUTO_TEST_CASE(a_bad_index_is_named_before_anything_is_written) {
  for (std::int64_t bad : {std::int64_t{10}, std::int64_t{-11}, std::int64_t{1} << 40,
                           std::numeric_limits<std::int64_t>::min()}) {
    const Buffer<double> x(std::vector<double>(10, 1)), out(std::vector<double>(10, 5));
    const Buffer<std::int64_t> index(std::vector<std::int64_t>{1, 9, -10, bad, 3});
    for (Kernel kernel :
         {Kernel::gather, Kernel::index_select, Kernel::scatter_add, Kernel::index_add}) {
      BOOST_CHECK_EXCEPTION(
          run(arguments(kernel, 1, 10, 1, 5, x, index, out)), IndexError,
          says("[" + std::string(name_of(kernel)) + "] index " + std::to_string(bad) +
               " at position 3 is out of range for size 10"));
      BOOST_TEST(out.values() == std::vector<double>(10, 5));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(cpu_sort)

template <class T>
void check_sort(const std::vector<T>& values, bool descending) {
  const Buffer<T> x(values), sorted(x.size());
  const Buffer<std::int64_t> positions(x.size());
  const std::int64_t cols = x.size() / 2;
  cpu_kernels().sort[static_cast<std::size_t>(dtype_of<T>)](
      cpu_context(), SortArgs{dtype_of<T>, 2, cols, descending, x.operand(), sorted.operand(),
                              positions.operand()});
  sorted.check();
  positions.check();
  for (std::int64_t row = 0; row < 2; ++row) {
    std::vector<std::int64_t> wanted(static_cast<std::size_t>(cols));
    for (std::int64_t i = 0; i < cols; ++i) wanted[static_cast<std::size_t>(i)] = i;
    const T* from = x.begin() + row * cols;
    std::stable_sort(wanted.begin(), wanted.end(), [&](std::int64_t a, std::int64_t b) {
      if (from[a] != from[a]) return false;
      if (from[b] != from[b]) return true;
      return descending ? from[a] > from[b] : from[a] < from[b];
    });
    const std::int64_t* got = positions.begin() + row * cols;
    BOOST_TEST(std::equal(wanted.begin(), wanted.end(), got), "row " << row << " of " << cols);
    for (std::int64_t i = 0; i < cols; ++i) BOOST_TEST(same(sorted[row * cols + i], from[got[i]]));
  }
}

BOOST_AUTO_TEST_CASE(stable_with_nan_last_in_both_directions) {
  Numbers numbers(5);
  for (std::size_t cols : {1, 2, 15, 16, 17, 33, 1000})
    for (bool descending : {false, true}) {
      std::vector<float> x;
      std::vector<std::int64_t> whole;
      for (std::size_t i = 0; i < 2 * cols; ++i) {
        const double value = std::floor(numbers.next(20));  // many equal ones
        x.push_back(i % 7 == 3 ? float(kNaN) : i % 11 == 5 ? float(kInf) : float(value));
        whole.push_back(static_cast<std::int64_t>(value));
      }
      check_sort(x, descending);
      check_sort(whole, descending);
    }
}

BOOST_AUTO_TEST_SUITE_END()
