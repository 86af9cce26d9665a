#include <carousel/nn/data/csv.h>
#include <carousel/nn/data/series.h>
#include <carousel/tensor/error.h>
#include <tests/file_support.h>

#include <boost/test/unit_test.hpp>

using namespace carousel;
using namespace carousel::test;
using data::create_sequences;
using Values = std::vector<double>;

namespace {

// Like scikit-learn 1.x on the same numbers, to a few units in the last place.
void check_close(const Values& got, const Values& wanted) {
  BOOST_TEST_REQUIRE(got.size() == wanted.size());
  for (std::size_t i = 0; i < got.size(); ++i)
    BOOST_TEST(std::abs(got[i] - wanted[i]) <= 4e-16 * std::max(1.0, std::abs(wanted[i])));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(series)

BOOST_AUTO_TEST_CASE(windows_and_what_follows_them) {
  const Values values = {1, 2, 3, 4, 5};
  const auto [x, y] = create_sequences(values, 3);
  BOOST_TEST((x.shape() == Shape{2, 3, 1}));
  BOOST_TEST((y.shape() == Shape{2, 1}));
  BOOST_TEST((x.dtype() == f32));
  BOOST_TEST(x.to_vector<float>() == (std::vector<float>{1, 2, 3, 2, 3, 4}));
  BOOST_TEST(y.to_vector<float>() == (std::vector<float>{4, 5}));

  const auto pairs = create_sequences(Tensor{{1.0, -1.0}, {2.0, -2.0}, {3.0, -3.0}}, 2);
  BOOST_TEST((pairs.x.shape() == Shape{1, 2, 2}));
  BOOST_TEST((pairs.y.shape() == Shape{1, 2}));
  BOOST_TEST(pairs.x.to_vector<double>() == (Values{1, -1, 2, -2}));
  BOOST_TEST(pairs.y.to_vector<double>() == (Values{3, -3}));
}

BOOST_AUTO_TEST_CASE(windows_that_do_not_fit) {
  const Values values = {1, 2, 3};
  BOOST_TEST(
      error_of<ValueError>([&] { create_sequences(values, 3); }) ==
      "[create_sequences] a window of 3 needs a series of at least 4 values; this one has 3");
  BOOST_TEST(
      error_of<ValueError>([&] { create_sequences(Values{}, 1); }) ==
      "[create_sequences] a window of 1 needs a series of at least 2 values; this one has 0");
  BOOST_TEST(error_of<ValueError>([&] { create_sequences(values, 0); }) ==
             "[create_sequences] window is 0; it must be positive");
  BOOST_TEST(error_of<DTypeError>([&] { create_sequences(values, 1, i64); }) ==
             "[create_sequences] data must be f32 or f64: it is i64");
  BOOST_TEST(error_of<ShapeError>([&] { create_sequences(Tensor{{{1.0f}}}, 1); }) ==
             "[create_sequences] data must be (n,) or (n, features): it is (1, 1, 1)");
}

BOOST_AUTO_TEST_CASE(the_last_part_tests) {
  const Values values = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  const auto split = data::train_test_split_tail(values, 0.2);
  BOOST_TEST(split.train == (Values{0, 1, 2, 3, 4, 5, 6, 7}));
  BOOST_TEST(split.test == (Values{8, 9, 10}));
  for (const double fraction : {0.0, 1.0, -0.1, 0.95, std::nan("")})
    BOOST_CHECK_THROW(data::train_test_split_tail(values, fraction), ValueError);
  BOOST_TEST(
      error_of<ValueError>([] { data::train_test_split_tail(Values{1}, 0.5); }) ==
      "[train_test_split_tail] a fraction of 0.5 leaves no train or no test part of 1 values");
}

BOOST_AUTO_TEST_CASE(scalers_do_as_scikit_learn) {
  data::MinMaxScaler unit, wide({.feature_range = {-1.0, 3.0}});
  data::StandardScaler standard;
  const Values x = {2, 4, 10, 8};
  check_close(unit.fit_transform(x), {0, 0.25, 1, 0.75});
  check_close(wide.fit_transform(x), {-1, 0, 3, 2});
  check_close(standard.fit_transform(x),
              {-1.2649110640673518, -0.6324555320336759, 1.2649110640673518, 0.6324555320336759});
  check_close(unit.transform(Values{12}), {1.25});  // beyond what was seen: not clipped
  for (const Values& back : {unit.inverse_transform(Values{0, 0.25, 1, 0.75}),
                             wide.inverse_transform(Values{-1, 0, 3, 2})})
    check_close(back, x);

  check_close(unit.fit_transform(Values{5, 5, 5}), {0, 0, 0});
  check_close(unit.inverse_transform(Values{0, 1}), {5, 6});
  check_close(standard.fit_transform(Values{0.1, 0.1, 0.1}), {0, 0, 0});
  check_close(standard.inverse_transform(Values{0}), {0.1});
}

BOOST_AUTO_TEST_CASE(scalers_work_by_column) {
  const Tensor x{{0.0f, 10.0f, 3.0f}, {2.0f, 30.0f, 3.0f}};
  data::MinMaxScaler scaler;
  const Tensor scaled = scaler.fit_transform(x);
  BOOST_TEST((scaled.shape() == Shape{2, 3}));
  BOOST_TEST(scaled.to_vector<float>() == (std::vector<float>{0, 0, 0, 1, 1, 0}));
  BOOST_TEST(scaler.inverse_transform(scaled).to_vector<float>() == x.to_vector<float>());

  data::MinMaxScaler restored;
  restored.restore(scaler.scale(), scaler.shift());
  BOOST_TEST(restored.transform(x).to_vector<float>() == scaled.to_vector<float>());
}

BOOST_AUTO_TEST_CASE(scalers_misused) {
  data::StandardScaler scaler;
  BOOST_TEST(error_of<ValueError>([&] { scaler.transform(Values{1}); }) ==
             "[StandardScaler] it is not fitted; call fit() first");
  BOOST_TEST(error_of<ValueError>([&] { scaler.inverse_transform(Tensor{1.0f}); }) ==
             "[StandardScaler] it is not fitted; call fit() first");
  BOOST_TEST(error_of<ValueError>([&] { scaler.fit(Values{}); }) ==
             "[StandardScaler] there is nothing to fit: the data is empty");
  BOOST_TEST(error_of<ValueError>([&] {
               scaler.fit(Tensor{{1.0, 2.0}, {3.0, std::nan("")}});
             }) == "[StandardScaler] the value in row 1, column 1 is nan");
  BOOST_TEST(error_of<DTypeError>([&] {
               scaler.fit(Tensor{1, 2});
             }) == "[StandardScaler] data must be f32 or f64: it is i32");
  scaler.fit(Tensor{{1.0, 2.0}, {3.0, 4.0}});
  BOOST_TEST(error_of<ShapeError>([&] { scaler.transform(Values{1}); }) ==
             "[StandardScaler] it was fitted on 2 columns; this has 1");
  BOOST_TEST(error_of<ValueError>([] {
               data::MinMaxScaler({.feature_range = {1, 1}});
             }) == "[MinMaxScaler] feature_range is (1, 1); it must rise");
}

BOOST_AUTO_TEST_CASE(the_embedded_series) {
  struct Case {
    const char *file, *column;
    std::size_t rows;
    double first, last, largest;
  };
  const Case cases[] = {{"sunspots.csv", "sunspots", 309, 5, 2.9, 190.2},
                        {"nino_sst.csv", "sst", 732, 23.11, 22.07, 29.24}};
  const auto folder = std::filesystem::path(CAROUSEL_SOURCE_DIR) / "examples/data";
  for (const Case& c : cases) {
    const Values values = data::read_csv(folder / c.file).column(c.column).values;
    BOOST_TEST(values.size() == c.rows);
    BOOST_TEST(values.front() == c.first);
    BOOST_TEST(values.back() == c.last);
    BOOST_TEST(*std::max_element(values.begin(), values.end()) == c.largest);
  }
}

BOOST_AUTO_TEST_SUITE_END()
