#include <carousel/autograd/ops/index.h>
#include <carousel/tensor/error.h>
#include <tests/opencl/device.h>

using namespace carousel;
using test::check_close, test::make;

namespace {

using Ids = std::vector<std::int64_t>;

std::string message_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const IndexError& e) {
    return e.what();
  }
  return "no IndexError";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(opencl_index)

BOOST_AUTO_TEST_CASE(selects_and_gathers_with_negative_indices) {
  CAROUSEL_NEEDS_OPENCL();
  const Tensor x = make<float>({2, 3, 2}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  const Tensor picked = detail::run_index_select(x, 1, make<std::int64_t>({2}, {-1, 0}));
  check_close(picked.to_vector<float>(), {4, 5, 0, 1, 10, 11, 6, 7}, 0, "index_select");
  const Tensor index = make<std::int32_t>({2, 1, 2}, {0, 2, -2, -3});
  check_close(detail::run_gather(x, 1, index).to_vector<float>(), {0, 5, 8, 7}, 0, "gather");
}

BOOST_AUTO_TEST_CASE(adds_in_the_order_of_the_indices) {
  CAROUSEL_NEEDS_OPENCL();
  // 2^24 + 1 + 1 is 2^24 in f32 one by one, and 2^24 + 2 in another order.
  const float big = 16777216;
  const Tensor base = make<float>({40, 1}, std::vector<float>(40, 0));
  const Tensor index = make<std::int64_t>({4}, {38, 38, 38, 1});
  const Tensor source = make<float>({4, 1}, {big, 1, 1, 5});
  std::vector<double> expected(40, 0);
  expected[38] = big, expected[1] = 5;
  check_close(detail::run_index_add(base, 0, index, source).to_vector<float>(), expected, 0,
              "index_add");
  const Tensor square = make<std::int32_t>({2, 2}, {1, 1, 1, 1});
  const Tensor places = make<std::int64_t>({2, 2}, {0, 0, 1, -2});
  const Tensor sums =
      detail::run_scatter_add(square, 1, places, make<std::int32_t>({2, 2}, {2, 3, 4, 5}));
  BOOST_TEST(sums.to_vector<std::int32_t>() == (std::vector<std::int32_t>{6, 1, 6, 5}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_bad_index_is_thrown_at_the_next_read) {
  CAROUSEL_NEEDS_OPENCL();
  const Tensor x = make<float>({3, 1}, {10, 20, 30});
  const auto select = [&](const Ids& ids) {
    return detail::run_index_select(x, 0, make<std::int64_t>({std::int64_t(ids.size())}, ids),
                                    "embedding");
  };
  const Tensor first = select({0, 2, 7, -9}), second = select({99});
  BOOST_TEST(message_of([&] { first.to_vector<float>(); }) ==
             "[embedding] index 7 at position 2 is out of range for size 3");
  check_close(first.to_vector<float>(), {10, 30, 30, 10}, 0, "clamped");  // told once
  select({std::numeric_limits<std::int64_t>::min()});
  BOOST_TEST(message_of([&] { backend(test::kDevice).synchronize(); }) ==
             "[embedding] index -9223372036854775808 at position 0 is out of range for size 3");
  check_close(select({-3, 2}).to_vector<float>(), {10, 30}, 0, "good ones again");
}

BOOST_AUTO_TEST_CASE(ids_have_no_negative_meaning) {
  CAROUSEL_NEEDS_OPENCL();
  const Tensor table = make<float>({3, 1}, {10, 20, 30}), ids = make<std::int64_t>({2}, {0, -2});
  const Tensor rows = embedding(table, ids), codes = one_hot(ids, 3);
  BOOST_TEST(message_of([&] { rows.to_vector<float>(); }) ==
             "[embedding] index -2 at position 1 is outside [0, 3)");
  one_hot(ids, 3);
  BOOST_TEST(message_of([&] { codes.to_vector<float>(); }) ==
             "[one_hot] index -2 at position 1 is outside [0, 3)");
  BOOST_TEST(codes(0, 0) == 1);
}

BOOST_AUTO_TEST_CASE(empty_indices_and_empty_sources) {
  CAROUSEL_NEEDS_OPENCL();
  const Tensor x = make<float>({3, 2}, {1, 2, 3, 4, 5, 6}), none = make<std::int64_t>({0}, {});
  BOOST_TEST(detail::run_index_select(x, 0, none).numel() == 0);
  BOOST_TEST(detail::run_index_add(x, 0, none, make<float>({0, 2}, {})).numel() == 6);
  const Tensor from_empty =
      detail::run_index_select(make<float>({0, 2}, {}), 0, make<std::int64_t>({1}, {0}), "take");
  BOOST_TEST(message_of([&] { from_empty.to_vector<float>(); }) ==
             "[take] index 0 at position 0 is out of range for size 0");
}

BOOST_AUTO_TEST_SUITE_END()
