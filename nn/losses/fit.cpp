// Targets, labels and weights made to fit a prediction.
#include <carousel/autograd/grad_mode.h>
#include <carousel/autograd/ops.h>
#include <carousel/nn/losses/rules.h>
#include <carousel/tensor/error.h>
#include <fmt/format.h>

namespace carousel::nn::detail {

Tensor fit_target(const char* op, const Tensor& prediction, const Tensor& target) {
  Tensor y = is_floating(target.dtype()) ? target : target.to(prediction.dtype());
  const int more = prediction.rank() - y.rank();
  if (more == 1 && prediction.dim(-1) == 1) y = y.unsqueeze(-1);
  if (more == -1 && y.dim(-1) == 1) y = y.squeeze(-1);
  if (y.dtype() != prediction.dtype())
    throw DTypeError(op, fmt::format("prediction is {}, target {}: convert it with .to({})",
                                     to_string(prediction.dtype()), to_string(target.dtype()),
                                     to_string(prediction.dtype())));
  if (y.shape() == prediction.shape()) return y;
  throw ShapeError(op, fmt::format("prediction {} and target {} differ in shape",
                                   to_string(prediction.shape()), to_string(target.shape())));
}

void check_whole(const char* op, const Tensor& labels) {
  if (!is_floating(labels.dtype()) || labels.device().kind != DeviceKind::cpu) return;
  const NoGrad no_grad;
  if (all(equal(labels, floor(labels))).item() != 0) return;
  throw ValueError(op,
                   "labels are whole numbers, one a class, got fractions: regression wants "
                   "mse or mae, probabilities want categorical_crossentropy");
}

Tensor fit_labels(const Tensor& prediction, const Tensor& target) {
  check_whole("loss", target);
  const Tensor labels = is_integer(target.dtype()) ? target : target.to(i64);
  return labels.rank() == prediction.rank() && labels.rank() > 0 && labels.dim(-1) == 1
             ? labels.squeeze(-1)
             : labels;
}

Tensor fit_weights(const char* what, const Tensor& values, const Tensor& weights) {
  Tensor fitted = weights;
  if (fitted.rank() == values.rank() + 1 && fitted.dim(-1) == 1) fitted = fitted.squeeze(-1);
  while (fitted.rank() < values.rank()) fitted = fitted.unsqueeze(-1);
  bool fits = fitted.rank() == values.rank();
  for (int i = 0; fits && i < values.rank(); ++i)
    fits = fitted.dim(i) == values.dim(i) || fitted.dim(i) == 1;
  if (!fits)
    throw ShapeError("loss",
                     fmt::format("{} {} does not fit values {}: give one a sample, or one a "
                                 "position",
                                 what, to_string(weights.shape()), to_string(values.shape())));
  return fitted.to(values.dtype()).expand(values.shape());
}

Tensor fit_mask(const Tensor& values, const Tensor& mask) {
  if (mask.dtype() != boolean)
    throw DTypeError("loss", fmt::format("the mask must be bool, got {} {}",
                                         to_string(mask.dtype()), to_string(mask.shape())));
  return fit_weights("mask", values, mask);
}

void check_unit_targets(const char* op, const Tensor& target) {
  if (target.device().kind != DeviceKind::cpu || target.numel() == 0) return;
  if (target.dtype() == boolean) return;
  const NoGrad no_grad;
  const double low = min(target).item(), high = max(target).item();
  if (!(low < 0 || high > 1)) return;
  throw ValueError(op, fmt::format("targets must be in [0, 1], got {}: classes numbered 0, 1, 2, "
                                   "... want sparse_categorical_crossentropy and one output a "
                                   "class",
                                   high > 1 ? high : low));
}

}  // namespace carousel::nn::detail
