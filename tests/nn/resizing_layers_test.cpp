// Layers that move, cut, repeat or perturb, and activations with options.
#include <carousel/autograd/gradcheck.h>
#include <carousel/carousel.h>
#include <carousel/nn/layers.h>

#include <tests/nn/support.h>

using namespace carousel;
using nn::test::text_of;

namespace {

std::vector<float> numbers(const Tensor& x) { return x.to_vector<float>(); }
std::string shape_of(const Tensor& x) { return to_string(x.shape()); }
using List = std::vector<float>;

struct Refused {
  const char* text;
  std::function<void()> call;
};

template <class E>
void check_texts(const std::vector<Refused>& all) {
  for (const Refused& each : all) BOOST_CHECK_EQUAL(text_of<E>(each.call), each.text);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(nn_resizing_layers)

BOOST_AUTO_TEST_CASE(permute_and_repeat) {
  const Tensor x = arange(12, {.dtype = f32}).reshape({2, 2, 3});
  const Tensor y = nn::Permute{{.dims = {2, 1}}}(x);
  BOOST_CHECK_EQUAL(shape_of(y), "(2, 3, 2)");
  BOOST_CHECK_EQUAL(y(1, 2, 0), x(1, 0, 2));
  const Tensor rows = nn::RepeatVector{3}(x.select(1, 0));
  BOOST_CHECK_EQUAL(shape_of(rows), "(2, 3, 3)");
  BOOST_CHECK_EQUAL(rows(1, 2, 1), x(1, 0, 1));
}

BOOST_AUTO_TEST_CASE(padding_undoes_cropping) {
  const Tensor x = arange(1, 25, 1, {.dtype = f32}).reshape({1, 4, 3, 2});
  const Tensor inner = nn::Cropping2D{{.cropping = {{1, 0}, {0, 2}}}}(x);
  BOOST_CHECK_EQUAL(shape_of(inner), "(1, 3, 1, 2)");
  BOOST_CHECK_EQUAL(inner(0, 0, 0, 1), x(0, 1, 0, 1));
  const Tensor outer = nn::ZeroPadding2D{{.padding = {{1, 0}, {0, 2}}}}(inner);
  BOOST_CHECK_EQUAL(shape_of(outer), shape_of(x));
  BOOST_CHECK_EQUAL(outer(0, 1, 0, 1), x(0, 1, 0, 1));
  BOOST_CHECK_EQUAL(outer(0, 0, 0, 0), 0);
  // The other order of axes gives the same numbers.
  const Tensor first = x.permute({0, 3, 1, 2});
  const Tensor cut =
      nn::Cropping2D{{.cropping = {{1, 0}, {0, 2}}, .data_format = "channels_first"}}(first);
  BOOST_CHECK(numbers(cut.permute({0, 2, 3, 1})) == numbers(inner));
}

BOOST_AUTO_TEST_CASE(cropping_takes_the_mask_along) {
  const nn::Value y = nn::Cropping1D{{.cropping = {1, 2}}}(
      nn::Value::masked(ones({1, 5, 1}), Tensor{{true, true, false, true, true}}));
  BOOST_CHECK_EQUAL(shape_of(y), "(1, 2, 1)");
  BOOST_CHECK(y.mask.to_vector<bool>() == (std::vector<bool>{true, false}));
}

BOOST_AUTO_TEST_CASE(up_sampling_repeats_or_interpolates) {
  const Tensor x = Tensor{{0.f, 4.f}}.reshape({1, 1, 2, 1});
  BOOST_CHECK(numbers(nn::UpSampling2D{{.size = {1, 2}}}(x)) == (List{0, 0, 4, 4}));
  BOOST_CHECK(numbers(nn::UpSampling2D{{.size = {1, 2}, .interpolation = "bilinear"}}(x)) ==
              (List{0, 1, 3, 4}));
  BOOST_CHECK(numbers(nn::UpSampling1D{{.size = 2}}(x.reshape({1, 2, 1}))) == (List{0, 0, 4, 4}));
}

BOOST_AUTO_TEST_CASE(softmax_leaves_masked_elements_out) {
  nn::Softmax layer;
  const Tensor x{{0.f, 0.f, 5.f}, {1.f, 2.f, 3.f}};
  const Tensor mask{{true, true, false}, {false, false, false}};
  BOOST_CHECK(numbers(layer(nn::Values{x, mask}).at(0)) == (List{0.5f, 0.5f, 0, 0, 0, 0}));
  const Tensor both = nn::Softmax{{.axis = {0, 1}}}(zeros({2, 2}));
  BOOST_CHECK_CLOSE(both(1, 1), 0.25, 1e-4);
  BOOST_CHECK_EQUAL(text_of<DTypeError>([&] {
                      layer(nn::Values{x, x});
                    }),
                    "[softmax] the mask must be bool, got f32; in softmax (Softmax)");
}

BOOST_AUTO_TEST_CASE(einsum_dense_equals_dense) {
  nn::EinsumDense layer{{.equation = "...x,xy->...y", .output_shape = {-1, 4}, .bias_axes = "y"}};
  const Tensor x = arange(12, {.dtype = f32}).reshape({2, 2, 3});
  const Tensor y = layer(x);
  BOOST_CHECK(numbers(y) == numbers(matmul(x, layer.kernel())));
  BOOST_CHECK_EQUAL(layer.num_parameters(), 16);
}

BOOST_AUTO_TEST_CASE(noise_is_there_in_training_only) {
  const Tensor x = ones({50, 20, 30});
  nn::SpatialDropout1D spatial{0.5};
  nn::GaussianNoise noise{0.5};
  nn::GaussianDropout factor{0.2};
  nn::AlphaDropout alpha{0.1};
  for (nn::Module* layer : std::vector<nn::Module*>{&spatial, &noise, &factor, &alpha}) {
    BOOST_CHECK(numbers((*layer)(x)) == numbers(x));
    layer->train();
    const Tensor first = (*layer)(x), second = (*layer)(x);
    BOOST_CHECK(numbers(first) != numbers(second));
    if (layer != &alpha) BOOST_CHECK_CLOSE(mean(first).item(), 1, 4);
  }
  // A feature drops at all steps or none; the noises have their variance, 0.5^2 and 0.2 / 0.8.
  const Tensor dropped = spatial(x);
  BOOST_CHECK(numbers(dropped.select(1, 0)) == numbers(dropped.select(1, 19)));
  for (const bool first : {false, true}) {  // a channel at all pixels or none
    nn::SpatialDropout2D image{
        {.rate = 0.5, .data_format = first ? "channels_first" : "channels_last"}};
    image.train();
    const Tensor y = image(ones({40, 5, 4, 3}));
    const Tensor kept = first ? y.mean({2, 3}) : y.mean({1, 2});
    BOOST_CHECK(numbers(kept) == numbers((kept > 0).to(f32) * 2));
    BOOST_CHECK_CLOSE(mean(kept).item(), 1, 20);
  }
  BOOST_CHECK_CLOSE(var(noise(x)).item(), 0.25, 4);
  BOOST_CHECK_CLOSE(var(factor(x)).item(), 0.25, 4);
  // Mean 0 and variance 1 stay.
  Generator generator{1};
  const Tensor kept = alpha(randn({200, 500}, generator));
  BOOST_CHECK_SMALL(mean(kept).item(), 0.02);
  BOOST_CHECK_CLOSE(var(kept).item(), 1, 3);
}

BOOST_AUTO_TEST_CASE(gradients_agree_with_differences) {
  Generator generator{3};
  const Tensor x = randn({2, 3, 4}, generator, {.dtype = f64, .requires_grad = true});
  const std::string names = nn::activation_names();
  for (std::size_t at = 0; at < names.size();) {
    const std::size_t comma = std::min(names.find(", ", at), names.size());
    const nn::ActivationFunction f(names.substr(at, comma - at));
    BOOST_TEST_CONTEXT(f.name())
    BOOST_CHECK_NO_THROW(gradcheck(
        [&](const std::vector<Tensor>& in) { return std::vector<Tensor>{f(in[0])}; }, {x}));
    at = comma + 2;
  }
}

BOOST_AUTO_TEST_CASE(activations_keep_nan) {
  const std::string names = nn::activation_names();
  for (std::size_t at = 0; at < names.size();) {
    const std::size_t comma = std::min(names.find(", ", at), names.size());
    const nn::ActivationFunction f(names.substr(at, comma - at));
    const Tensor y = f(Tensor{{NAN, NAN}});
    BOOST_CHECK_MESSAGE(std::isnan(y(0, 0)), f.name());
    at = comma + 2;
  }
}

BOOST_AUTO_TEST_CASE(arguments_outside_their_domain) {
  check_texts<ValueError>({
      {"[permute] dims are the axes behind the batch, counted from 1, each once; got (1, 3)",
       [] {
         nn::Permute{{.dims = {1, 3}}};
       }},
      {"[repeat_vector] n must be at least 1, got 0", [] { nn::RepeatVector{0}; }},
      {"[cropping1d] cropping must be from 0, got (-1, 2)",
       [] {
         nn::Cropping1D{{.cropping = {-1, 2}}};
       }},
      {"[zero_padding2d] padding must be from 0, got (0, -2)",
       [] {
         nn::ZeroPadding2D{{.padding = {{1, 1}, {0, -2}}}};
       }},
      {"[zero_padding1d] data_format must be channels_last or channels_first, got 'NCHW'",
       [] { nn::ZeroPadding1D{{.data_format = "NCHW"}}; }},
      {"[up_sampling1d] size must be at least 1, got 0", [] { nn::UpSampling1D{{.size = 0}}; }},
      {"[up_sampling2d] interpolation must be nearest or bilinear, got 'cubic'",
       [] { nn::UpSampling2D{{.interpolation = "cubic"}}; }},
      {"[relu] max_value must be from 0, got -1", [] { nn::ReLU{{.max_value = -1}}; }},
      {"[leaky_relu] negative_slope must be from 0, got -0.5",
       [] { nn::LeakyReLU{{.negative_slope = -0.5}}; }},
      {"[spatial_dropout1d] rate must be in [0, 1), got 1", [] { nn::SpatialDropout1D{1.0}; }},
      {"[gaussian_noise] stddev must be a number from 0, got -1", [] { nn::GaussianNoise{-1}; }},
      {"[gaussian_dropout] rate must be in [0, 1), got -0.5", [] { nn::GaussianDropout{-0.5}; }},
      {"[alpha_dropout] rate must be in [0, 1), got nan", [] { nn::AlphaDropout{NAN}; }},
      {"[einsum_dense] equation must be 'input,kernel->output' with one letter an axis, as in "
       "'abc,cd->abd'; got 'ab->c'",
       [] { nn::EinsumDense{{.equation = "ab->c"}}; }},
      {"[einsum_dense] bias_axes 'z' are not among the output's, 'ac'",
       [] { nn::EinsumDense{{.equation = "ab,bc->ac", .output_shape = {2}, .bias_axes = "z"}}; }},
      {"[prelu] shared_axes are axes behind the batch, from 1 to 1, of an input (1, 2); got 2; in "
       "p_re_lu (PReLU)",
       [] {
         nn::PReLU{{.shared_axes = {2}}}(ones({1, 2}));
       }},
  });
}

BOOST_AUTO_TEST_CASE(inputs_that_do_not_fit) {
  check_texts<ShapeError>({
      {"[permute] dims (2, 1) do not fit an input (1, 2); in permute (Permute)",
       [] {
         nn::Permute{{.dims = {2, 1}}}(ones({1, 2}));
       }},
      {"[repeat_vector] needs (batch, features), got shape (1, 2, 3); in repeat_vector "
       "(RepeatVector)",
       [] {
         nn::RepeatVector{2}(ones({1, 2, 3}));
       }},
      {"[cropping1d] cropping (1, 2) leaves nothing of axis 1 of (1, 3, 2); in cropping1d "
       "(Cropping1D)",
       [] {
         nn::Cropping1D{{.cropping = {1, 2}}}(ones({1, 3, 2}));
       }},
      {"[zero_padding2d] needs (batch, height, width, channels), got shape (1, 3); in "
       "zero_padding2d (ZeroPadding2D)",
       [] {
         nn::ZeroPadding2D{}(ones({1, 3}));
       }},
      {"[einsum_dense] neither input nor output_shape tell the size of the kernel's axis 'c'; in "
       "einsum_dense (EinsumDense)",
       [] {
         nn::EinsumDense{{.equation = "ab,bc->ac", .output_shape = {-1}}}(ones({1, 3}));
       }},
      {"[alpha_dropout] noise_shape does not broadcast to the input (4, 2): each size is the "
       "input's, 1 or -1; in alpha_dropout (AlphaDropout)",
       [] {
         nn::AlphaDropout layer{{.rate = 0.5, .noise_shape = {3, 2}}};
         layer.build({4, 2});
         layer.train();
         layer(ones({4, 2}));
       }},
  });
}

BOOST_AUTO_TEST_SUITE_END()
