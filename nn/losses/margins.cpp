// Losses of margins, overlaps, embeddings and sequences.
#include <limits>

#include <carousel/autograd/ops.h>
#include <carousel/autograd/ops/ctc.h>
#include <carousel/nn/losses/rules.h>
#include <carousel/tensor/error.h>
#include <fmt/format.h>

namespace carousel::nn::detail {
namespace {

Tensor mean_of_last(const Tensor& values) { return values.rank() < 2 ? values : mean(values, -1); }

// Targets of 0 and 1 become -1 and 1; others stay.
Tensor signs(const char* op, const Tensor& p, const Tensor& t) {
  const Tensor y = fit_target(op, p, t);
  const Tensor binary = all(logical_or(equal(y, 0), equal(y, 1)));
  return where(binary, y * 2.0 - 1.0, y);
}

Tensor short_of_margin(const char* op, const Tensor& p, const Tensor& t) {
  return maximum(1 - signs(op, p, t) * p, 0);
}

constexpr double kMinusInfinity = -std::numeric_limits<double>::infinity();

}  // namespace

Tensor hinge(const Value& p, const Tensor& t, const LossArguments&) {
  return mean_of_last(short_of_margin("hinge", p, t));
}

Tensor squared_hinge(const Value& p, const Tensor& t, const LossArguments&) {
  return mean_of_last(square(short_of_margin("squared_hinge", p, t)));
}

Tensor categorical_hinge(const Value& p, const Tensor& t, const LossArguments&) {
  const Tensor y = fit_target("categorical_hinge", p, t);
  return maximum(max((1 - y) * p, -1) - sum(y * p, -1) + 1.0, 0);
}

Tensor dice(const Value& p, const Tensor& t, const LossArguments& a) {
  const Tensor y = fit_target("dice", p, t);
  const Tensor all = sum(y, a.axes) + sum(p, a.axes) + kLossEpsilon;
  return 1 - sum(y * p, a.axes) * 2.0 / all;
}

Tensor tversky(const Value& p, const Tensor& t, const LossArguments& a) {
  const Tensor y = fit_target("tversky", p, t);
  const Tensor both = sum(y * p, a.axes);
  const Tensor missed = sum((1 - p) * y, a.axes), added = sum(p * (1 - y), a.axes);
  return 1 - both / (both + missed * a.alpha + added * a.beta + kLossEpsilon);
}

Tensor circle(const Value& p, const Tensor& t, const LossArguments& a) {
  const Tensor labels = fit_labels(p, t);
  if (p.rank() != 2 || labels.rank() != 1 || labels.dim(0) != p.dim(0))
    throw ShapeError("circle", fmt::format("needs embeddings (batch, width) and labels (batch,), "
                                           "got {} and {}",
                                           to_string(p.shape()), to_string(t.shape())));
  const double margin = a.alpha;
  const Tensor distance = maximum(1 - matmul(p, p.t()), 0);
  const Tensor same = equal(labels.unsqueeze(1), labels.unsqueeze(0));
  const Tensor itself = eye(p.dim(0), -1, {.dtype = p.dtype(), .device = p.device()}).to(boolean);
  const Tensor positive = a.flag ? logical_and(same, logical_not(itself)) : same;
  const Tensor pulled = (distance + margin) * (distance - margin) * a.gamma;
  const Tensor pushed = maximum((1 + margin) - distance, 0) * ((1 - margin) - distance) * a.gamma;
  const Tensor near = logsumexp(where(positive, pulled, kMinusInfinity), 1);
  const Tensor far = logsumexp(where(same, kMinusInfinity, pushed), 1);
  return softplus(near + far);
}

// How many leading steps hold; ValueError on the CPU where one after them does.
Tensor leading(const char* what, const Tensor& steps) {
  const Tensor lengths = sum(steps, 1);
  if (steps.device().kind != DeviceKind::cpu || steps.dim(1) < 2) return lengths;
  const Tensor again = logical_and(logical_not(steps.slice(1, 0, steps.dim(1) - 1)),
                                   steps.slice(1, 1, steps.dim(1)));
  if (any(again).item() != 0)
    throw ValueError("ctc", fmt::format("{} must be padded at the end", what));
  return lengths;
}

Tensor ctc(const Value& p, const Tensor& t, const LossArguments&) {
  if (p.rank() != 3 || t.rank() != 2)
    throw ShapeError("ctc", fmt::format("needs logits (batch, time, classes) and labels (batch, "
                                        "width), got {} and {}",
                                        to_string(p.shape()), to_string(t.shape())));
  if (t.dtype() == boolean)
    throw DTypeError("ctc",
                     "labels are class numbers, i32 or i64, or floats that are whole; got "
                     "bool");
  check_whole("ctc", t);
  const Tensor labels = is_integer(t.dtype()) ? t : t.to(i64);
  return ctc_loss(log_softmax(p, -1), labels,
                  p.mask.defined() ? leading("the mask", p.mask) : Tensor(),
                  leading("labels", not_equal(labels, 0)));
}

}  // namespace carousel::nn::detail
