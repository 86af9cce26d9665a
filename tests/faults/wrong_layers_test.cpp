// Layers and models, called wrongly.
#include <carousel/carousel.h>
#include <carousel/nn/layers.h>
#include <carousel/nn/lstm.h>
#include <tests/faults/wrong_use.h>

#include <cmath>

using namespace carousel;
using namespace carousel::test;

namespace {

// An LSTM of 2 units, built for 2 features.
nn::LSTM lstm_layer() {
  nn::LSTM layer{{.units = 2}};
  layer.build({3, 4, 2});
  return layer;
}

const std::string kRecurrentActivations =
    "linear, tanh, sigmoid, relu, hard_sigmoid, softsign, softplus, elu, selu, exponential";

}  // namespace

BOOST_AUTO_TEST_SUITE(wrong_layers)

BOOST_AUTO_TEST_CASE(inputs_of_a_recurrent_layer) {
  check_all({
      {"2-D data", fault<ShapeError>("[lstm] needs (batch, time, features), got 2-D data (32, 10): "
                                     "reshape to (batch, time, features), here (32, 10, 1) or (32, "
                                     "1, 10); in lstm (LSTM)",
                                     [] {
                                       nn::LSTM{{.units = 2}}(ones({32, 10}));
                                     })},
      {"rank 1", fault<ShapeError>("[lstm] needs (batch, time, features), got shape (3,); in lstm "
                                   "(LSTM)",
                                   [] { nn::LSTM{{.units = 2}}(ones({3})); })},
      {"rank 4", fault<ShapeError>("[lstm] needs (batch, time, features), got shape (3, 2, 2, 2); "
                                   "in lstm (LSTM)",
                                   [] {
                                     nn::LSTM{{.units = 2}}(ones({3, 2, 2, 2}));
                                   })},
      {"no rows", fault<ShapeError>("[lstm] the input has no rows: (0, 4, 2); in lstm (LSTM)",
                                    [] {
                                      lstm_layer()(ones({0, 4, 2}));
                                    })},
      {"no steps", fault<ShapeError>("[lstm] the input has no time steps: (3, 0, 2); in lstm "
                                     "(LSTM)",
                                     [] {
                                       lstm_layer()(ones({3, 0, 2}));
                                     })},
      {"features", fault<ShapeError>("[lstm] was built for 2 features, got shape (3, 4, 5); in "
                                     "lstm (LSTM)",
                                     [] {
                                       lstm_layer()(ones({3, 4, 5}));
                                     })},
      {"integers", fault<DTypeError>("[lstm] takes f32 or f64, got i32 (3, 4, 2); in lstm (LSTM)",
                                     [] {
                                       nn::LSTM{{.units = 2}}(ones({3, 4, 2}, {.dtype = i32}));
                                     })},
      {"doubles", fault<DTypeError>("[lstm] kernel must be f64, got f32 (2, 8); in lstm (LSTM)",
                                    [] {
                                      lstm_layer()(ones({3, 4, 2}, {.dtype = f64}));
                                    })},
      {"another device",
       fault<DeviceError>("[lstm] kernel is on cpu, x on meta; move one with .to(...); in lstm "
                          "(LSTM)",
                          [] {
                            lstm_layer()(ones({3, 4, 2}, {.device = DeviceKind::meta}));
                          })},
  });
}

BOOST_AUTO_TEST_CASE(what_is_no_sequence) {
  const Tensor x = ones({3, 4, 2});
  check_all({
      {"undefined",
       fault<GraphError>("[tensor] the tensor is undefined: nothing was assigned to it",
                         [] { nn::LSTM{{.units = 2}}(Tensor()); })},
      {"two inputs",
       fault<ValueError>("[lstm] takes {x} or {x, h, c}, got 2 inputs; in lstm (LSTM)",
                         [=] {
                           lstm_layer()(nn::Values{x, x});
                         })},
      {"no input", fault<ShapeError>("[build] lstm needs at least one input",
                                     [] { nn::LSTM{{.units = 2}}(nn::Values{}); })},
      {"no sequences before",
       fault<ShapeError>("[lstm] needs (batch, time, features), got 2-D data (3, 5): reshape to "
                         "(batch, time, features), here (3, 5, 1) or (3, 1, 5); in "
                         "sequential.lstm_1 (LSTM)",
                         [=] {
                           nn::Sequential{nn::LSTM{{.units = 5}}, nn::LSTM{{.units = 2}}}(x);
                         })},
  });
}

BOOST_AUTO_TEST_CASE(masks_lengths_and_states) {
  const auto run = [](nn::LSTMRunOptions options) {
    return [options] { lstm_layer().run(ones({3, 4, 2}), options); };
  };
  const auto step = [](Shape x, nn::LSTMState state) {
    return [x, state] { lstm_layer().step(ones(x), state); };
  };
  check_all({
      {"mask of another shape",
       fault<ShapeError>("[lstm] mask must be (3, 4), got (3, 3); in lstm (LSTM)",
                         run({.mask = ones({3, 3}, {.dtype = boolean})}))},
      {"mask of floats",
       fault<DTypeError>("[lstm] mask must be bool, got f32 (3, 4); in lstm (LSTM)",
                         run({.mask = ones({3, 4})}))},
      {"a length above T",
       fault<ValueError>("[lstm] length 5 of row 1 is outside [0, 4], the time steps; in lstm "
                         "(LSTM)",
                         run({.lengths = Tensor{4, 5, 1}}))},
      {"a negative length",
       fault<ValueError>("[lstm] length -1 of row 2 is outside [0, 4], the time steps; in lstm "
                         "(LSTM)",
                         run({.lengths = Tensor{4, 0, -1}}))},
      {"too few lengths", fault<ShapeError>("[lstm] lengths must be (3,), got (2,); in lstm (LSTM)",
                                            run({.lengths = Tensor{4, 4}}))},
      {"lengths as floats",
       fault<DTypeError>("[lstm] lengths must be i32 or i64, got f32; in lstm (LSTM)",
                         run({.lengths = ones({3})}))},
      {"h of another batch",
       fault<ShapeError>("[lstm] initial_h must be (3, 2), got (2, 2); in lstm (LSTM)",
                         run({.initial_state = {ones({2, 2}), {}}}))},
      {"c of other units",
       fault<ShapeError>("[lstm] initial_c must be (3, 2), got (3, 3); in lstm (LSTM)",
                         run({.initial_state = {ones({3, 2}), ones({3, 3})}}))},
      {"c in doubles",
       fault<DTypeError>("[lstm] initial_c must be f32, got f64 (3, 2); in lstm (LSTM)",
                         run({.initial_state = {ones({3, 2}), ones({3, 2}, {.dtype = f64})}}))},
      {"a sequence as a step",
       fault<ShapeError>("[lstm] a step needs (batch, features), got shape (3, 4, 2)",
                         step({3, 4, 2}, {}))},
      {"a step without rows",
       fault<ShapeError>("[lstm] the input has no rows: (0, 1, 2); in lstm (LSTM)",
                         step({0, 2}, {}))},
      {"a step from another batch",
       fault<ShapeError>("[lstm] initial_h must be (3, 2), got (1, 2); in lstm (LSTM)",
                         step({3, 2}, {ones({1, 2}), ones({1, 2})}))},
  });
}

BOOST_AUTO_TEST_CASE(inputs_of_other_layers) {
  const auto dense = [](Shape x, DType dtype) {
    return [x, dtype] {
      nn::Dense layer{{.units = 2}};
      layer.build({3, 4});
      layer(ones(x, {.dtype = dtype}));
    };
  };
  const auto embed = [](Tensor ids) {
    return [ids] {
      nn::Sequential{nn::Embedding{{.input_dim = 5, .output_dim = 2}}, nn::LSTM{{.units = 2}}}(ids);
    };
  };
  check_all({
      {"dense, other features",
       fault<ShapeError>("[dense] was built for 4 features, got shape (3, 5); in dense (Dense)",
                         dense({3, 5}, f32))},
      {"dense, integers",
       fault<DTypeError>("[matmul] operands differ in dtype: i32 (3, 4) and f32 (4, 2); convert "
                         "one with .to(...); in dense (Dense)",
                         dense({3, 4}, i32))},
      {"dense, rank 1",
       fault<ShapeError>("[dense] needs an input (batch, ..., features), got shape (3,); in dense "
                         "(Dense)",
                         [] { nn::Dense{{.units = 2}}(ones({3})); })},
      {"id too large",
       fault<IndexError>(
           "[embedding] index 5 at position 1 is outside [0, 5); in sequential.embedding "
           "(Embedding)",
           embed(Tensor{{1, 5, 0}}))},
      {"id below zero",
       fault<IndexError>(
           "[embedding] index -1 at position 1 is outside [0, 5); in sequential.embedding "
           "(Embedding)",
           embed(Tensor{{1, -1, 0}}))},
      {"ids as floats",
       fault<DTypeError>("[embedding] ids must be i32 or i64, got f32; in sequential.embedding "
                         "(Embedding)",
                         embed(ones({1, 3})))},
      {"reshape", fault<ShapeError>("[reshape] rows of (2, 3) do not fit target_shape (4); in "
                                    "reshape (Reshape)",
                                    [] {
                                      nn::Reshape{{.target_shape = {4}}}(ones({2, 3}));
                                    })},
      {"flatten", fault<ShapeError>("[flatten] needs an input with a batch axis, got shape (); in "
                                    "flatten (Flatten)",
                                    [] { nn::Flatten{}(ones({})); })},
  });
}

BOOST_AUTO_TEST_CASE(options) {
  check_all({
      {"no units", fault<ValueError>("[lstm] units must be at least 1, got 0",
                                     [] { nn::LSTM layer({.units = 0}); })},
      {"units that overflow",
       fault<ValueError>("[shape] size overflows: 1099511627776 * 4398046511104; in lstm (LSTM)",
                         [] {
                           nn::LSTM{{.units = std::int64_t{1} << 40}}(ones({1, 1, 1}));
                         })},
      {"unknown activation",
       fault<ValueError>("[activation] 'rleu' is none of " + nn::activation_names(),
                         [] { nn::Dense layer({.units = 1, .activation = "rleu"}); })},
      {"no activation of recurrent kernels",
       fault<ValueError>(
           "[lstm] unknown activation 'softmax': expected one of " + kRecurrentActivations,
           [] { nn::LSTM layer({.units = 1, .activation = "softmax"}); })},
      {"unknown initializer",
       fault<ValueError>("[initializer] 'xavier' is none of zeros, ones, constant, random_uniform, "
                         "random_normal, truncated_normal, variance_scaling, glorot_uniform, "
                         "glorot_normal, he_uniform, he_normal, lecun_uniform, lecun_normal, "
                         "orthogonal, identity, stft, zero, one, uniform, normal",
                         [] { nn::Dense layer({.units = 1, .kernel_initializer = "xavier"}); })},
      {"input_shape without features",
       fault<ShapeError>("[lstm] needs (batch, time, features), got 2-D data (1, 5): reshape to "
                         "(batch, time, features), here (1, 5, 1) or (1, 1, 5); in lstm (LSTM)",
                         [] { nn::LSTM({.units = 2, .input_shape = {5}}).parameters(); })},
      {"input_shape below zero",
       fault<ShapeError>("[build] input_shape (-1, 3) must be positive sizes, without the batch; "
                         "in lstm (LSTM)",
                         [] {
                           nn::LSTM({.units = 2, .input_shape = {-1, 3}}).parameters();
                         })},
      {"dropout of all", fault<ValueError>("[dropout] rate must be in [0, 1), got 1",
                                           [] { nn::Dropout layer({.rate = 1}); })},
      {"dropout of NaN", fault<ValueError>("[dropout] rate must be in [0, 1), got nan",
                                           [] { nn::Dropout layer({.rate = std::nan("")}); })},
      {"no words",
       fault<ValueError>("[embedding] input_dim and output_dim must be at least 1, got "
                         "0 and 2",
                         [] { nn::Embedding layer({.input_dim = 0, .output_dim = 2}); })},
  });
}

BOOST_AUTO_TEST_CASE(models) {
  const auto sequential = [] {
    return nn::Sequential{nn::LSTM{{.units = 2}}, nn::Dense{{.units = 1}}};
  };
  check_all({
      {"empty", fault<ValueError>("[sequential] has no layers; in sequential (Sequential)",
                                  [] {
                                    nn::Sequential{}(ones({1, 2}));
                                  })},
      {"a name twice", fault<ValueError>("[add] there is a layer 'a' already",
                                         [] {
                                           nn::Sequential{nn::Dense{{.units = 1, .name = "a"}},
                                                          nn::Dense{{.units = 1, .name = "a"}}};
                                         })},
      {"no layer", fault<ValueError>("[add] there is no layer",
                                     [] { nn::Sequential{}.add(std::unique_ptr<nn::Module>()); })},
      {"no such layer", fault<ValueError>("[get_layer] sequential has no layer 'gru'; it has: "
                                          "lstm, dense",
                                          [=] { sequential().get_layer("gru"); })},
      {"beyond the last layer", fault<IndexError>("[get_layer] sequential has 2 layers, no layer 2",
                                                  [=] { sequential().get_layer(2); })},
      {"parameters before building",
       fault<GraphError>("[parameters] sequential (Sequential) is not built: call the model once, "
                         "or build(shape)",
                         [=] { sequential().parameters(); })},
      {"weights before building",
       fault<GraphError>("[parameters] sequential (Sequential) is not built: call the model once, "
                         "or build(shape)",
                         [=] { sequential().set_weights({}); })},
      {"too few weights", fault<ShapeError>("[set_weights] lstm has 3 weights, got 1 tensors",
                                            [] { lstm_layer().set_weights({ones({1})}); })},
      {"weights of another shape",
       fault<ShapeError>("[set_weights] recurrent_kernel has shape (2, 8), got (3, 8)",
                         [] {
                           lstm_layer().set_weights({ones({2, 8}), ones({3, 8}), ones({8})});
                         })},
      {"integer parameters", fault<DTypeError>("[to] a module's parameters are f32 or f64, got i32",
                                               [] { lstm_layer().to(i32); })},
  });
}

BOOST_AUTO_TEST_SUITE_END()
