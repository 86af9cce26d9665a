// What attention layers read from their inputs. For the library's own use.
#pragma once

#include <carousel/nn/layers/attention.h>

namespace carousel::nn::detail {

struct AttentionInputs {
  Value query, value, key;
  // Of the queries, and of the keys at each query: bool (batch, queries) and
  // (batch or 1, queries or 1, keys); undefined without.
  Tensor query_mask, mask;
};
// ValueError, ShapeError or DTypeError, naming `op`.
AttentionInputs read_attention(const char* op, const Values& inputs,
                               const AttentionRunOptions& options);

void check_attention_dropout(const char* op, double dropout);

}  // namespace carousel::nn::detail
