#include <carousel/autograd/ops/ctc.h>

#include <span>
#include <string>
#include <vector>

#include <carousel/autograd/engine.h>
#include <carousel/autograd/ops.h>
#include <carousel/autograd/record.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/dispatch_ctc.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/impl.h>

namespace carousel {
namespace {

constexpr const char* kOp = "ctc_loss";
// The labels and lengths, as the host reads them.
struct Alignments {
  std::vector<std::int64_t> labels, input_lengths, label_lengths;
  std::int64_t width, blank;

  std::span<const std::int64_t> labels_of(std::size_t sample) const {
    return std::span(labels).subspan(sample * static_cast<std::size_t>(width),
                                     static_cast<std::size_t>(label_lengths[sample]));
  }
};

// Frames that labels take: one each, and a blank between equal ones.
std::int64_t shortest(std::span<const std::int64_t> labels) {
  auto frames = static_cast<std::int64_t>(labels.size());
  for (std::size_t i = 1; i < labels.size(); ++i) frames += labels[i] == labels[i - 1];
  return frames;
}

std::string of_sample(std::size_t i) { return "sample " + std::to_string(i) + " "; }

void check_shapes(const Tensor& x, const Tensor& labels) {
  detail::check_floating(kOp, x);
  if (x.rank() != 3 || x.dim(1) == 0)
    throw ShapeError(
        kOp, "needs log probabilities (batch, time, classes), got shape " + to_string(x.shape()));
  if (!is_integer(labels.dtype()))
    throw DTypeError(kOp,
                     std::string("labels must be i32 or i64, got ") + to_string(labels.dtype()));
  if (labels.rank() != 2 || labels.dim(0) != x.dim(0))
    throw ShapeError(kOp, "labels " + to_string(labels.shape()) + " are not (batch, width) for " +
                              "log probabilities " + to_string(x.shape()));
}

Tensor checked_lengths(const char* what, const Tensor& lengths, std::int64_t batch,
                       std::int64_t otherwise, Device device) {
  if (!lengths.defined()) return full({batch}, otherwise, {.dtype = i64, .device = device});
  if (!is_integer(lengths.dtype()) || lengths.rank() != 1 || lengths.dim(0) != batch)
    throw ShapeError(kOp, std::string(what) + " must be " + std::to_string(batch) +
                              " integers, got " + to_string(lengths.dtype()) + " " +
                              to_string(lengths.shape()));
  return lengths.to(i64);
}

void check_length(const char* what, std::size_t i, std::int64_t length, std::int64_t low,
                  std::int64_t high) {
  if (length < low || length > high)
    throw ValueError(kOp, of_sample(i) + "has " + what + " " + std::to_string(length) +
                              ", outside [" + std::to_string(low) + ", " + std::to_string(high) +
                              "]");
}

void check_values(const Alignments& a, std::int64_t time, std::int64_t classes,
                  bool zero_infinity) {
  for (std::size_t i = 0; i < a.input_lengths.size(); ++i) {
    check_length("input length", i, a.input_lengths[i], 1, time);
    check_length("label length", i, a.label_lengths[i], 0, a.width);
    const auto labels = a.labels_of(i);
    for (const std::int64_t label : labels)
      if (label < 0 || label >= classes || label == a.blank)
        throw IndexError(kOp, of_sample(i) + "has label " + std::to_string(label) +
                                  ": labels are in [0, " + std::to_string(classes) +
                                  ") without the blank, " + std::to_string(a.blank));
    if (!zero_infinity && shortest(labels) > a.input_lengths[i])
      throw ValueError(kOp, of_sample(i) + "has " + std::to_string(labels.size()) +
                                " labels, which take " + std::to_string(shortest(labels)) +
                                " frames, and " + std::to_string(a.input_lengths[i]) +
                                " frames: shorten the labels, lengthen the input, or set "
                                "zero_infinity");
  }
}

// The derivative of the gradient by the log probabilities and by dy, through the composed form.
void second_derivative(Backward& b, const CTCOptions& options) {
  if (GradMode::enabled()) throw GraphError(kOp, "has no third derivative");
  const EnableGrad recording;
  Tensor x = b.saved(0).detach(), dy = b.saved(4).detach();
  x.set_requires_grad(), dy.set_requires_grad();
  const Tensor loss = detail::ctc_composed(x, b.saved(1), b.saved(2), b.saved(3), options);
  const auto first = grad({loss}, {x}, {.cotangents = {dy}, .create_graph = true});
  const auto second = grad({first[0]}, {x, dy}, {.cotangents = {b.dy()}, .allow_unused = true});
  b.grad(0) = second[0], b.grad(1) = second[1];
}

// Saved: log probabilities, labels, their lengths, the gradient for dy = 1.
void fused_backward(Backward& b, const CTCOptions& options) {
  const Tensor dy = b.dy();
  const Tensor each = detail::view_reshape(dy.contiguous(), {dy.dim(0), 1, 1});
  Tensor gradient = detail::run(Kernel::mul, b.saved(4), each);
  if (GradMode::enabled())
    gradient = record("ctc_loss_grad", gradient, {b.saved(0), dy},
                      {b.saved(0), b.saved(1), b.saved(2), b.saved(3), dy},
                      [options](Backward& again) { second_derivative(again, options); });
  b.grad(0) = gradient;
}

}  // namespace

Tensor ctc_loss(const Tensor& log_probabilities, const Tensor& labels, const Tensor& input_lengths,
                const Tensor& label_lengths, const CTCOptions& options) {
  const Tensor& x = log_probabilities;
  check_shapes(x, labels);
  const std::int64_t batch = x.dim(0), classes = x.dim(2);
  if (options.blank < 0 || options.blank >= classes)
    throw ValueError(kOp, "blank is " + std::to_string(options.blank) + " of " +
                              std::to_string(classes) + " classes");
  const Tensor wide = labels.to(i64);
  const Tensor frames =
      checked_lengths("input_lengths", input_lengths, batch, x.dim(1), x.device());
  const Tensor counts =
      checked_lengths("label_lengths", label_lengths, batch, labels.dim(1), x.device());
  if (x.device().kind == DeviceKind::meta) return detail::empty({batch}, x.dtype(), x.device());
  if (!detail::runs_fused(kOp, Kernel::ctc, x))
    return detail::ctc_composed(x, wide, frames, counts, options);
  check_values({wide.to_vector<std::int64_t>(), frames.to_vector<std::int64_t>(),
                counts.to_vector<std::int64_t>(), labels.dim(1), options.blank},
               x.dim(1), classes, options.zero_infinity);
  const Input inputs[] = {x};
  const auto [loss, gradient] =
      detail::run_ctc(x, wide, frames, counts, options.blank, options.zero_infinity,
                      detail::wants_gradient(inputs));
  return record(kOp, loss, {x}, {x, wide, frames, counts, gradient},
                [options](Backward& b) { fused_backward(b, options); });
}

}  // namespace carousel
