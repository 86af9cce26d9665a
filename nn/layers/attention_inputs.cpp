#include <carousel/nn/layers/attention_inputs.h>

#include <fmt/format.h>

#include <carousel/autograd/ops.h>

namespace carousel::nn::detail {
namespace {

void check_mask(const char* op, const char* name, const Tensor& mask, const Tensor& x) {
  if (!mask.defined()) return;
  if (mask.dtype() != boolean)
    throw DTypeError(op, fmt::format("{} must be bool, got {}", name, to_string(mask.dtype())));
  if (mask.rank() != 2 || mask.dim(0) != x.dim(0) || mask.dim(1) != x.dim(1))
    throw ShapeError(
        op, fmt::format("{} {} must be ({}, {}), as the input {}", name, to_string(mask.shape()),
                        x.dim(0), x.dim(1), to_string(x.shape())));
}

const Tensor& first_defined(const Tensor& a, const Tensor& b) { return a.defined() ? a : b; }

Tensor both(const Tensor& a, const Tensor& b) {
  if (!a.defined() || !b.defined()) return first_defined(a, b);
  return logical_and(a, b);
}

// (batch, keys) as (batch, 1, keys).
Tensor for_all_queries(const Tensor& mask) { return mask.defined() ? mask.unsqueeze(1) : mask; }

// (batch, queries, keys), or 1 where all are alike.
Tensor attention_mask(const char* op, const Tensor& given, const AttentionInputs& in) {
  if (given.dtype() != boolean)
    throw DTypeError(op,
                     fmt::format("attention_mask must be bool, got {}", to_string(given.dtype())));
  const Shape wanted{in.query.dim(0), in.query.dim(1), in.key.dim(1)};
  const Tensor mask = given.rank() == 2 ? given.unsqueeze(0) : given;
  bool fits = mask.rank() == 3;
  for (int i = 0; fits && i < 3; ++i) fits = mask.dim(i) == wanted[i] || mask.dim(i) == 1;
  if (!fits)
    throw ShapeError(op, fmt::format("attention_mask must be (batch, queries, keys), here {}, or 1 "
                                     "where all are alike, got shape {}",
                                     to_string(wanted), to_string(given.shape())));
  return mask;
}

}  // namespace

AttentionInputs read_attention(const char* op, const Values& inputs,
                               const AttentionRunOptions& options) {
  if (inputs.size() != 2 && inputs.size() != 3)
    throw ValueError(op, fmt::format("takes {{query, value}} or {{query, value, key}}, got {} "
                                     "inputs",
                                     inputs.size()));
  AttentionInputs in{inputs[0], inputs[1], inputs.size() == 3 ? inputs[2] : inputs[1], {}, {}};
  const std::string shapes = fmt::format("query {}, value {}, key {}", to_string(in.query.shape()),
                                         to_string(in.value.shape()), to_string(in.key.shape()));
  for (const Value* x : {&in.query, &in.value, &in.key})
    if (x->rank() != 3 || x->dim(0) != in.query.dim(0))
      throw ShapeError(op, "needs inputs (batch, steps, features) of one batch, got " + shapes);
  if (in.key.dim(1) != in.value.dim(1))
    throw ShapeError(op, "value and key differ in steps: " + shapes);
  in.query_mask = first_defined(options.query_mask, in.query.mask);
  const Tensor value_mask = first_defined(options.value_mask, in.value.mask);
  const Tensor key_mask =
      first_defined(options.key_mask, inputs.size() == 3 ? in.key.mask : Tensor());
  check_mask(op, "query_mask", in.query_mask, in.query);
  check_mask(op, "value_mask", value_mask, in.value);
  check_mask(op, "key_mask", key_mask, in.key);
  in.mask = both(for_all_queries(value_mask), for_all_queries(key_mask));
  if (options.attention_mask.defined())
    in.mask = both(in.mask, attention_mask(op, options.attention_mask, in));
  return in;
}

void check_attention_dropout(const char* op, double dropout) {
  if (!(dropout >= 0 && dropout < 1))
    throw ValueError(op, fmt::format("dropout must be in [0, 1), got {}", dropout));
}

}  // namespace carousel::nn::detail
