#include <carousel/nn/layers/embedding.h>

#include <fmt/format.h>

#include <carousel/autograd/ops/compare.h>
#include <carousel/autograd/ops/index.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/impl.h>

namespace carousel::nn {

void fields(Fields& f, EmbeddingOptions& o) {
  f("input_dim", o.input_dim), f("output_dim", o.output_dim);
  f("embeddings_initializer", o.embeddings_initializer), f("mask_zero", o.mask_zero);
  f("embeddings_regularizer", o.embeddings_regularizer);
  f("activity_regularizer", o.activity_regularizer);
  f("embeddings_constraint", o.embeddings_constraint);
}

Embedding::Embedding(EmbeddingOptions options) : Layer(std::move(options)) {
  if (options_.input_dim < 1 || options_.output_dim < 1)
    throw ValueError("embedding", fmt::format("input_dim and output_dim must be at least 1, got {} "
                                              "and {}",
                                              options_.input_dim, options_.output_dim));
  const Tensor& given = options_.weights;
  if (!given.defined()) return;
  const Shape wanted{options_.input_dim, options_.output_dim};
  if (given.shape() != wanted)
    throw ShapeError("embedding", fmt::format("weights must be {} for input_dim and output_dim, "
                                              "got {}",
                                              to_string(wanted), to_string(given.shape())));
  if (!is_floating(given.dtype()))
    throw DTypeError("embedding", fmt::format("weights must be f32 or f64, got {} {}",
                                              to_string(given.dtype()), to_string(wanted)));
}

void Embedding::make_parameters(const Values&) {
  const Initializer initializer =
      options_.weights.defined() ? Initializer(options_.weights) : options_.embeddings_initializer;
  embeddings_ = parameter({options_.input_dim, options_.output_dim}, initializer,
                          options_.embeddings_regularizer, options_.embeddings_constraint);
}

Value Embedding::forward(const Value& given) {
  // build(shape) does not know that these will be ids.
  const bool shape_only = given.device().kind == DeviceKind::meta;
  const Tensor ids =
      shape_only ? carousel::detail::empty(given.shape(), i64, DeviceKind::meta) : Tensor(given);
  if (!is_integer(ids.dtype()))
    throw DTypeError("embedding",
                     fmt::format("ids must be i32 or i64, got {}", to_string(ids.dtype())));
  Tensor vectors = embedding(embeddings_, ids);
  return options_.mask_zero ? Value::masked(std::move(vectors), not_equal(ids, 0))
                            : Value(std::move(vectors));
}

}  // namespace carousel::nn
