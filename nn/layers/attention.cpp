// Attention and AdditiveAttention; those with heads stand in multi_head_attention.cpp.
#include <carousel/nn/layers/attention.h>

#include <fmt/format.h>

#include <carousel/autograd/ops.h>
#include <carousel/nn/layers/attention_inputs.h>
#include <carousel/nn/random_state.h>

namespace carousel::nn {
namespace {

using detail::AttentionInputs;

void check_features(const char* op, const AttentionInputs& in) {
  if (in.query.dim(2) != in.key.dim(2))
    throw ShapeError(op, fmt::format("query {} and key {} differ in features",
                                     to_string(in.query.shape()), to_string(in.key.shape())));
}

// What Keras subtracts where a key is left out: 1e9, and no more, so that a query without any key
// sees them all in f64, and all alike in f32.
Tensor left_out(const AttentionInputs& in, bool causal) {
  Tensor mask = in.mask;
  if (causal) {
    const TensorOptions like{.dtype = i64, .device = in.query.device()};
    const Tensor past = arange(in.query.dim(1), like).unsqueeze(1) >= arange(in.key.dim(1), like);
    mask = mask.defined() ? logical_and(mask, past) : past;
  }
  if (!mask.defined()) return {};
  return (1 - mask.to(in.query.dtype())) * -1e9;
}

Value finished(const AttentionInputs& in, const Tensor& y) {
  if (!in.query_mask.defined()) return y;
  return Value::masked(where(in.query_mask.unsqueeze(2), y, 0), in.query_mask);
}

// tanh(scale (query + key)), (batch, queries, keys, features).
Tensor tanh_of_pairs(const AttentionInputs& in, const Tensor& scale) {
  const Tensor sums = in.query.unsqueeze(2) + in.key.unsqueeze(1);
  return tanh(scale.defined() ? sums * scale : sums);
}

// softmax(scores) value, with dropout.
AttentionOutput weighted(const AttentionInputs& in, Tensor scores, const Tensor& bias,
                         const Tensor& dropped) {
  if (bias.defined()) scores = scores + bias;
  const Tensor weights = softmax(scores);
  const Tensor used = dropped.defined() ? weights * dropped : weights;
  return {finished(in, matmul(used, in.value)), weights};
}

Shape shape_of_weights(const AttentionInputs& in) {
  return {in.query.dim(0), in.query.dim(1), in.key.dim(1)};
}

}  // namespace

void fields(Fields& f, AttentionLayerOptions& o) {
  f("use_scale", o.use_scale), f("score_mode", o.score_mode), f("dropout", o.dropout);
  f("seed", o.seed);
}

Attention::Attention(AttentionLayerOptions options) : Layer(std::move(options)) {
  if (options_.score_mode != "dot" && options_.score_mode != "concat")
    throw ValueError("attention", fmt::format("score_mode must be dot or concat, got '{}'",
                                              options_.score_mode));
  detail::check_attention_dropout("attention", options_.dropout);
}

void Attention::make_parameters(const Values& inputs) {
  check_features("attention", detail::read_attention("attention", inputs, {}));
  if (options_.use_scale) scale_ = parameter({}, "ones");
  if (options_.score_mode == "concat") concat_score_weight_ = parameter({}, "ones");
  if (options_.dropout > 0) state_ = random_state(options_.seed);
}

void Attention::visit(Visitor& visitor) {
  if (options_.use_scale) visitor("scale", scale_);
  if (options_.score_mode == "concat") visitor("concat_score_weight", concat_score_weight_);
  if (options_.dropout > 0) visitor.host_buffer("random_state", state_);
}

AttentionOutput Attention::compute(const Values& inputs, const AttentionRunOptions& options) {
  const AttentionInputs in = detail::read_attention("attention", inputs, options);
  check_features("attention", in);
  const Tensor bias = left_out(in, options.use_causal_mask);
  Tensor dropped;
  if (training() && options_.dropout > 0 && !building())
    dropped = detail::dropout_mask(state_, shape_of_weights(in), options_.dropout, in.query);
  if (options_.score_mode == "concat") {
    const Tensor scores = sum(tanh_of_pairs(in, scale_), -1) * concat_score_weight_;
    return weighted(in, scores, bias, dropped);
  }
  const Tensor query = scale_.defined() ? in.query * scale_ : Tensor(in.query);
  const auto [y, weights] = scaled_dot_product_attention(
      query, in.key, in.value, {.bias = bias, .scale = 1, .dropout_mask = dropped});
  return {finished(in, y), weights};
}

AttentionOutput Attention::run(const Values& inputs, const AttentionRunOptions& options) {
  ensure_built(inputs);
  return located([&] {
    AttentionOutput result = compute(inputs, options);
    note_output(result.output);
    return result;
  });
}

Values Attention::forward_many(const Values& inputs) { return {compute(inputs, {}).output}; }

void fields(Fields& f, AdditiveAttentionOptions& o) {
  f("use_scale", o.use_scale), f("dropout", o.dropout), f("seed", o.seed);
}

AdditiveAttention::AdditiveAttention(AdditiveAttentionOptions options) : Layer(std::move(options)) {
  detail::check_attention_dropout("additive_attention", options_.dropout);
}

void AdditiveAttention::make_parameters(const Values& inputs) {
  const AttentionInputs in = detail::read_attention("additive_attention", inputs, {});
  check_features("additive_attention", in);
  if (options_.use_scale) scale_ = parameter({in.query.dim(2)}, "glorot_uniform");
  if (options_.dropout > 0) state_ = random_state(options_.seed);
}

void AdditiveAttention::visit(Visitor& visitor) {
  if (options_.use_scale) visitor("scale", scale_);
  if (options_.dropout > 0) visitor.host_buffer("random_state", state_);
}

AttentionOutput AdditiveAttention::compute(const Values& inputs,
                                           const AttentionRunOptions& options) {
  const AttentionInputs in = detail::read_attention("additive_attention", inputs, options);
  check_features("additive_attention", in);
  if (scale_.defined() && in.query.dim(2) != scale_.dim(0))
    throw ShapeError("additive_attention", fmt::format("was built for {} features, got query {}",
                                                       scale_.dim(0), to_string(in.query.shape())));
  Tensor dropped;
  if (training() && options_.dropout > 0 && !building())
    dropped = detail::dropout_mask(state_, shape_of_weights(in), options_.dropout, in.query);
  const Tensor curved = tanh_of_pairs(in, {});
  const Tensor scores = scale_.defined() ? matmul(curved, scale_) : sum(curved, -1);
  return weighted(in, scores, left_out(in, options.use_causal_mask), dropped);
}

AttentionOutput AdditiveAttention::run(const Values& inputs, const AttentionRunOptions& options) {
  ensure_built(inputs);
  return located([&] {
    AttentionOutput result = compute(inputs, options);
    note_output(result.output);
    return result;
  });
}

Values AdditiveAttention::forward_many(const Values& inputs) {
  return {compute(inputs, {}).output};
}

}  // namespace carousel::nn
