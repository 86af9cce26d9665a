// Layers that normalise: statistics, their modes, masks, errors.
#include <carousel/autograd/grad_mode.h>
#include <carousel/carousel.h>
#include <carousel/nn/layers.h>

#include <tests/nn/support.h>

using namespace carousel;
using nn::test::text_of;

namespace {

std::vector<float> numbers(const Tensor& x) { return x.to_vector<float>(); }

Tensor noise(const Shape& shape) {
  Generator generator{7};
  return randn(shape, generator) * 2 + 3;
}

struct Refused {
  const char* text;
  std::function<void()> call;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(nn_normalization_layers)

BOOST_AUTO_TEST_CASE(rows_get_mean_0_and_variance_1) {
  const Tensor x = noise({3, 4, 50});
  const Tensor y = nn::LayerNormalization{{.epsilon = 1e-6}}(x);
  for (const float m : numbers(mean(y, -1))) BOOST_CHECK_SMALL(m, 1e-5f);
  for (const float v : numbers(var(y, -1, false, 0))) BOOST_CHECK_CLOSE(v, 1, 0.01);
  // Several axes, not the last ones, too.
  const Tensor z = nn::LayerNormalization{{.axis = {1}, .epsilon = 1e-6}}(x);
  for (const float m : numbers(mean(z, 1))) BOOST_CHECK_SMALL(m, 1e-5f);
  const Tensor groups = nn::GroupNormalization{{.groups = 2, .epsilon = 1e-6}}(x);
  const Tensor each = groups.reshape({3, 4, 2, 25});
  for (const float m : numbers(mean(each, {1, 3}))) BOOST_CHECK_SMALL(m, 1e-5f);
  for (const float n : numbers(norm(nn::UnitNormalization{}(x), 2, -1)))
    BOOST_CHECK_CLOSE(n, 1, 0.001);
}

BOOST_AUTO_TEST_CASE(batch_normalization_in_training_and_after) {
  nn::BatchNormalization layer{{.momentum = 0.5, .epsilon = 1e-6}};
  const Tensor x = noise({200, 3});
  layer.build(x.shape());
  BOOST_CHECK_CLOSE(layer(x)(0, 0), x(0, 0), 0.001);  // moving mean 0, variance 1
  layer.train();
  const Tensor y = layer(x);
  for (const float m : numbers(mean(y, 0))) BOOST_CHECK_SMALL(m, 1e-4f);
  for (int c = 0; c < 3; ++c) {
    BOOST_CHECK_CLOSE(layer.moving_mean()(c), mean(x, 0)(c) / 2, 0.01);
    BOOST_CHECK_CLOSE(layer.moving_variance()(c), 0.5 + var(x, 0, false, 0)(c) / 2, 0.01);
  }
}

BOOST_AUTO_TEST_CASE(batch_normalization_that_is_not_trainable_stays) {
  nn::BatchNormalization layer;
  const Tensor x = noise({20, 3});
  layer.build(x.shape());
  layer.set_trainable(false);
  const Tensor expected = layer(x);
  layer.train();
  BOOST_CHECK(numbers(layer(x)) == numbers(expected));
  BOOST_CHECK(numbers(layer.moving_mean()) == (std::vector<float>{0, 0, 0}));
}

BOOST_AUTO_TEST_CASE(masked_steps_do_not_count) {
  nn::BatchNormalization masked{{.momentum = 0}}, alone{{.momentum = 0}};
  masked.build({2, 3, 4}), alone.build({1, 3, 4});
  masked.train(), alone.train();
  const Tensor x = noise({2, 3, 4});
  const Tensor mask{{true, true, true}, {false, false, false}};
  masked(nn::Value::masked(x, mask));
  alone(x.slice(0, 0, 1));
  for (int c = 0; c < 4; ++c) {
    BOOST_CHECK_CLOSE(masked.moving_mean()(c), alone.moving_mean()(c), 1e-3);
    BOOST_CHECK_CLOSE(masked.moving_variance()(c), alone.moving_variance()(c), 1e-3);
  }
}

BOOST_AUTO_TEST_CASE(normalization_adapts) {
  const Tensor x = noise({100, 2, 3});
  nn::Normalization layer;
  BOOST_CHECK_EQUAL(text_of<GraphError>([&] { layer(x); }),
                    "[normalization] has no statistics yet: call adapt(data), or give mean and "
                    "variance; in normalization (Normalization)");
  layer.adapt(x);
  const Tensor y = layer(x);
  for (const float m : numbers(mean(y, {0, 1}))) BOOST_CHECK_SMALL(m, 1e-4f);
  for (const float v : numbers(var(y, {0, 1}, false, 0))) BOOST_CHECK_CLOSE(v, 1, 0.01);
  nn::Normalization back{{.mean = {1, 2, 3}, .variance = {4, 4, 4}, .invert = true}};
  BOOST_CHECK(numbers(back(ones({1, 3}))) == (std::vector<float>{3, 4, 5}));
}

BOOST_AUTO_TEST_CASE(arguments_outside_their_domain) {
  const std::vector<Refused> all{
      {"[layer_normalization] epsilon must be from 0, got -1",
       [] { nn::LayerNormalization{{.epsilon = -1}}; }},
      {"[batch_normalization] momentum must be in [0, 1], got 2",
       [] { nn::BatchNormalization{{.momentum = 2}}; }},
      {"[group_normalization] groups must be from 1, or -1 for one a channel; got 0",
       [] { nn::GroupNormalization{{.groups = 0}}; }},
      {"[normalization] mean and variance go together: give both, or neither and call adapt()",
       [] { nn::Normalization{{.mean = {1}}}; }},
      {"[normalization] variance must be from 0, got -1",
       [] { nn::Normalization{{.mean = {1}, .variance = {-1}}}; }},
      {"[layer_normalization] axis must name axes behind the batch, of an input (2, 3); in "
       "layer_normalization (LayerNormalization)",
       [] {
         nn::LayerNormalization{{.axis = 0}}(ones({2, 3}));
       }},
      {"[batch_normalization] axis must not be the batch, of an input (2, 3); in "
       "batch_normalization (BatchNormalization)",
       [] {
         nn::BatchNormalization{{.axis = 0}}(ones({2, 3}));
       }},
  };
  for (const Refused& each : all) BOOST_CHECK_EQUAL(text_of<ValueError>(each.call), each.text);
  BOOST_CHECK_EQUAL(text_of<ShapeError>([] {
                      nn::GroupNormalization{{.groups = 2}}(ones({1, 4, 3}));
                    }),
                    "[group_normalization] 2 groups do not divide 3 channels of an input (1, 4, "
                    "3); in group_normalization (GroupNormalization)");
  nn::BatchNormalization layer;
  layer.build({2, 3});
  BOOST_CHECK_EQUAL(text_of<ShapeError>([&] {
                      layer(ones({2, 4}));
                    }),
                    "[batch_normalization] was built for 3 channels in axis 1, got shape (2, 4); "
                    "in batch_normalization (BatchNormalization)");
}

BOOST_AUTO_TEST_SUITE_END()
