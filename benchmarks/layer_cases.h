// Cases of the layer benchmark: each layer at a size that a model of medium size has. The peer's
// script (peers/layers_torch.py) has the same table.
#pragma once

#include <cmath>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <carousel/autograd/engine.h>
#include <carousel/autograd/grad_mode.h>
#include <carousel/autograd/ops.h>
#include <carousel/autograd/ops/ctc.h>
#include <carousel/nn/layers.h>

#include "support/numbers.h"

namespace carousel::bench {

// One forward pass, and what it is differentiated by.
struct LayerRun {
  std::function<Tensor()> forward;
  std::vector<Tensor> inputs;  // the input, and parameters in the order of visit()
  Tensor dy = {};

  // y and the gradients, for a fixed cotangent (1 of a scalar).
  std::vector<Tensor> once() {
    const Tensor y = forward();
    if (!dy.defined()) dy = y.rank() == 0 ? ones_like(y) : numbers(y.shape(), 5);
    std::vector<Tensor> results{y.detach()};
    for (Tensor& gradient : grad(std::span(&y, 1), inputs, {.cotangents = {dy}}))
      results.push_back(std::move(gradient));
    return results;
  }
};

struct LayerCase {
  const char* name;
  std::function<LayerRun()> make;
  bool random = false;  // draws its own numbers: only the largest ones are compared
};

inline Tensor wanted(Tensor x) { return x.set_requires_grad(), x; }

// Matrices by the root of their fan-in, so that outputs are of the order of 1.
inline void set_parameters(nn::Module& module) {
  const NoGrad not_recorded;
  unsigned seed = 10;
  for (Tensor& p : module.parameters()) {
    const auto fan = static_cast<float>(p.rank() < 2 ? 1 : p.numel() / p.dim(-1));
    p.copy_(numbers(p.shape(), seed++, 1 / std::sqrt(fan)));
  }
}

// A layer in training, called on {x, x, ...} where it takes several inputs.
template <class L>
LayerRun layer_run(L layer, const Tensor& x, std::size_t times = 1) {
  auto shared = std::make_shared<L>(std::move(layer));
  const nn::Values values(times, x);
  shared->build(values);
  set_parameters(*shared);
  shared->train();
  LayerRun run{[shared, values] { return Tensor((*shared)(values).at(0)); }, {}};
  if (is_floating(x.dtype())) run.inputs.push_back(x);
  for (const Tensor& p : shared->parameters()) run.inputs.push_back(p);
  return run;
}

template <class L>
LayerCase layer_case(const char* name, typename L::Options options, const Shape& shape,
                     std::size_t times = 1, bool random = false) {
  return {name, [=] { return layer_run(L(options), wanted(numbers(shape, 1)), times); }, random};
}

inline LayerCase activation(const char* name) {
  return {name, [name] {
            return layer_run(nn::Activation(name), wanted(numbers({256, 4096}, 1, 4)));
          }};
}

inline LayerCase loss(const char* name, const Shape& shape,
                      std::function<Tensor(const Tensor& x)> f) {
  return {name, [shape, f] {
            const Tensor x = wanted(numbers(shape, 1, 4));
            return LayerRun{[=] { return f(x); }, {x}};
          }};
}

inline std::vector<LayerCase> losses() {
  const Tensor labels = integers({1024}, 2, 1000), words = integers({32, 10}, 2, 31) + 1;
  const Tensor soft = softmax(numbers({1024, 1000}, 3)), half = sigmoid(numbers({1024, 1000}, 3));
  return {loss("cross_entropy", {1024, 1000},
               [=](const Tensor& x) { return cross_entropy(x, labels); }),
          loss("soft_cross_entropy", {1024, 1000},
               [=](const Tensor& x) { return mean(sum(log_softmax(x) * soft, -1)) * -1; }),
          loss("binary_cross_entropy", {1024, 1000},
               [=](const Tensor& x) { return binary_cross_entropy_with_logits(x, half); }),
          loss("mse", {1024, 1000}, [=](const Tensor& x) { return mse(x, half); }),
          loss("ctc", {32, 50, 32},
               [=](const Tensor& x) { return ctc_loss(log_softmax(x), words).mean(); })};
}

inline std::vector<LayerCase> recurrent_layers() {
  using namespace nn;
  const Shape x{32, 50, 64};
  const LSTMOptions lstm{.units = 64, .return_sequences = true};
  return {layer_case<LSTM>("lstm", lstm, x),
          layer_case<GRU>("gru", {.units = 64, .return_sequences = true}, x),
          layer_case<SimpleRNN>("simple_rnn", {.units = 64, .return_sequences = true}, x),
          {"bidirectional",
           [=] { return layer_run(Bidirectional{LSTM{lstm}}, wanted(numbers(x, 1))); }}};
}

inline std::vector<LayerCase> window_layers() {
  using namespace nn;
  const Shape image{16, 32, 32, 32}, sequence{32, 128, 64};
  return {
      layer_case<Conv1D>("conv1d", {.filters = 64, .kernel_size = 5, .padding = "same"}, sequence),
      layer_case<Conv2D>("conv2d", {.filters = 32, .kernel_size = 3, .padding = "same"}, image),
      layer_case<Conv2D>("conv2d_1x1", {.filters = 64, .kernel_size = 1}, image),
      layer_case<Conv2DTranspose>(
          "conv2d_transpose", {.filters = 32, .kernel_size = 2, .strides = 2}, {16, 16, 16, 32}),
      layer_case<DepthwiseConv1D>("depthwise_conv1d", {.kernel_size = 5, .padding = "same"},
                                  sequence),
      layer_case<DepthwiseConv2D>("depthwise_conv2d", {.kernel_size = 3, .padding = "same"}, image),
      layer_case<SeparableConv2D>("separable_conv2d",
                                  {.filters = 32, .kernel_size = 3, .padding = "same"}, image),
      layer_case<MaxPooling1D>("max_pooling1d", {}, sequence),
      layer_case<MaxPooling2D>("max_pooling2d", {}, image),
      layer_case<AveragePooling2D>("average_pooling2d", {}, image),
      layer_case<GlobalAveragePooling2D>("global_average_pooling2d", {}, image)};
}

inline std::vector<LayerCase> layer_cases() {
  using namespace nn;
  std::vector<LayerCase> all{
      layer_case<Dense>("dense", {.units = 512}, {256, 512}),
      layer_case<Dense>("dense_relu", {.units = 512, .activation = "relu"}, {256, 512}),
      {"embedding",
       [] {
         return layer_run(Embedding{{.input_dim = 10000, .output_dim = 128}},
                          integers({32, 128}, 1, 10000));
       }},
      layer_case<LayerNormalization>("layer_norm", {}, {32, 128, 256}),
      layer_case<RMSNormalization>("rms_norm", {}, {32, 128, 256}),
      layer_case<BatchNormalization>("batch_norm", {}, {16, 32, 32, 32}),
      layer_case<GroupNormalization>("group_norm", {.groups = 8}, {16, 32, 32, 32}),
      layer_case<MultiHeadAttention>("multi_head_attention",
                                     {.num_heads = 8, .key_dim = 32, .use_bias = false},
                                     {16, 64, 256}, 2),
      layer_case<Attention>("attention", {}, {16, 64, 64}, 2),
      layer_case<AdditiveAttention>("additive_attention", {}, {16, 32, 64}, 2),
      layer_case<Dropout>("dropout", {.rate = 0.5}, {256, 4096}, 1, true)};
  for (const auto& more : {window_layers(), recurrent_layers(), losses()})
    all.insert(all.end(), more.begin(), more.end());
  for (const char* name : {"relu", "leaky_relu", "elu", "selu", "gelu", "silu", "softplus",
                           "sigmoid", "tanh", "hard_sigmoid", "mish", "softmax", "log_softmax"})
    all.push_back(activation(name));
  return all;
}

}  // namespace carousel::bench
