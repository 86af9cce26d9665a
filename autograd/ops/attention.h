// Attention as one operation.
#pragma once

#include <carousel/tensor/tensor.h>

namespace carousel {

struct AttentionOptions {
  // bool, true where a query may look at a key; broadcasts to (..., queries, keys).
  Tensor mask = {};
  Tensor bias = {};     // added to the scores; broadcasts to them
  double scale = 0;     // of the scores; 0: 1 / sqrt(features)
  bool causal = false;  // a query looks at no key behind its own position
  // A query without any key gets weights 0; with this, all keys alike.
  bool keyless_mean = false;
  // Weights are multiplied by it, as drawn for dropout; it broadcasts to them.
  Tensor dropout_mask = {};
};

struct AttentionResult {
  Tensor output;   // (..., queries, value features)
  Tensor weights;  // (..., queries, keys), before dropout
};

// Vaswani et al., 2017: softmax(query key^T scale + bias) value, for query (..., queries,
// features), key (..., keys, features), value (..., keys, value features), whose leading axes
// broadcast. One node; ShapeError, DTypeError.
AttentionResult scaled_dot_product_attention(const Tensor& query, const Tensor& key,
                                             const Tensor& value,
                                             const AttentionOptions& options = {});
// The same of primitive operations.
AttentionResult scaled_dot_product_attention_composed(const Tensor& query, const Tensor& key,
                                                      const Tensor& value,
                                                      const AttentionOptions& options = {});

}  // namespace carousel
