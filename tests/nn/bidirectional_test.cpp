#include <boost/test/unit_test.hpp>

#include <carousel/carousel.h>
#include <carousel/nn/bidirectional.h>
#include <carousel/nn/layers.h>

#include <tests/nn/support.h>

using namespace carousel;
using nn::test::text_of;

namespace {

Tensor input(const Shape& shape, DType dtype = f64) {
  Generator generator{.seed = 5};
  return uniform(shape, -1, 1, generator, {.dtype = dtype});
}

bool same(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && a.to_vector<double>() == b.to_vector<double>();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(nn_bidirectional)

BOOST_AUTO_TEST_CASE(it_is_its_two_layers_merged) {
  const Tensor x = input({2, 5, 3});
  for (const std::string mode : {"concat", "sum", "mul", "ave"}) {
    nn::Bidirectional layer{nn::GRU{{.units = 4, .return_sequences = true}}, {.merge_mode = mode}};
    const Tensor y = layer(x);
    const Tensor forward = layer.forward_layer()(x);
    const Tensor backward = flip(Tensor(layer.backward_layer()(x)), 1);
    const Tensor expected = mode == "concat" ? concat({forward, backward}, -1)
                            : mode == "mul"  ? forward * backward
                            : mode == "sum"  ? forward + backward
                                             : (forward + backward) * 0.5;
    BOOST_TEST_CONTEXT(mode) { BOOST_TEST(same(y, expected)); }
    // The backward layer reads the sequence from its end: its first step is the last one's output.
    BOOST_TEST(same(backward.select(1, 0), layer.run(x).backward_states[0]));
  }
}

BOOST_AUTO_TEST_CASE(two_outputs_without_a_merge) {
  nn::Bidirectional layer{nn::LSTM{{.units = 4, .return_state = true}}, {.merge_mode = "none"}};
  const Tensor x = input({2, 5, 3});
  const nn::Values outputs = layer(nn::Values{x});
  BOOST_TEST(outputs.size() == 6u);
  const auto result = layer.run(x);
  BOOST_TEST(same(outputs[0], result.output));
  BOOST_TEST(same(outputs[1], result.backward_output));
  BOOST_TEST(same(outputs[3], result.states[1]));
  BOOST_TEST(same(outputs[4], result.backward_states[0]));
  BOOST_TEST(text_of<ValueError>([&] { layer(x); }) ==
             "[bidirectional] merge_mode none gives two outputs: call run(), or call it with "
             "Values; in bidirectional (Bidirectional)");
}

BOOST_AUTO_TEST_CASE(a_row_with_a_length_is_that_shorter_row) {
  nn::Bidirectional layer{nn::LSTM{{.units = 4, .return_sequences = true}}};
  const Tensor x = input({3, 5, 2});
  const auto whole = layer.run(x, {.lengths = Tensor{5, 3, 1}});
  const auto three = layer.run(x.slice(0, 1, 2).slice(1, 0, 3));
  BOOST_TEST(same(whole.output.slice(0, 1, 2).slice(1, 0, 3), three.output));
  BOOST_TEST(same(whole.backward_states[0].slice(0, 1, 2), three.backward_states[0]));
}

BOOST_AUTO_TEST_CASE(the_backward_layer_may_be_ones_own) {
  nn::Bidirectional layer{nn::LSTM{{.units = 4}},
                          nn::GRU{{.units = 2, .activation = "relu", .go_backwards = true}}};
  BOOST_TEST((layer(input({2, 5, 3})).shape() == Shape{2, 6}));
  BOOST_TEST(layer.num_parameters() == (3 + 4 + 1) * 16 + (3 + 2 + 2) * 6);
}

BOOST_AUTO_TEST_CASE(a_model_with_it_trains_and_is_rebuilt) {
  nn::Sequential model{nn::Bidirectional{nn::LSTM{{.units = 6}}, {.merge_mode = "sum"}},
                       nn::Dense{{.units = 1}}};
  model.compile({.optimizer = optim::Adam{{.learning_rate = 1e-2}}, .loss = "mse"});
  const Tensor x = input({64, 6, 2}, f32), y = x.mean({1, 2}).unsqueeze(-1);
  const auto history = model.fit(x, y, {.epochs = 20, .verbose = 0});
  BOOST_TEST(history["loss"].back() < history["loss"].front() / 4);
  auto again = nn::make_layer(model.type_name(), model.config());
  again->build(x.shape());
  again->set_weights(model.get_weights());
  BOOST_TEST(model.predict(x).to_vector<float>() == again->predict(x).to_vector<float>());
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_refused) {
  BOOST_TEST(text_of<ValueError>([] {
               nn::Bidirectional{nn::LSTM{{.units = 2}}, {.merge_mode = "max"}};
             }) == "[bidirectional] merge_mode must be concat, sum, mul, ave or none, got 'max'");
  BOOST_TEST(text_of<ValueError>([] {
               nn::Bidirectional{nn::LSTM{{.units = 2}}, nn::LSTM{{.units = 2}}};
             }) == "[bidirectional] both layers go forward in time: set go_backwards of one");
  BOOST_TEST(
      text_of<ValueError>([] {
        nn::Bidirectional{nn::LSTM{{.units = 2}},
                          nn::LSTM{{.units = 2, .return_sequences = true, .go_backwards = true}}};
      }) == "[bidirectional] return_sequences and return_state must be the same in both layers");
  nn::Bidirectional layer{
      nn::LSTM{{.units = 2}}, nn::GRU{{.units = 3, .go_backwards = true}}, {.merge_mode = "sum"}};
  BOOST_TEST(text_of<ShapeError>([&] {
               layer(zeros({2, 4, 3}));
             })
                 .starts_with("[bidirectional] merge_mode 'sum' needs outputs of one shape, got "
                              "(2, 2) and (2, 3)"));
}

BOOST_AUTO_TEST_SUITE_END()
