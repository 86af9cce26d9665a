// Attention layers: Attention, AdditiveAttention, MultiHeadAttention, GroupQueryAttention.
//
//   nn::Value y = nn::Attention{}({query, value});
//   auto [output, scores] = layer.run({query, value, key}, {.use_causal_mask = true});
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <carousel/nn/layer.h>
#include <carousel/nn/layers/einsum_dense.h>

namespace carousel::nn {

struct AttentionRunOptions {
  // bool (batch, queries) and (batch, keys); default: what the inputs carry.
  Tensor query_mask = {}, value_mask = {}, key_mask = {};
  // bool (batch, queries, keys), or what broadcasts to it: true where a query may look.
  Tensor attention_mask = {};
  bool use_causal_mask = false;  // a query looks at no key behind its position
  // As in Keras, with heads a query without any key gives 0 if scores are asked for, else the mean
  // of all values.
  bool return_attention_scores = false;
};

struct AttentionOutput {
  Value output;  // (batch, queries, features), with the query's mask
  // The keys' weights, (batch, queries, keys) or (batch, heads, queries, keys), asked for or not.
  Tensor scores;
};

// What attention layers share: inputs {query, value} or {query, value, key}, each
// (batch, steps, features); the key is the value unless given.
class AttentionLayer {
 public:
  virtual ~AttentionLayer() = default;
  // ShapeError, DTypeError, ValueError for inputs or masks that don't fit.
  virtual AttentionOutput run(const Values& inputs, const AttentionRunOptions& options = {}) = 0;

 protected:
  AttentionLayer() = default;
  AttentionLayer(AttentionLayer&&) = default;
  AttentionLayer& operator=(AttentionLayer&&) = default;
};

struct AttentionLayerOptions {
  bool use_scale = false;          // the scores times a learned number
  std::string score_mode = "dot";  // or "concat": sum(tanh(query + key))
  double dropout = 0;              // of the weights, in [0, 1)
  std::optional<std::uint64_t> seed = {};
  bool trainable = true;
  std::string name = {};
  std::vector<std::int64_t> input_shape = {};
};

void fields(Fields& f, AttentionLayerOptions& o);

// Luong et al., 2015: softmax(query key^T) value. Masked queries give 0, masked keys are left out.
class Attention : public Layer<AttentionLayerOptions>, public AttentionLayer {
 public:
  // ValueError for another score_mode, or dropout outside [0, 1).
  explicit Attention(AttentionLayerOptions options = {});

  AttentionOutput run(const Values& inputs, const AttentionRunOptions& options = {}) override;
  Values forward_many(const Values& inputs) override;
  void visit(Visitor& visitor) override;

 protected:
  void make_parameters(const Values& inputs) override;

 private:
  AttentionOutput compute(const Values& inputs, const AttentionRunOptions& options);
  Tensor scale_, concat_score_weight_, state_;
};

struct AdditiveAttentionOptions {
  bool use_scale = true;
  double dropout = 0;
  std::optional<std::uint64_t> seed = {};
  bool trainable = true;
  std::string name = {};
  std::vector<std::int64_t> input_shape = {};
};

void fields(Fields& f, AdditiveAttentionOptions& o);

// Bahdanau et al., 2015: scores sum(scale tanh(query + key)) over features.
class AdditiveAttention : public Layer<AdditiveAttentionOptions>, public AttentionLayer {
 public:
  // ValueError for dropout outside [0, 1).
  explicit AdditiveAttention(AdditiveAttentionOptions options = {});

  AttentionOutput run(const Values& inputs, const AttentionRunOptions& options = {}) override;
  Values forward_many(const Values& inputs) override;
  void visit(Visitor& visitor) override;
  const Tensor& scale() const { return scale_; }  // (features,) or undefined

 protected:
  void make_parameters(const Values& inputs) override;

 private:
  AttentionOutput compute(const Values& inputs, const AttentionRunOptions& options);
  Tensor scale_, state_;
};

struct MultiHeadAttentionOptions {
  std::int64_t num_heads = 0;
  std::int64_t key_dim = 0;                    // features of a head's queries and keys
  std::optional<std::int64_t> value_dim = {};  // of its values; default: key_dim
  double dropout = 0;                          // of the weights
  bool use_bias = true;
  std::vector<std::int64_t> output_shape = {};    // (features,); default: the query's
  std::vector<std::int64_t> attention_axes = {};  // (1,), the steps
  Initializer kernel_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {};
  Regularizer bias_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint kernel_constraint = {};
  Constraint bias_constraint = {};
  std::optional<std::uint64_t> seed = {};
  bool trainable = true;
  std::string name = {};
  std::vector<std::int64_t> input_shape = {};
};

void fields(Fields& f, MultiHeadAttentionOptions& o);

namespace detail {

// Projections to heads, attention in each head, projection back. `groups` heads of keys and values
// serve `heads` heads of queries.
class Heads {
 public:
  struct Sizes {
    const char* op;
    std::int64_t heads, groups, key_dim, value_dim;
    bool use_bias;
    std::vector<std::int64_t> output_shape;  // default: the query's features
  };
  // `shared`: initializers, regularizers and constraints of all four.
  void make(const Sizes& sizes, const EinsumDenseOptions& shared, const Values& inputs);
  void visit(Visitor& visitor);
  AttentionOutput attend(const Values& inputs, const AttentionRunOptions& options, double dropout,
                         Tensor& random_state);

 private:
  Sizes sizes_{};
  std::unique_ptr<EinsumDense> query_, key_, value_, output_;
};

}  // namespace detail

// Vaswani et al., 2017. Masked keys are left out.
class MultiHeadAttention : public Layer<MultiHeadAttentionOptions>, public AttentionLayer {
 public:
  // ValueError for sizes below 1, dropout outside [0, 1), or attention_axes other than (1,).
  explicit MultiHeadAttention(MultiHeadAttentionOptions options);

  AttentionOutput run(const Values& inputs, const AttentionRunOptions& options = {}) override;
  Values forward_many(const Values& inputs) override;
  void visit(Visitor& visitor) override;

 protected:
  void make_parameters(const Values& inputs) override;

 private:
  detail::Heads heads_;
  Tensor state_;
};

struct GroupQueryAttentionOptions {
  std::int64_t head_dim = 0;
  std::int64_t num_query_heads = 0;
  std::int64_t num_key_value_heads = 0;  // a divisor of num_query_heads
  double dropout = 0;
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {};
  Regularizer bias_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint kernel_constraint = {};
  Constraint bias_constraint = {};
  std::optional<std::uint64_t> seed = {};
  bool trainable = true;
  std::string name = {};
  std::vector<std::int64_t> input_shape = {};
};

void fields(Fields& f, GroupQueryAttentionOptions& o);

// Ainslie et al., 2023: heads of queries share fewer heads of keys and values, neighbours one.
class GroupQueryAttention : public Layer<GroupQueryAttentionOptions>, public AttentionLayer {
 public:
  // ValueError for sizes below 1, heads that don't divide, or dropout outside [0, 1).
  explicit GroupQueryAttention(GroupQueryAttentionOptions options);

  AttentionOutput run(const Values& inputs, const AttentionRunOptions& options = {}) override;
  Values forward_many(const Values& inputs) override;
  void visit(Visitor& visitor) override;

 protected:
  void make_parameters(const Values& inputs) override;

 private:
  detail::Heads heads_;
  Tensor state_;
};

}  // namespace carousel::nn
