#include <carousel/nn/metrics.h>

#include <carousel/autograd/grad_mode.h>
#include <carousel/autograd/ops.h>
#include <carousel/nn/losses/rules.h>
#include <carousel/tensor/error.h>
#include <fmt/format.h>

#include <cmath>
#include <optional>

namespace carousel::nn {
namespace {

Tensor any_accuracy(const Tensor& prediction, const Tensor& target) {
  const bool one_column = prediction.rank() == 0 || prediction.dim(-1) == 1;
  if (one_column) return binary_accuracy(prediction, target);
  const bool labels = target.rank() < prediction.rank() || target.dim(-1) == 1;
  return labels ? sparse_categorical_accuracy(prediction, target)
                : categorical_accuracy(prediction, target);
}

std::optional<Metric::Function> accuracy_by_name(std::string_view name) {
  if (name == "accuracy" || name == "acc") return any_accuracy;
  if (name == "binary_accuracy") return binary_accuracy;
  if (name == "categorical_accuracy") return categorical_accuracy;
  if (name == "sparse_categorical_accuracy") return sparse_categorical_accuracy;
  return {};
}

Metric::Function of_loss(Loss loss) {
  return [loss](const Tensor& prediction, const Tensor& target) {
    return loss.per_position(prediction, target);
  };
}

Tensor hits(const Tensor& equal_classes, DType dtype) { return equal_classes.to(dtype); }

}  // namespace

Tensor binary_accuracy(const Tensor& prediction, const Tensor& target) {
  const Tensor y = detail::fit_target("binary_accuracy", prediction, target);
  if (!(prediction.shape() == y.shape()))
    throw ShapeError("binary_accuracy", "prediction " + to_string(prediction.shape()) +
                                            " and target " + to_string(target.shape()) +
                                            " differ in shape");
  const Tensor right = hits((prediction > 0.5).to(y.dtype()) == y, prediction.dtype());
  return right.rank() < 2 ? right : mean(right, -1);
}

Tensor categorical_accuracy(const Tensor& prediction, const Tensor& target) {
  if (!(prediction.shape() == target.shape()))
    throw ShapeError("categorical_accuracy", "prediction " + to_string(prediction.shape()) +
                                                 " and target " + to_string(target.shape()) +
                                                 " differ in shape");
  return hits(argmax(prediction, -1) == argmax(target, -1), prediction.dtype());
}

Tensor sparse_categorical_accuracy(const Tensor& prediction, const Tensor& target) {
  const Tensor classes = argmax(prediction, -1);
  const Tensor labels = detail::fit_labels(prediction, target);
  if (!(classes.shape() == labels.shape()))
    throw ShapeError("sparse_categorical_accuracy",
                     "labels " + to_string(target.shape()) + " are not prediction " +
                         to_string(prediction.shape()) + " without the last axis");
  return hits(classes == labels.to(i64), prediction.dtype());
}

Metric::Metric(std::string_view name) : name_(name) {
  if (auto function = accuracy_by_name(name)) {
    function_ = *function;
  } else if (name == "rmse" || name == "root_mean_squared_error") {
    function_ = of_loss(Loss(Loss::Kind::mse));
    root_ = true;
  } else {
    try {
      function_ = of_loss(Loss(name));
    } catch (const ValueError&) {
      throw ValueError("compile", fmt::format("no metric is called \"{}\"; there are accuracy, "
                                              "binary_accuracy, categorical_accuracy, "
                                              "sparse_categorical_accuracy, rmse and the losses",
                                              name));
    }
  }
}

Metric::Metric(const Loss& loss) : name_(loss.name()), function_(of_loss(loss)) {}

Metric::Metric(std::string name, Function function)
    : name_(std::move(name)), function_(std::move(function)) {
  if (!function_)
    throw ValueError("compile", fmt::format("the metric \"{}\" has no function", name_));
}

Tensor Metric::total(const Value& prediction, const Tensor& target) const {
  const NoGrad guard;
  const Tensor values = function_(prediction, target);
  if (!prediction.mask.defined()) return sum(values);
  return sum(values * detail::fit_weights("mask", values, prediction.mask));
}

std::int64_t Metric::positions(const Tensor& prediction) {
  return prediction.rank() < 2 ? prediction.numel() : prediction.numel() / prediction.dim(-1);
}

double Metric::result(double total, double count) const {
  return root_ ? std::sqrt(total / count) : total / count;
}

}  // namespace carousel::nn
