#include <carousel/autograd/ops.h>
#include <carousel/nn/layers/attention.h>
#include <carousel/nn/layers/attention_inputs.h>
#include <carousel/nn/random_state.h>

#include <cmath>

#include <fmt/format.h>

namespace carousel::nn {
namespace {

void check_size(const char* op, const char* name, std::int64_t size) {
  if (size < 1) throw ValueError(op, fmt::format("{} must be at least 1, got {}", name, size));
}

template <class O>
EinsumDenseOptions shared_options(const O& o) {
  return {.kernel_initializer = o.kernel_initializer,
          .bias_initializer = o.bias_initializer,
          .kernel_regularizer = o.kernel_regularizer,
          .bias_regularizer = o.bias_regularizer,
          .activity_regularizer = o.activity_regularizer,
          .kernel_constraint = o.kernel_constraint,
          .bias_constraint = o.bias_constraint};
}

template <class O>
void projection_fields(Fields& f, O& o) {
  f("kernel_initializer", o.kernel_initializer), f("bias_initializer", o.bias_initializer);
  f("kernel_regularizer", o.kernel_regularizer), f("bias_regularizer", o.bias_regularizer);
  f("activity_regularizer", o.activity_regularizer), f("kernel_constraint", o.kernel_constraint);
  f("bias_constraint", o.bias_constraint), f("seed", o.seed);
}

// (batch, steps, heads, features) to (batch, groups, heads / groups, steps, features).
Tensor by_head(const Tensor& x, std::int64_t groups) {
  const Tensor split =
      x.reshape({x.dim(0), x.dim(1), groups, groups == 0 ? 0 : x.dim(2) / groups, x.dim(3)});
  return split.permute({0, 2, 3, 1, 4});
}

}  // namespace

namespace detail {

void Heads::make(const Sizes& sizes, const EinsumDenseOptions& shared, const Values& inputs) {
  sizes_ = sizes;
  const AttentionInputs in = read_attention(sizes.op, inputs, {});
  const auto projection = [&](const char* equation, std::int64_t heads, std::int64_t features) {
    EinsumDenseOptions options = shared;
    options.equation = equation;
    options.output_shape = {-1, heads, features};
    if (sizes.use_bias) options.bias_axes = "hk";
    return std::make_unique<EinsumDense>(std::move(options));
  };
  query_ = projection("btd,dhk->bthk", sizes.heads, sizes.key_dim);
  key_ = projection("btd,dhk->bthk", sizes.groups, sizes.key_dim);
  value_ = projection("btd,dhk->bthk", sizes.groups, sizes.value_dim);
  EinsumDenseOptions output = shared;
  output.equation = "bthk,hkd->btd";
  output.output_shape = {-1, sizes.output_shape.empty() ? in.query.dim(2) : sizes.output_shape[0]};
  if (sizes.use_bias) output.bias_axes = "d";
  output_ = std::make_unique<EinsumDense>(std::move(output));
}

void Heads::visit(Visitor& visitor) {
  if (!query_) return;
  visitor("query", *query_), visitor("key", *key_), visitor("value", *value_);
  visitor("attention_output", *output_);
}

AttentionOutput Heads::attend(const Values& inputs, const AttentionRunOptions& options,
                              double dropout, Tensor& random_state) {
  const AttentionInputs in = read_attention(sizes_.op, inputs, options);
  const std::int64_t batch = in.query.dim(0), steps = in.query.dim(1), keys = in.key.dim(1);
  // Keras' scale is an f32, in f64, too.
  const float scale = 1 / std::sqrt(static_cast<float>(sizes_.key_dim));
  carousel::AttentionOptions attention{.scale = static_cast<double>(scale),
                                       .causal = options.use_causal_mask,
                                       .keyless_mean = !options.return_attention_scores};
  if (in.mask.defined()) attention.mask = in.mask.unsqueeze(1).unsqueeze(1);
  const Shape weights{batch, sizes_.groups, sizes_.heads / sizes_.groups, steps, keys};
  if (dropout > 0)
    attention.dropout_mask = detail::dropout_mask(random_state, weights, dropout, in.query);
  const auto [y, scores] =
      scaled_dot_product_attention(by_head((*query_)(Tensor(in.query)), sizes_.groups),
                                   by_head((*key_)(Tensor(in.key)), sizes_.groups),
                                   by_head((*value_)(Tensor(in.value)), sizes_.groups), attention);
  const Tensor merged =
      y.permute({0, 3, 1, 2, 4}).reshape({batch, steps, sizes_.heads, sizes_.value_dim});
  return {Value::masked((*output_)(merged), in.query_mask),
          scores.reshape({batch, sizes_.heads, steps, keys})};
}

}  // namespace detail

void fields(Fields& f, MultiHeadAttentionOptions& o) {
  f("num_heads", o.num_heads), f("key_dim", o.key_dim), f("value_dim", o.value_dim);
  f("dropout", o.dropout), f("use_bias", o.use_bias), f("output_shape", o.output_shape);
  f("attention_axes", o.attention_axes);
  projection_fields(f, o);
}

MultiHeadAttention::MultiHeadAttention(MultiHeadAttentionOptions options)
    : Layer(std::move(options)) {
  constexpr const char* kOp = "multi_head_attention";
  check_size(kOp, "num_heads", options_.num_heads);
  check_size(kOp, "key_dim", options_.key_dim);
  check_size(kOp, "value_dim", options_.value_dim.value_or(1));
  detail::check_attention_dropout(kOp, options_.dropout);
  if (options_.output_shape.size() > 1)
    throw ValueError(kOp, fmt::format("output_shape is one number of features, got {}",
                                      options_.output_shape.size()));
  if (!options_.output_shape.empty()) check_size(kOp, "output_shape", options_.output_shape[0]);
  if (!options_.attention_axes.empty() && options_.attention_axes != std::vector<std::int64_t>{1})
    throw ValueError(kOp, "attends over axis 1 alone: reshape other axes into one");
}

void MultiHeadAttention::make_parameters(const Values& inputs) {
  const MultiHeadAttentionOptions& o = options_;
  heads_.make({"multi_head_attention", o.num_heads, o.num_heads, o.key_dim,
               o.value_dim.value_or(o.key_dim), o.use_bias, o.output_shape},
              shared_options(o), inputs);
  if (o.dropout > 0) state_ = random_state(o.seed);
}

void MultiHeadAttention::visit(Visitor& visitor) {
  heads_.visit(visitor);
  if (options_.dropout > 0) visitor.host_buffer("random_state", state_);
}

AttentionOutput MultiHeadAttention::run(const Values& inputs, const AttentionRunOptions& options) {
  ensure_built(inputs);
  return located([&] {
    const bool drops = training() && !building();
    AttentionOutput result = heads_.attend(inputs, options, drops ? options_.dropout : 0, state_);
    note_output(result.output);
    return result;
  });
}

Values MultiHeadAttention::forward_many(const Values& inputs) {
  const bool drops = training() && !building();
  return {heads_.attend(inputs, {}, drops ? options_.dropout : 0, state_).output};
}

void fields(Fields& f, GroupQueryAttentionOptions& o) {
  f("head_dim", o.head_dim), f("num_query_heads", o.num_query_heads);
  f("num_key_value_heads", o.num_key_value_heads), f("dropout", o.dropout);
  f("use_bias", o.use_bias);
  projection_fields(f, o);
}

GroupQueryAttention::GroupQueryAttention(GroupQueryAttentionOptions options)
    : Layer(std::move(options)) {
  constexpr const char* kOp = "group_query_attention";
  check_size(kOp, "head_dim", options_.head_dim);
  check_size(kOp, "num_query_heads", options_.num_query_heads);
  check_size(kOp, "num_key_value_heads", options_.num_key_value_heads);
  detail::check_attention_dropout(kOp, options_.dropout);
  if (options_.num_query_heads % options_.num_key_value_heads != 0)
    throw ValueError(kOp, fmt::format("num_query_heads must be a multiple of num_key_value_heads, "
                                      "got {} and {}",
                                      options_.num_query_heads, options_.num_key_value_heads));
}

void GroupQueryAttention::make_parameters(const Values& inputs) {
  const GroupQueryAttentionOptions& o = options_;
  heads_.make({"group_query_attention",
               o.num_query_heads,
               o.num_key_value_heads,
               o.head_dim,
               o.head_dim,
               o.use_bias,
               {}},
              shared_options(o), inputs);
  if (o.dropout > 0) state_ = random_state(o.seed);
}

void GroupQueryAttention::visit(Visitor& visitor) {
  heads_.visit(visitor);
  if (options_.dropout > 0) visitor.host_buffer("random_state", state_);
}

AttentionOutput GroupQueryAttention::run(const Values& inputs, const AttentionRunOptions& options) {
  ensure_built(inputs);
  return located([&] {
    const bool drops = training() && !building();
    AttentionOutput result = heads_.attend(inputs, options, drops ? options_.dropout : 0, state_);
    note_output(result.output);
    return result;
  });
}

Values GroupQueryAttention::forward_many(const Values& inputs) {
  const bool drops = training() && !building();
  return {heads_.attend(inputs, {}, drops ? options_.dropout : 0, state_).output};
}

}  // namespace carousel::nn
