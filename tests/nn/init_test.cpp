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

// Keras: variance scale / fan; uniform within sqrt(3 variance); truncated normals at two deviations
// of the untruncated one. As objects they draw the same from their own seed.
BOOST_AUTO_TEST_CASE(scaled_ones_have_their_variance) {
  using namespace nn::init;
  const double in = 200, out = 300;
  struct Case {
    const char* name;
    nn::Initializer object;
    double variance, limit;
  };
  const auto uniform = [](double v) { return std::sqrt(3 * v); };
  const auto normal = [](double v) { return 2 * std::sqrt(v) / .87962566103423978; };
  const double glorot = 2 / (in + out), he = 2 / in, lecun = 1 / in;
  const SeedOptions seed{.seed = 7};
  for (const Case& c : std::vector<Case>{
           {"glorot_uniform", GlorotUniform{seed}, glorot, uniform(glorot)},
           {"glorot_normal", GlorotNormal{seed}, glorot, normal(glorot)},
           {"he_uniform", HeUniform{seed}, he, uniform(he)},
           {"he_normal", HeNormal{seed}, he, normal(he)},
           {"lecun_uniform", LecunUniform{seed}, lecun, uniform(lecun)},
           {"lecun_normal", LecunNormal{seed}, lecun, normal(lecun)},
           {"variance_scaling", VarianceScaling{{.seed = 7}}, lecun, normal(lecun)}}) {
    BOOST_TEST_CONTEXT(c.name) {
      const Tensor x = draw(c.name, {200, 300}, 7);
      const Moments m = moments(x);
      BOOST_CHECK_CLOSE(m.variance, c.variance, 2);
      BOOST_CHECK_SMALL(m.mean, 0.02 * std::sqrt(c.variance));
      BOOST_CHECK_LE(m.largest, c.limit);
      BOOST_CHECK_GE(m.largest, 0.99 * c.limit);
      BOOST_CHECK(draw(c.object, {200, 300}, 99).to_vector<double>() == x.to_vector<double>());
    }
  }
}

BOOST_AUTO_TEST_CASE(variance_scaling_by_mode_and_distribution) {
  using nn::init::VarianceScaling;
  const double in = 50 * 4, out = 50 * 9;  // a window of 50
  struct Case {
    const char *mode, *distribution;
    double fan, limit;  // in deviations; 0: none
  };
  for (const Case& c : std::vector<Case>{{"fan_in", "normal", in, 2 / .87962566103423978},
                                         {"fan_out", "uniform", out, std::sqrt(3)},
                                         {"fan_avg", "untruncated_normal", (in + out) / 2, 0}}) {
    BOOST_TEST_CONTEXT(c.mode << ' ' << c.distribution) {
      const Moments m = moments(
          draw(VarianceScaling{{.scale = 3, .mode = c.mode, .distribution = c.distribution}},
               {100, 50, 4, 9}));
      const double variance = 3 / (100 * c.fan), deviation = std::sqrt(variance);
      BOOST_CHECK_CLOSE(m.variance, variance, 2);
      if (c.limit > 0)
        BOOST_CHECK_LE(m.largest, c.limit * deviation);
      else
        BOOST_CHECK_GE(m.largest, 3.5 * deviation);
    }
  }
}

BOOST_AUTO_TEST_CASE(plain_ones) {
  using namespace nn::init;
  BOOST_CHECK_EQUAL(moments(draw(Zeros{}, {3})).largest, 0);
  BOOST_CHECK_EQUAL(moments(draw(Ones{}, {3})).mean, 1);
  BOOST_CHECK_EQUAL(moments(draw(Constant{{.value = 2.5}}, {3})).mean, 2.5);
  const Moments u = moments(draw(RandomUniform{{.minval = 1, .maxval = 3}}, {40000}));
  BOOST_CHECK_CLOSE(u.mean, 2, 1);
  BOOST_CHECK_CLOSE(u.variance, 4.0 / 12, 2);
  BOOST_CHECK_LE(u.largest, 3);
  const Moments n = moments(draw(RandomNormal{{.mean = 1, .stddev = 2}}, {40000}));
  BOOST_CHECK_CLOSE(n.mean, 1, 4);
  BOOST_CHECK_CLOSE(n.variance, 4, 3);
  const Moments t = moments(draw(TruncatedNormal{{.stddev = 2}}, {40000}));
  BOOST_CHECK_CLOSE(std::sqrt(t.variance), 2 * .87962566103423978, 1);
  BOOST_CHECK_LE(t.largest, 4);
}

BOOST_AUTO_TEST_CASE(orthogonal_has_orthonormal_sides) {
  for (const Shape& shape :
       {Shape{8, 32}, Shape{32, 8}, Shape{5, 5}, Shape{3, 4, 6}, Shape{70, 90}}) {
    Tensor q = draw(nn::init::Orthogonal{{.gain = 2}}, shape);
    q = q.reshape({-1, shape[shape.rank() - 1]});
    const Tensor product = q.dim(0) <= q.dim(1) ? matmul(q, q.t()) : matmul(q.t(), q);
    const Tensor wanted = eye(product.dim(0), -1, {.dtype = f64}) * 4;
    BOOST_CHECK_SMALL(moments(product - wanted).largest, 1e-13);
  }
}

BOOST_AUTO_TEST_CASE(identity_is_one) {
  BOOST_CHECK(
      (draw("identity", {2, 3}).to_vector<double>() == std::vector<double>{1, 0, 0, 0, 1, 0}));
  BOOST_CHECK((draw(nn::init::Identity{{.gain = 3}}, {1, 1}).to_vector<double>() ==
               std::vector<double>{3}));
}

BOOST_AUTO_TEST_CASE(names_of_keras) {
  const std::pair<const char*, const char*> same[] = {{"zero", "zeros"},
                                                      {"one", "ones"},
                                                      {"uniform", "RandomUniform"},
                                                      {"normal", "RandomNormal"},
                                                      {"Orthogonal", "orthogonal"},
                                                      {"HeUniform", "he_uniform"}};
  for (const auto& [a, b] : same)
    BOOST_CHECK(draw(a, {4, 4}).to_vector<double>() == draw(b, {4, 4}).to_vector<double>());
}

BOOST_AUTO_TEST_CASE(seeds_and_streams_tell_apart) {
  const auto a = draw("glorot_uniform", {4, 4}, 1).to_vector<double>();
  BOOST_CHECK(a == draw("glorot_uniform", {4, 4}, 1).to_vector<double>());
  BOOST_CHECK(a != draw("glorot_uniform", {4, 4}, 2).to_vector<double>());
}

// Weights of the two layers, of which the second has an initializer with a seed.
BOOST_AUTO_TEST_CASE(values_depend_on_the_path_or_the_own_seed) {
  const auto weights = [](std::uint64_t seed) {
    nn::set_seed(seed);
    nn::Sequential model{
        nn::Dense{{.units = 3}},
        nn::Dense{{.units = 3, .kernel_initializer = nn::init::HeNormal{{.seed = 5}}}}};
    model.build({1, 3});
    std::vector<std::vector<float>> all;
    for (const Tensor& x : model.parameters()) all.push_back(x.to_vector<float>());
    return all;
  };
  const auto a = weights(1), again = weights(1), b = weights(2);
  BOOST_CHECK(a == again);
  BOOST_CHECK(a[0] != b[0]);
  BOOST_CHECK(a[2] == b[2]);
}

BOOST_AUTO_TEST_CASE(configurations_keep_them) {
  for (const nn::Initializer& init : std::vector<nn::Initializer>{
           "lecun_uniform", nn::init::TruncatedNormal{{.mean = 1, .stddev = 2, .seed = 3}},
           nn::init::VarianceScaling{{.mode = "fan_out", .distribution = "uniform", .seed = 9}}}) {
    const nn::Dense dense{{.units = 2, .kernel_initializer = init}};
    BOOST_CHECK_EQUAL(nn::make_layer("Dense", dense.config())->config(), dense.config());
  }
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_said) {
  using namespace nn::init;
  const std::pair<const char*, std::function<void()>> refused[] = {
      {"[initializer] 'glorot' is none of zeros, ones, constant, random_uniform, random_normal, "
       "truncated_normal, variance_scaling, glorot_uniform, glorot_normal, he_uniform, he_normal, "
       "lecun_uniform, lecun_normal, orthogonal, identity, zero, one, uniform, normal",
       [] { nn::Initializer("glorot"); }},
      {"[random_uniform] minval must be below maxval: 1, 1",
       [] { RandomUniform{{.minval = 1, .maxval = 1}}; }},
      {"[random_normal] stddev is negative: -1", [] { RandomNormal{{.stddev = -1}}; }},
      {"[truncated_normal] mean must be finite, got inf",
       [] { TruncatedNormal{{.mean = std::numeric_limits<double>::infinity()}}; }},
      {"[variance_scaling] scale must be positive, got 0", [] { VarianceScaling{{.scale = 0}}; }},
      {"[variance_scaling] mode 'fan' is none of fan_in, fan_out, fan_avg",
       [] { VarianceScaling{{.mode = "fan"}}; }},
      {"[variance_scaling] distribution 'beta' is none of truncated_normal, untruncated_normal, "
       "uniform, normal",
       [] { VarianceScaling{{.distribution = "beta"}}; }},
      {"[constant] value must be finite, got nan",
       [] { Constant{{.value = std::numeric_limits<double>::quiet_NaN()}}; }},
      {"[orthogonal] gain must be finite, got nan",
       [] { Orthogonal{{.gain = std::numeric_limits<double>::quiet_NaN()}}; }}};
  for (const auto& [text, call] : refused) BOOST_CHECK_EQUAL(text_of<ValueError>(call), text);
  BOOST_CHECK_EQUAL(text_of<ShapeError>([] { draw("orthogonal", {3}); }),
                    "[orthogonal] needs at least two axes, got (3,)");
  BOOST_CHECK_EQUAL(text_of<ShapeError>([] {
                      draw("identity", {2, 2, 2});
                    }),
                    "[identity] needs a matrix, got (2, 2, 2)");
}

BOOST_AUTO_TEST_SUITE_END()
