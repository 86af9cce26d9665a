// Texts are what NumPy 2 prints for the same arrays.
#include <carousel/autograd/ops.h>

#include <boost/test/unit_test.hpp>

using namespace carousel;

BOOST_AUTO_TEST_SUITE(print)

BOOST_AUTO_TEST_CASE(like_numpy) {
  const double infinite = std::numeric_limits<double>::infinity();
  const std::vector<std::pair<Tensor, std::string>> cases{
      {scalar(1.5), "1.5"},
      {Tensor{1.f, 2.f, 3.f}, "[1. 2. 3.]"},
      {Tensor{1.0, 2.5, -0.125}, "[ 1.     2.5   -0.125]"},
      {Tensor{0.1f, 0.2f}, "[0.1 0.2]"},
      {Tensor{1.0 / 3, 2.0}, "[0.33333333 2.        ]"},
      {Tensor{1e-5, 1.0}, "[1.e-05 1.e+00]"},
      {Tensor{1.5e10, 1.0}, "[1.5e+10 1.0e+00]"},
      {Tensor{1.0, infinite, -infinite, std::nan("")}, "[  1.  inf -inf  nan]"},
      {Tensor{1, 20, -300}, "[   1   20 -300]"},
      {Tensor{true, false}, "[ True False]"},
      {Tensor{{1, 2}, {3, 4}}, "[[1 2]\n [3 4]]"},
      {Tensor{{{1, 2}}, {{3, 4}}}, "[[[1 2]]\n\n [[3 4]]]"},
      {zeros({0, 3}), "[]"},
      {zeros({2, 3}, {f32, Device{DeviceKind::meta}, false}), "<f32 (2, 3) on meta>"},
      {Tensor(), "<undefined>"},
  };
  for (const auto& [x, text] : cases) BOOST_TEST(to_string(x) == text);
}

BOOST_AUTO_TEST_CASE(a_view_prints_its_own_elements) {
  const Tensor x{{1, 2, 3}, {4, 5, 6}};
  BOOST_TEST(to_string(x.t()) == "[[1 4]\n [2 5]\n [3 6]]");
  BOOST_TEST(to_string(x.slice(1, 0, 3, 2)) == "[[1 3]\n [4 6]]");
}

BOOST_AUTO_TEST_CASE(long_rows_wrap) {
  const std::string text = to_string(arange(30, {.dtype = i64}));
  BOOST_TEST(text ==
             "[ 0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15 16 17 18 19 20 21 22 23\n"
             " 24 25 26 27 28 29]");
}

BOOST_AUTO_TEST_CASE(large_tensors_lack_their_middle) {
  BOOST_TEST(to_string(arange(1001, {.dtype = i64})) == "[   0    1    2 ...  998  999 1000]");
  const Tensor table = arange(2000, {.dtype = i64}).reshape({1000, 2});
  BOOST_TEST(to_string(table) ==
             "[[   0    1]\n [   2    3]\n [   4    5]\n ...\n [1994 1995]\n [1996 1997]\n"
             " [1998 1999]]");
}

BOOST_AUTO_TEST_SUITE_END()
