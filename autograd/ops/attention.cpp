#include <carousel/autograd/ops/attention.h>

#include <cmath>

#include <carousel/autograd/ops.h>
#include <carousel/autograd/record.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/impl.h>

namespace carousel {
namespace {

constexpr const char* kOp = "scaled_dot_product_attention";
constexpr double kMasked = -1e30;  // its exponential is 0 beside any other score

void check(const Tensor& query, const Tensor& key, const Tensor& value,
           const AttentionOptions& options) {
  detail::check_floating(kOp, query);
  for (const Tensor* other : {&key, &value, &options.bias, &options.dropout_mask}) {
    if (!other->defined()) continue;
    detail::check_same_dtype(kOp, query, *other);
    detail::check_same_device(kOp, query, *other);
  }
  const std::string shapes = ": query " + to_string(query.shape()) + ", key " +
                             to_string(key.shape()) + ", value " + to_string(value.shape());
  if (query.rank() < 2 || key.rank() < 2 || value.rank() < 2)
    throw ShapeError(kOp, "needs (..., steps, features)" + shapes);
  if (query.dim(-1) != key.dim(-1))
    throw ShapeError(kOp, "query and key differ in features" + shapes);
  if (key.dim(-2) != value.dim(-2)) throw ShapeError(kOp, "key and value differ in steps" + shapes);
  if (options.mask.defined() && options.mask.dtype() != boolean)
    throw DTypeError(kOp, std::string("the mask must be bool, got ") +
                              to_string(options.mask.dtype()) + " " +
                              to_string(options.mask.shape()));
}

// The mask with what causality asks for.
Tensor whole_mask(const Tensor& query, const Tensor& key, const AttentionOptions& options) {
  if (!options.causal) return options.mask;
  const TensorOptions like{.dtype = i64, .device = query.device()};
  const Tensor past = arange(query.dim(-2), like).unsqueeze(1) >= arange(key.dim(-2), like);
  return options.mask.defined() ? logical_and(options.mask, past) : past;
}

double scale_of(const Tensor& query, double scale) {
  return scale != 0 ? scale : 1 / std::sqrt(static_cast<double>(query.dim(-1)));
}

void check_weights(const Tensor& scores, const Tensor& other, const char* what) {
  if (!other.defined()) return;
  bool fits = other.rank() <= scores.rank();
  for (int i = 1; fits && i <= other.rank(); ++i)
    fits = other.dim(-i) == scores.dim(-i) || other.dim(-i) == 1;
  if (!fits)
    throw ShapeError(kOp, std::string(what) + " " + to_string(other.shape()) +
                              " does not broadcast to the scores " + to_string(scores.shape()));
}

// The shape of the scores, without computing them.
Tensor meta_scores(const Tensor& query, const Tensor& key) {
  const auto meta = [](const Tensor& x) {
    return detail::empty(x.shape(), x.dtype(), DeviceKind::meta);
  };
  return detail::run_matmul(meta(query),
                            detail::view_transpose(meta(key), -2 + key.rank(), -1 + key.rank()));
}

enum Kept { kQuery, kKey, kValue, kBias, kDropout, kMaskKept, kWeights };

struct Settings {
  double scale;
  bool keyless_mean;
};

// Masked weights are 0, and with them the gradient of softmax; those of a query without any key are
// not, where they are to be all alike.
void gradients(Backward& b, const Settings& s) {
  const double scale = s.scale;
  const Tensor query = b.saved(kQuery), key = b.saved(kKey), value = b.saved(kValue);
  const Tensor dropout = b.saved(kDropout), weights = b.saved(kWeights), dy = b.dy(0);
  Tensor dweights = b.dy(1);
  if (dy.defined()) {
    const Tensor used = dropout.defined() ? weights * dropout : weights;
    if (b.needs(kValue)) b.grad(kValue) = matmul(transpose(used, -1, -2), dy);
    const Tensor dused = matmul(dy, transpose(value, -1, -2));
    const Tensor from_output = dropout.defined() ? dused * dropout : dused;
    dweights = dweights.defined() ? dweights + from_output : from_output;
    if (b.needs(kDropout)) b.grad(kDropout) = dused * weights;
  }
  if (!b.needs(kQuery) && !b.needs(kKey) && !b.needs(kBias)) return;
  Tensor dscores =
      GradMode::enabled()
          ? weights * (dweights - sum(weights * dweights, -1, true))
          : detail::run_row(Kernel::softmax_grad, {&weights, &dweights, nullptr, nullptr})[0];
  if (const Tensor mask = b.saved(kMaskKept); mask.defined() && s.keyless_mean)
    dscores = where(mask, dscores, 0);
  if (b.needs(kBias)) b.grad(kBias) = dscores;
  if (b.needs(kQuery)) b.grad(kQuery) = matmul(dscores, key * scale);
  if (b.needs(kKey)) b.grad(kKey) = matmul(transpose(dscores, -1, -2), query * scale);
}

}  // namespace

AttentionResult scaled_dot_product_attention_composed(const Tensor& query, const Tensor& key,
                                                      const Tensor& value,
                                                      const AttentionOptions& options) {
  check(query, key, value, options);
  Tensor scores = matmul(query * scale_of(query, options.scale), transpose(key, -1, -2));
  const Tensor mask = whole_mask(query, key, options);
  check_weights(scores, mask, "mask");
  check_weights(scores, options.bias, "bias");
  check_weights(scores, options.dropout_mask, "dropout_mask");
  if (options.bias.defined()) scores = scores + options.bias;
  Tensor weights = softmax(mask.defined() ? where(mask, scores, kMasked) : scores);
  if (mask.defined() && !options.keyless_mean) weights = where(mask, weights, 0);
  const Tensor used = options.dropout_mask.defined() ? weights * options.dropout_mask : weights;
  return {matmul(used, value), weights};
}

AttentionResult scaled_dot_product_attention(const Tensor& query, const Tensor& key,
                                             const Tensor& value, const AttentionOptions& options) {
  check(query, key, value, options);
  const Tensor shape = meta_scores(query, key);
  const Tensor mask = whole_mask(query, key, options), &dropout = options.dropout_mask;
  check_weights(shape, mask, "mask");
  check_weights(shape, options.bias, "bias");
  check_weights(shape, dropout, "dropout_mask");
  using detail::run;
  const double scale = scale_of(query, options.scale);
  const Tensor transposed = detail::view_transpose(key, key.rank() - 2, key.rank() - 1);
  Tensor scores = detail::run_matmul(run(Kernel::mul, query, Scalar(scale)), transposed);
  if (options.bias.defined()) scores = run(Kernel::add, scores, options.bias);
  Tensor y, weights;
  {
    const NoGrad no_grad;
    if (mask.defined()) scores = where(mask, scores, kMasked);
    if (scores.dim(-1) > 0)
      weights = detail::run_row(Kernel::softmax, {&scores, nullptr, nullptr, nullptr})[0];
    else
      weights = scores;
    if (mask.defined() && !options.keyless_mean) weights = where(mask, weights, 0);
    y = detail::run_matmul(dropout.defined() ? run(Kernel::mul, weights, dropout) : weights, value);
  }
  record(kOp, {&y, &weights}, {query, key, value, options.bias, dropout},
         {query, key, value, options.bias, dropout, mask, saved_output(1)},
         [s = Settings{scale, options.keyless_mean}](Backward& b) { gradients(b, s); });
  return {y, weights};
}

}  // namespace carousel
