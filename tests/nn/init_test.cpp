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
                                                      {"HeUniform", "he_uniform"},
                                                      {"OrthogonalInitializer", "orthogonal"},
                                                      {"IdentityInitializer", "identity"}};
  for (const auto& [a, b] : same)
    BOOST_CHECK(draw(a, {4, 4}).to_vector<double>() == draw(b, {4, 4}).to_vector<double>());
}

// Unit vectors through numpy's rfft, times the windows of torch.signal (hann, hamming, nuttall).
BOOST_AUTO_TEST_CASE(stft_kernels) {
  using nn::init::STFT;
  const double r = std::sqrt(1.0 / 6), q = std::sqrt(0.75);
  const double low = 0.0003628 / std::hypot(1, 0.0003628), high = 1 / std::hypot(1, 0.0003628);
  struct Case {
    const char* name;
    nn::Initializer init;
    Shape shape;
    std::vector<double> values;
  };
  for (const Case& c : std::vector<Case>{
           {"defaults",
            "stft",
            {5, 1, 3},
            {0, 0, 0, r, 0, -r, 2 * r, -2 * r, 2 * r, r, 0, -r, 0, 0, 0}},
           {"imaginary, to a sum of 1",
            STFT{{.side = "imag", .window = "hamming", .scaling = "spectrum", .periodic = true}},
            {5, 1, 3},
            {0, 0, 0, 0, -0.1473526602, 0, 0, 0, 0, 0, 0.337832525, 0, 0, 0, 0}},
           {"not scaled",
            STFT{{.window = "blackman", .scaling = {}}},
            {4, 1, 4},
            {0, 0, 0, 0, 0.63, 0.315, -0.315, -0.63, 0.63, -0.315, -0.315, 0.63, 0, 0, 0, 0}},
           {"no window",
            STFT{{.side = "imag", .window = {}}},
            {4, 1, 4},
            {0, 0, 0, 0, 0, -q, -q, 0, 0, -q, q, 0, 0, 0, 0, 0}},
           {"a window's values",
            STFT{{.side = "imag", .window = std::vector{1.0, -2.0, 3.0}, .scaling = "spectrum"}},
            {3, 1, 3},
            {0, 0, 0, 0, 1.0 / 3, 0, 0, 0, 0}},
           {"four cosines, periodic",
            STFT{{.window = "nuttall", .periodic = true}},
            {2, 1, 3},
            {low, low, low, high, 0, -high}}}) {
    BOOST_TEST_CONTEXT(c.name) {
      const std::vector<double> found = draw(c.init, c.shape).to_vector<double>();
      BOOST_REQUIRE_EQUAL(found.size(), c.values.size());
      for (std::size_t i = 0; i < found.size(); ++i)
        BOOST_CHECK_SMALL(found[i] - c.values[i], 1e-10);
    }
  }
}

BOOST_AUTO_TEST_CASE(values_and_functions_of_ones_own) {
  const Tensor matrix{{1.f, 2.f}, {3.f, 4.f}};
  BOOST_CHECK(draw(matrix, {2, 2}).to_vector<double>() == (std::vector<double>{1, 2, 3, 4}));
  BOOST_CHECK_EQUAL(text_of<ShapeError>([&] { draw(matrix, {4}); }),
                    "[initializer] the values have shape (2, 2), the parameter (4,)");
  const nn::Initializer twos([](const Shape& shape, DType dtype, Generator&) {
    return full(shape, 2.0, {.dtype = dtype});
  });
  BOOST_CHECK(draw(twos, {2}).to_vector<double>() == std::vector<double>(2, 2.0));
  const nn::Dense own{{.units = 2, .kernel_initializer = twos}};
  BOOST_CHECK_EQUAL(text_of<GraphError>([&] { own.config(); }),
                    "[config] kernel_initializer is a function of the program's own: it has no "
                    "name to be written down");
  // A file has the values beside the configuration.
  nn::Embedding given{{.input_dim = 2, .output_dim = 2, .embeddings_initializer = matrix}};
  nn::Embedding pretrained{{.input_dim = 2, .output_dim = 2, .weights = matrix}};
  for (nn::Embedding* layer : {&given, &pretrained}) {
    const Tensor rows = (*layer)(Tensor{1, 0});
    BOOST_CHECK(rows.to_vector<float>() == (std::vector<float>{3, 4, 1, 2}));
    nn::make_layer("Embedding", layer->config());
  }
  BOOST_CHECK(matrix.to_vector<float>() == (std::vector<float>{1, 2, 3, 4}));
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
           nn::init::VarianceScaling{{.mode = "fan_out", .distribution = "uniform", .seed = 9}},
           nn::init::STFT{{.side = "imag", .window = "hamming", .scaling = {}}},
           nn::init::STFT{{.window = {}}}, nn::init::STFT{{.window = "hann", .periodic = true}},
           nn::init::STFT{{.window = std::vector{1.0, 0.5}}}}) {
    const nn::Dense dense{{.units = 2, .kernel_initializer = init}};
    const auto again = nn::make_layer("Dense", dense.config());
    BOOST_CHECK_EQUAL(again->config(), dense.config());
    const auto& read = dynamic_cast<const nn::Dense&>(*again).options().kernel_initializer;
    BOOST_CHECK(draw(read, {2, 1, 3}).to_vector<double>() ==
                draw(init, {2, 1, 3}).to_vector<double>());
  }
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_said) {
  using namespace nn::init;
  const std::pair<const char*, std::function<void()>> refused[] = {
      {"[initializer] 'glorot' is none of zeros, ones, constant, random_uniform, random_normal, "
       "truncated_normal, variance_scaling, glorot_uniform, glorot_normal, he_uniform, he_normal, "
       "lecun_uniform, lecun_normal, orthogonal, identity, stft, zero, one, uniform, normal",
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
      {"[stft] side must be real or imag, got 'left'", [] { STFT{{.side = "left"}}; }},
      {"[stft] window 'hanning' is none of hann, hamming, blackman, blackmanharris, nuttall, "
       "boxcar",
       [] { STFT{{.window = "hanning"}}; }},
      {"[stft] window must be finite, got inf",
       [] {
         STFT{{.window = std::vector{1.0, std::numeric_limits<double>::infinity()}}};
       }},
      {"[stft] scaling must be density, spectrum or nothing, got 'power'",
       [] { STFT{{.scaling = "power"}}; }},
      {"[initializer] the values are an undefined tensor", [] { nn::Initializer{Tensor()}; }},
      {"[initializer] the function is empty", [] { nn::Initializer{nn::DrawFunction()}; }},
      {"[constant] value must be finite, got nan",
       [] { Constant{{.value = std::numeric_limits<double>::quiet_NaN()}}; }},
      {"[orthogonal] gain must be finite, got nan",
       [] { Orthogonal{{.gain = std::numeric_limits<double>::quiet_NaN()}}; }}};
  for (const auto& [text, call] : refused) BOOST_CHECK_EQUAL(text_of<ValueError>(call), text);
  BOOST_CHECK_EQUAL(text_of<ShapeError>([] { draw("orthogonal", {3}); }),
                    "[orthogonal] needs at least two axes, got (3,)");
  BOOST_CHECK_EQUAL(text_of<ShapeError>([] {
                      draw("stft", {5, 2, 3});
                    }),
                    "[stft] needs (frame, 1, frequencies), two frequencies or more, got (5, 2, 3)");
  BOOST_CHECK_EQUAL(text_of<ShapeError>([] {
                      draw(STFT{{.window = std::vector{1.0}}}, {2, 1, 3});
                    }),
                    "[stft] the window has 1 values, the frame 2 steps");
  BOOST_CHECK_EQUAL(text_of<ShapeError>([] {
                      draw("identity", {2, 2, 2});
                    }),
                    "[identity] needs a matrix, got (2, 2, 2)");
}

BOOST_AUTO_TEST_SUITE_END()
