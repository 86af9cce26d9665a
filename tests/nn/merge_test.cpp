#include <boost/test/unit_test.hpp>

#include <carousel/carousel.h>
#include <carousel/nn/layers.h>

#include <tests/nn/support.h>

using namespace carousel;
using nn::test::text_of;

namespace {

std::vector<float> numbers(const Tensor& x) { return x.to_vector<float>(); }

template <class L>
Tensor merged(L layer, const nn::Values& inputs) {
  return layer(inputs).at(0);
}

const Tensor kA{{1.f, 5.f}, {3.f, 2.f}}, kB{{2.f, 4.f}, {3.f, 6.f}};

// (1, 3, 2) where these steps count.
nn::Value masked(const Tensor& steps) {
  return nn::Value::masked(ones({1, 3, 2}), steps.to(boolean));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(merge)

BOOST_AUTO_TEST_CASE(element_by_element) {
  const nn::Values in{kA, kB};
  BOOST_CHECK(numbers(merged(nn::Add{}, in)) == (std::vector<float>{3, 9, 6, 8}));
  BOOST_CHECK(numbers(merged(nn::Subtract{}, in)) == (std::vector<float>{-1, 1, 0, -4}));
  BOOST_CHECK(numbers(merged(nn::Multiply{}, in)) == (std::vector<float>{2, 20, 9, 12}));
  BOOST_CHECK(numbers(merged(nn::Average{}, in)) == (std::vector<float>{1.5, 4.5, 3, 4}));
  BOOST_CHECK(numbers(merged(nn::Maximum{}, in)) == (std::vector<float>{2, 5, 3, 6}));
  BOOST_CHECK(numbers(merged(nn::Minimum{}, in)) == (std::vector<float>{1, 4, 3, 2}));
  const Tensor three = merged(nn::Average{}, {kA, kB, kA});
  BOOST_CHECK_CLOSE(three(0, 0), 4.0 / 3, 1e-4);
}

BOOST_AUTO_TEST_CASE(less_rank_gets_axes_behind_the_batch) {
  const Tensor sequence = ones({2, 3, 2});
  const Tensor y = merged(nn::Add{}, {sequence, kA});
  BOOST_CHECK_EQUAL(to_string(y.shape()), "(2, 3, 2)");
  BOOST_CHECK_EQUAL(y(1, 2, 0), 4);
}

BOOST_AUTO_TEST_CASE(concatenation) {
  BOOST_CHECK(numbers(merged(nn::Concatenate{}, {kA, kB})) ==
              (std::vector<float>{1, 5, 2, 4, 3, 2, 3, 6}));
  const Tensor y = merged(nn::Concatenate{{.axis = 1}}, {ones({2, 3, 4}), ones({2, 5, 4})});
  BOOST_CHECK_EQUAL(to_string(y.shape()), "(2, 8, 4)");
}

BOOST_AUTO_TEST_CASE(dot_products) {
  const Tensor product = merged(nn::Dot{{.axes = 1}}, {kA, kB});
  BOOST_CHECK(numbers(product) == (std::vector<float>{22, 21}));
  BOOST_CHECK_EQUAL(to_string(product.shape()), "(2, 1)");
  const Tensor cosine = merged(nn::Dot{{.axes = -1, .normalize = true}}, {kA, kA});
  BOOST_CHECK_CLOSE(cosine(1, 0), 1, 1e-4);
  const Tensor y = merged(nn::Dot{{.axes = {2, 1}}}, {ones({2, 5, 3}), ones({2, 3, 7})});
  BOOST_CHECK_EQUAL(to_string(y.shape()), "(2, 5, 7)");
  BOOST_CHECK_EQUAL(y(1, 4, 6), 3);
}

BOOST_AUTO_TEST_CASE(masks) {
  const nn::Value a = masked(Tensor{{1, 1, 0}}), b = masked(Tensor{{1, 0, 0}});
  const nn::Value plain = ones({1, 3, 2});
  const auto mask_of = [](auto layer, const nn::Values& in) {
    const Tensor mask = layer(in).at(0).mask;
    return mask.defined() ? mask.to(f32).to_vector<float>() : std::vector<float>{};
  };
  BOOST_CHECK(mask_of(nn::Add{}, {a, b}) == (std::vector<float>{1, 1, 0}));
  BOOST_CHECK(mask_of(nn::Add{}, {a, plain}).empty());
  BOOST_CHECK(mask_of(nn::Concatenate{}, {b, a}) == (std::vector<float>{1, 1, 0}));
  BOOST_CHECK(mask_of(nn::Concatenate{{.axis = 1}}, {b, plain}) ==
              (std::vector<float>{1, 0, 0, 1, 1, 1}));
  BOOST_CHECK(mask_of(nn::Concatenate{{.axis = 1}}, {plain, plain}).empty());
  BOOST_CHECK(mask_of(nn::Dot{{.axes = 2}}, {a, b}).empty());
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_refused) {
  BOOST_CHECK_EQUAL(text_of<ValueError>([] {
                      merged(nn::Subtract{}, {kA, kB, kA});
                    }),
                    "[subtract] takes two inputs, got 3; in subtract (Subtract)");
  BOOST_CHECK_EQUAL(text_of<ValueError>([] { merged(nn::Dot{{.axes = 1}}, {kA}); }),
                    "[dot] takes two inputs, got 1; in dot (Dot)");
  BOOST_CHECK_EQUAL(text_of<ValueError>([] { nn::Concatenate({.axis = 0}); }),
                    "[concatenate] axis 0 is the batch: rows are not joined by a layer");
  BOOST_CHECK_EQUAL(text_of<IndexError>([] {
                      merged(nn::Concatenate{{.axis = 2}}, {kA, kB});
                    }),
                    "[concatenate] axis 2 of inputs (2, 2); in concatenate (Concatenate)");
  BOOST_CHECK_EQUAL(text_of<ValueError>([] {
                      nn::Dot({.axes = {1, 2, 3}});
                    }),
                    "[dot] axes must be one axis or two, got 3");
  BOOST_CHECK_EQUAL(
      text_of<ShapeError>([] {
        merged(nn::Dot{{.axes = 1}}, {kA, ones({2, 3})});
      }),
      "[dot] (2, 2) along axis 1 and (2, 3) along axis 1 differ in size; in dot (Dot)");
}

BOOST_AUTO_TEST_SUITE_END()
