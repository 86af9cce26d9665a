#include <boost/test/unit_test.hpp>

#include <carousel/carousel.h>
#include <carousel/nn/init.h>

#include <tests/nn/support.h>

using namespace carousel;
using nn::test::text_of;

namespace {

struct Moments {
  double mean = 0, variance = 0, largest = 0;
};

Moments moments(const Tensor& x) {
  Moments m;
  for (const double v : x.to_vector<double>()) {
    m.mean += v;
    m.variance += v * v;
    m.largest = std::max(m.largest, std::abs(v));
  }
  const double count = static_cast<double>(x.numel());
  m.mean /= count;
  m.variance = m.variance / count - m.mean * m.mean;
  return m;
}

Tensor draw(const nn::Initializer& init, const Shape& shape, std::uint64_t seed = 1) {
  Generator generator{.seed = seed};
  return init(shape, f64, generator);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(nn_init)

// Keras: variance 1 / fan, He's 2 / fan-in; uniform within sqrt(3 variance); truncated normals at
// two deviations of the untruncated one.
BOOST_AUTO_TEST_CASE(scaled_ones_have_their_variance) {
  const double in = 200, out = 300;
  struct Case {
    const char* name;
    double variance, limit;
  };
  const auto uniform = [](double v) { return std::sqrt(3 * v); };
  const auto normal = [](double v) { return 2 * std::sqrt(v) / .87962566103423978; };
  const double glorot = 2 / (in + out), he = 2 / in, lecun = 1 / in;
  for (const Case& c : std::vector<Case>{{"glorot_uniform", glorot, uniform(glorot)},
                                         {"glorot_normal", glorot, normal(glorot)},
                                         {"he_uniform", he, uniform(he)},
                                         {"he_normal", he, normal(he)},
                                         {"lecun_uniform", lecun, uniform(lecun)},
                                         {"lecun_normal", lecun, normal(lecun)}}) {
    const Moments m = moments(draw(c.name, {200, 300}));
    BOOST_TEST_CONTEXT(c.name) {
      BOOST_CHECK_CLOSE(m.variance, c.variance, 2);
      BOOST_CHECK_SMALL(m.mean, 0.02 * std::sqrt(c.variance));
      BOOST_CHECK_LE(m.largest, c.limit);
      BOOST_CHECK_GE(m.largest, 0.99 * c.limit);
    }
  }
}

BOOST_AUTO_TEST_CASE(plain_ones) {
  BOOST_CHECK_EQUAL(moments(draw("zeros", {3})).largest, 0);
  BOOST_CHECK_EQUAL(moments(draw("ones", {3})).mean, 1);
  BOOST_CHECK_EQUAL(moments(draw(nn::init::constant(2.5), {3})).mean, 2.5);
  const Moments u = moments(draw(nn::init::uniform(1, 3), {40000}));
  BOOST_CHECK_CLOSE(u.mean, 2, 1);
  BOOST_CHECK_CLOSE(u.variance, 4.0 / 12, 2);
  const Moments n = moments(draw(nn::init::normal(1, 2), {40000}));
  BOOST_CHECK_CLOSE(n.mean, 1, 4);
  BOOST_CHECK_CLOSE(n.variance, 4, 3);
  const Moments t = moments(draw(nn::init::truncated_normal(0, 2), {40000}));
  BOOST_CHECK_CLOSE(std::sqrt(t.variance), 2 * .87962566103423978, 1);
  BOOST_CHECK_LE(t.largest, 4);
}

BOOST_AUTO_TEST_CASE(orthogonal_has_orthonormal_sides) {
  for (const Shape& shape :
       {Shape{8, 32}, Shape{32, 8}, Shape{5, 5}, Shape{3, 4, 6}, Shape{70, 90}}) {
    Tensor q = draw(nn::init::orthogonal(2), shape);
    q = q.reshape({-1, shape[shape.rank() - 1]});
    const Tensor product = q.dim(0) <= q.dim(1) ? matmul(q, q.t()) : matmul(q.t(), q);
    const Tensor wanted = eye(product.dim(0), -1, {.dtype = f64}) * 4;
    BOOST_CHECK_SMALL(moments(product - wanted).largest, 1e-13);
  }
}

BOOST_AUTO_TEST_CASE(identity_is_one) {
  BOOST_CHECK(
      (draw("identity", {2, 3}).to_vector<double>() == std::vector<double>{1, 0, 0, 0, 1, 0}));
}

BOOST_AUTO_TEST_CASE(seeds_and_streams_tell_apart) {
  const auto a = draw("glorot_uniform", {4, 4}, 1).to_vector<double>();
  BOOST_CHECK(a == draw("glorot_uniform", {4, 4}, 1).to_vector<double>());
  BOOST_CHECK(a != draw("glorot_uniform", {4, 4}, 2).to_vector<double>());
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_said) {
  BOOST_CHECK(text_of<ValueError>([] {
                nn::Initializer("glorot");
              }).starts_with("[initializer] 'glorot' is none of zeros, ones, "));
  BOOST_CHECK_EQUAL(text_of<ShapeError>([] { draw("orthogonal", {3}); }),
                    "[orthogonal] needs at least two axes, got (3,)");
  BOOST_CHECK_EQUAL(text_of<ShapeError>([] {
                      draw("identity", {2, 2, 2});
                    }),
                    "[identity] needs a matrix, got (2, 2, 2)");
  BOOST_CHECK_EQUAL(text_of<ValueError>([] { nn::init::uniform(1, 1); }),
                    "[uniform] low must be below high: 1, 1");
  BOOST_CHECK_EQUAL(text_of<ValueError>([] { nn::init::normal(0, -1); }),
                    "[normal] stddev is negative: -1");
}

BOOST_AUTO_TEST_SUITE_END()
