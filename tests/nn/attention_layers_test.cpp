// Attention layers: masks, heads, dropout, errors.
#include <carousel/carousel.h>
#include <carousel/nn/layers.h>

#include <tests/nn/support.h>

using namespace carousel;
using nn::test::text_of;

namespace {

std::vector<float> numbers(const Tensor& x) { return x.to_vector<float>(); }

Tensor noise(const Shape& shape, std::uint64_t seed) {
  Generator generator{seed};
  return randn(shape, generator);
}

struct Refused {
  const char* text;
  std::function<void()> call;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(nn_attention_layers)

BOOST_AUTO_TEST_CASE(masked_keys_and_queries) {
  nn::Attention layer;
  const Tensor query = noise({1, 2, 3}, 1), value = noise({1, 4, 3}, 2);
  const nn::Value masked = nn::Value::masked(value, Tensor{{true, true, false, false}});
  const nn::Value q = nn::Value::masked(query, Tensor{{true, false}});
  const auto [y, scores] = layer.run({q, masked});
  BOOST_CHECK_EQUAL(scores(0, 0, 2), 0);
  BOOST_CHECK_CLOSE(scores(0, 0, 0) + scores(0, 0, 1), 1, 1e-4);
  for (int c = 0; c < 3; ++c) BOOST_CHECK_EQUAL(y(0, 1, c), 0);
  BOOST_CHECK(y.mask.to_vector<bool>() == (std::vector<bool>{true, false}));
  // The same without what is left out.
  const nn::Value alone = layer(nn::Values{query, value.slice(1, 0, 2)}).at(0);
  for (int c = 0; c < 3; ++c) BOOST_CHECK_CLOSE(y(0, 0, c), alone(0, 0, c), 1e-3);
}

BOOST_AUTO_TEST_CASE(causal_queries_do_not_see_what_follows) {
  nn::MultiHeadAttention layer{{.num_heads = 2, .key_dim = 3}};
  const Tensor x = noise({1, 4, 5}, 1);
  const Tensor y = layer.run({x, x}, {.use_causal_mask = true}).output;
  const Tensor changed = concat({x.slice(1, 0, 2), noise({1, 2, 5}, 9)}, 1);
  const Tensor z = layer.run({changed, changed}, {.use_causal_mask = true}).output;
  BOOST_CHECK(numbers(y.slice(1, 0, 2)) == numbers(z.slice(1, 0, 2)));
  BOOST_CHECK(numbers(y.slice(1, 2)) != numbers(z.slice(1, 2)));
}

// As in Keras: the mean of all values, or nothing where scores are asked for.
BOOST_AUTO_TEST_CASE(queries_without_any_key) {
  nn::MultiHeadAttention layer{{.num_heads = 2, .key_dim = 3, .use_bias = false}};
  Tensor x = noise({1, 3, 5}, 1);
  x.set_requires_grad();
  const Tensor none{{true, true, false}, {false, false, false}, {true, false, false}};
  const auto mean = layer.run({x, x}, {.attention_mask = none});
  const auto nothing = layer.run({x, x}, {.attention_mask = none, .return_attention_scores = true});
  BOOST_CHECK_CLOSE(mean.scores(0, 0, 1, 2), 1.0 / 3, 1e-4);
  BOOST_CHECK_EQUAL(mean.scores(0, 0, 0, 2), 0);
  for (int c = 0; c < 5; ++c) {
    BOOST_CHECK_EQUAL(nothing.output(0, 1, c), 0);
    BOOST_CHECK_EQUAL(nothing.output(0, 0, c), mean.output(0, 0, c));
  }
  BOOST_CHECK_EQUAL(nothing.scores(0, 1, 1, 0), 0);
  // Nothing goes to that query through the scores, all values get a third.
  const Tensor y = mean.output.slice(1, 1, 2);
  const Tensor dx = grad({y}, {x}, {.cotangents = {ones_like(y)}}).at(0);
  for (int c = 0; c < 5; ++c) {
    BOOST_CHECK_EQUAL(dx(0, 0, c), dx(0, 1, c));
    BOOST_CHECK_NE(dx(0, 2, c), 0);
  }
}

BOOST_AUTO_TEST_CASE(grouped_queries_with_a_head_each_are_multi_head_attention) {
  nn::GroupQueryAttention grouped{{.head_dim = 3, .num_query_heads = 2, .num_key_value_heads = 2}};
  nn::MultiHeadAttention heads{{.num_heads = 2, .key_dim = 3}};
  const Tensor x = noise({2, 4, 5}, 1);
  grouped(nn::Values{x, x}), heads(nn::Values{x, x});
  grouped.set_weights(heads.get_weights());
  BOOST_CHECK(numbers(grouped(nn::Values{x, x}).at(0)) == numbers(heads(nn::Values{x, x}).at(0)));
  BOOST_CHECK_EQUAL(to_string(heads.run({x, x}).scores.shape()), "(2, 2, 4, 4)");
}

BOOST_AUTO_TEST_CASE(dropout_acts_in_training_only) {
  nn::Attention layer{{.dropout = 0.5}};
  const Tensor x = noise({4, 6, 8}, 1);
  const nn::Values in{x, x};
  const auto still = numbers(layer(in).at(0));
  layer.train();
  BOOST_CHECK(numbers(layer(in).at(0)) != still);
  layer.eval();
  BOOST_CHECK(numbers(layer(in).at(0)) == still);
}

BOOST_AUTO_TEST_CASE(configurations_rebuild_attention) {
  const nn::MultiHeadAttention layer{
      {.num_heads = 2, .key_dim = 3, .value_dim = 4, .output_shape = {7}, .seed = 5}};
  BOOST_CHECK_EQUAL(nn::make_layer("MultiHeadAttention", layer.config())->config(), layer.config());
}

BOOST_AUTO_TEST_CASE(what_does_not_fit) {
  const Tensor x = ones({2, 4, 3});
  const std::vector<Refused> values{
      {"[attention] score_mode must be dot or concat, got 'cosine'",
       [] { nn::Attention{{.score_mode = "cosine"}}; }},
      {"[additive_attention] dropout must be in [0, 1), got 1",
       [] { nn::AdditiveAttention{{.dropout = 1}}; }},
      {"[multi_head_attention] num_heads must be at least 1, got 0",
       [] { nn::MultiHeadAttention{{.key_dim = 2}}; }},
      {"[multi_head_attention] attends over axis 1 alone: reshape other axes into one",
       [] {
         nn::MultiHeadAttention{{.num_heads = 1, .key_dim = 2, .attention_axes = {1, 2}}};
       }},
      {"[group_query_attention] num_query_heads must be a multiple of num_key_value_heads, got 3 "
       "and 2",
       [] {
         nn::GroupQueryAttention{{.head_dim = 1, .num_query_heads = 3, .num_key_value_heads = 2}};
       }},
      {"[attention] takes {query, value} or {query, value, key}, got 1 inputs; in attention "
       "(Attention)",
       [x] { nn::Attention{}(nn::Values{x}); }}};
  for (const Refused& each : values) BOOST_CHECK_EQUAL(text_of<ValueError>(each.call), each.text);
  const std::vector<Refused> shapes{
      {"[attention] value and key differ in steps: query (2, 4, 3), value (2, 4, 3), key (2, 5, "
       "3); in attention (Attention)",
       [x] {
         nn::Attention{}(nn::Values{x, x, ones({2, 5, 3})});
       }},
      {"[attention] query (2, 4, 3) and key (2, 4, 2) differ in features; in attention (Attention)",
       [x] {
         nn::Attention{}(nn::Values{x, ones({2, 4, 2})});
       }},
      {"[attention] needs inputs (batch, steps, features) of one batch, got query (2, 4, 3), value "
       "(3, 4, 3), key (3, 4, 3); in attention (Attention)",
       [x] {
         nn::Attention{}(nn::Values{x, ones({3, 4, 3})});
       }},
      {"[attention] value_mask (1, 4) must be (2, 4), as the input (2, 4, 3); in attention "
       "(Attention)",
       [x] {
         nn::Attention{}.run({x, x}, {.value_mask = Tensor{{true, true, true, true}}});
       }}};
  for (const Refused& each : shapes) BOOST_CHECK_EQUAL(text_of<ShapeError>(each.call), each.text);
}

BOOST_AUTO_TEST_SUITE_END()
