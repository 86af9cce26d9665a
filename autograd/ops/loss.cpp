#include <carousel/autograd/ops/loss.h>

#include <carousel/autograd/ops.h>
#include <carousel/autograd/ops/loss_checks.h>
#include <carousel/autograd/record.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/error.h>

namespace carousel {

void detail::check_pair(const char* op, const Tensor& prediction, const Tensor& target) {
  check_floating(op, prediction);
  check_same_dtype(op, prediction, target);
  check_same_device(op, prediction, target);
  if (!(prediction.shape() == target.shape()))
    throw ShapeError(op, "prediction " + to_string(prediction.shape()) + " and target " +
                             to_string(target.shape()) + " differ in shape");
}

Tensor detail::reduced(const Tensor& loss, Reduction reduction) {
  if (reduction == Reduction::none) return loss;
  return reduction == Reduction::mean ? mean(loss) : sum(loss);
}

void detail::check_labels(const char* op, const Tensor& logits, const Tensor& labels) {
  check_floating(op, logits);
  if (!is_integer(labels.dtype()))
    throw DTypeError(op, std::string("labels must be i32 or i64, got ") +
                             to_string(labels.dtype()) + " " + to_string(labels.shape()));
  check_same_device(op, logits, labels);
  bool fits = labels.rank() + 1 == logits.rank();
  for (int i = 0; fits && i < labels.rank(); ++i) fits = labels.shape()[i] == logits.shape()[i];
  if (!fits)
    throw ShapeError(op, "labels " + to_string(labels.shape()) + " are not logits " +
                             to_string(logits.shape()) + " without the last axis");
}

using detail::check_pair;
using detail::reduced;

Tensor mse(const Tensor& prediction, const Tensor& target, Reduction reduction) {
  check_pair("mse", prediction, target);
  if (reduction == Reduction::none) return square(sub(prediction, target));
  const double scale =
      reduction == Reduction::mean ? 1 / static_cast<double>(prediction.numel()) : 1.0;
  const Tensor difference = detail::run(Kernel::sub, prediction, target);
  const Tensor total = detail::run_reduce(Kernel::sum_squares, difference,
                                          Axes().mask(difference.shape(), "mse"), false);
  return record("mse", detail::run(Kernel::mul, total, Scalar(scale)), {prediction, target},
                {prediction, target}, [scale](Backward& b) {
                  const Tensor slope = sub(b.saved(0), b.saved(1)) * (b.dy() * (2 * scale));
                  b.grad(0) = slope;
                  if (b.needs(1)) b.grad(1) = neg(slope);
                });
}

Tensor mae(const Tensor& prediction, const Tensor& target, Reduction reduction) {
  check_pair("mae", prediction, target);
  return reduced(abs(sub(prediction, target)), reduction);
}

Tensor huber(const Tensor& prediction, const Tensor& target, double delta, Reduction reduction) {
  check_pair("huber", prediction, target);
  if (!(delta > 0))
    throw ValueError("huber", "delta must be positive, got " + std::to_string(delta));
  const Tensor difference = sub(prediction, target);
  // c (d - c / 2) with c = d cut to [-delta, delta]: d^2 / 2 inside, delta |d| - delta^2 / 2 out.
  const Tensor cut = clip(difference, -delta, delta);
  return reduced(cut * (difference - 0.5 * cut), reduction);
}

namespace {

// Which rows count. In i64, since `ignore` may be a number that i32 lacks.
Tensor counts(const Tensor& labels, std::int64_t ignore) {
  return not_equal(labels.to(i64), ignore);
}

// The gradient of one row's loss to its logits times dy, as the fused kernel computes it, but of
// operations that can be differentiated: (softmax(logits) - one_hot(label)) dy.
Tensor composed_gradient(const Tensor& logits, const Tensor& labels, const Tensor& dy,
                         std::int64_t ignore) {
  const Tensor classes =
      arange(logits.shape()[logits.rank() - 1], {labels.dtype(), labels.device(), false});
  const Tensor hit = equal(unsqueeze(labels, -1), classes).to(logits.dtype());
  const Tensor counted = counts(labels, ignore).to(logits.dtype());
  return (softmax(logits, -1) - hit) * unsqueeze(dy * counted, -1);
}

// -log softmax at the label, a row; the log of the sum is kept for the gradient.
Tensor row_cross_entropy(const Tensor& logits, const Tensor& labels, std::int64_t ignore) {
  const auto [loss, logsumexp] = detail::run_row(
      Kernel::cross_entropy, {&logits, &labels, nullptr, nullptr}, "cross_entropy", ignore);
  return record(
      "cross_entropy", loss, {logits}, {logits, labels, logsumexp}, [ignore](Backward& b) {
        const Tensor x = b.saved(0), at = b.saved(1), total = b.saved(2);
        b.grad(0) = GradMode::enabled()
                        ? composed_gradient(x, at, b.dy(), ignore)
                        : detail::run_row(Kernel::cross_entropy_grad, {&x, &at, &total, &b.dy()},
                                          "cross_entropy", ignore)[0];
      });
}

}  // namespace

Tensor cross_entropy(const Tensor& logits, const Tensor& labels, Reduction reduction,
                     std::int64_t ignore) {
  detail::check_labels("cross_entropy", logits, labels);
  const Tensor loss = row_cross_entropy(logits, labels, ignore);
  if (reduction != Reduction::mean) return reduced(loss, reduction);
  const Tensor counted = sum(counts(labels, ignore)).to(logits.dtype());
  return sum(loss) / counted;
}

Tensor binary_cross_entropy(const Tensor& probability, const Tensor& target, Reduction reduction,
                            double epsilon) {
  check_pair("binary_cross_entropy", probability, target);
  if (!(epsilon >= 0 && epsilon < 0.5))
    throw ValueError("binary_cross_entropy",
                     "epsilon must be in [0, 0.5), got " + std::to_string(epsilon));
  const Tensor p = clip(probability, epsilon, 1 - epsilon);
  return reduced(neg(target * log(p) + (1 - target) * log1p(-p)), reduction);
}

Tensor binary_cross_entropy_with_logits(const Tensor& logits, const Tensor& target,
                                        Reduction reduction) {
  check_pair("binary_cross_entropy_with_logits", logits, target);
  // softplus(x) = max(x, 0) + log(1 + exp(-|x|))
  return reduced(softplus(logits) - logits * target, reduction);
}

}  // namespace carousel
