#include <carousel/autograd/ops/ctc.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <carousel/autograd/engine.h>
#include <carousel/autograd/ops.h>
#include <carousel/autograd/record.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/host_write.h>
#include <carousel/tensor/impl.h>

namespace carousel {
namespace {

constexpr const char* kOp = "ctc_loss";
constexpr double kNever = -std::numeric_limits<double>::infinity();

double log_sum(double a, double b, double c) {
  if (a == kNever && b == kNever && c == kNever) return kNever;
  const double largest = std::fmax(a, std::fmax(b, c));
  // Two of three exponentials are 1 and 0 as a rule, and cost nothing.
  const auto term = [largest](double x) {
    return x == largest ? 1 : x == kNever ? 0 : std::exp(x - largest);
  };
  return largest + std::log(term(a) + term(b) + term(c));
}

// One sample's way through blank, label, blank, ..., label, blank.
struct Path {
  const std::int64_t* labels;
  std::int64_t count, frames, blank;

  std::int64_t states() const { return 2 * count + 1; }
  std::int64_t at(std::int64_t s) const { return s % 2 == 0 ? blank : labels[s / 2]; }
  // Whether the blank before state s may be left out.
  bool skips(std::int64_t s) const { return s >= 2 && s % 2 == 1 && at(s) != at(s - 2); }
  // Frames that it takes: one a label, and a blank between equal ones.
  std::int64_t shortest() const {
    std::int64_t frames_needed = count;
    for (std::int64_t i = 1; i < count; ++i) frames_needed += labels[i] == labels[i - 1];
    return frames_needed;
  }
};

// alpha[t][s]: the log probability of the frames up to t, ending in state s.
template <class T>
double forward(const Path& path, const T* frames, std::int64_t classes,
               std::vector<double>& alpha) {
  const std::int64_t states = path.states();
  alpha.assign(static_cast<std::size_t>(path.frames * states), kNever);
  for (std::int64_t s = 0; s < std::min<std::int64_t>(2, states); ++s)
    alpha[static_cast<std::size_t>(s)] = static_cast<double>(frames[path.at(s)]);
  for (std::int64_t t = 1; t < path.frames; ++t) {
    const double* before = &alpha[static_cast<std::size_t>((t - 1) * states)];
    double* now = &alpha[static_cast<std::size_t>(t * states)];
    for (std::int64_t s = 0; s < states; ++s)
      now[s] = log_sum(before[s], s > 0 ? before[s - 1] : kNever,
                       path.skips(s) ? before[s - 2] : kNever) +
               static_cast<double>(frames[t * classes + path.at(s)]);
  }
  const double* end = &alpha[static_cast<std::size_t>((path.frames - 1) * states)];
  return log_sum(end[states - 1], states > 1 ? end[states - 2] : kNever, kNever);
}

// Minus the probability of being in each class at each frame, given the labels.
template <class T>
void backward(const Path& path, const T* frames, std::int64_t classes,
              const std::vector<double>& alpha, double total, T* gradient) {
  const std::int64_t states = path.states();
  std::vector<double> beta(static_cast<std::size_t>(states), kNever), later;
  beta[static_cast<std::size_t>(states - 1)] = 0;
  if (states > 1) beta[static_cast<std::size_t>(states - 2)] = 0;
  for (std::int64_t t = path.frames - 1; t >= 0; --t) {
    if (t < path.frames - 1) {
      later = beta;
      const T* next = frames + (t + 1) * classes;
      const auto onward = [&](std::int64_t s) {
        return later[static_cast<std::size_t>(s)] + static_cast<double>(next[path.at(s)]);
      };
      for (std::int64_t s = 0; s < states; ++s)
        beta[static_cast<std::size_t>(s)] =
            log_sum(onward(s), s + 1 < states ? onward(s + 1) : kNever,
                    s + 2 < states && path.skips(s + 2) ? onward(s + 2) : kNever);
    }
    for (std::int64_t s = 0; s < states; ++s) {
      const double through =
          alpha[static_cast<std::size_t>(t * states + s)] + beta[static_cast<std::size_t>(s)];
      if (through != kNever)
        gradient[t * classes + path.at(s)] -= static_cast<T>(std::exp(through - total));
    }
  }
}

// The labels and lengths, as the host reads them.
struct Alignments {
  std::vector<std::int64_t> labels, input_lengths, label_lengths;
  std::int64_t width, blank;

  Path path(std::int64_t sample) const {
    const auto i = static_cast<std::size_t>(sample);
    return {labels.data() + sample * width, label_lengths[i], input_lengths[i], blank};
  }
};

template <class T>
void run(const Tensor& log_probabilities, const Alignments& alignments, bool zero_infinity,
         const Tensor& loss, const Tensor& gradient) {
  const std::int64_t time = log_probabilities.dim(1), classes = log_probabilities.dim(2);
  const T* frames = log_probabilities.data<T>().data();
  const HostWrite<T> losses(loss);
  std::vector<double> alpha;
  for (std::int64_t i = 0; i < log_probabilities.dim(0); ++i) {
    const Path path = alignments.path(i);
    const T* own = frames + i * time * classes;
    const double total = forward(path, own, classes, alpha);
    const bool left_out = zero_infinity && total == kNever;
    losses[i] = left_out ? T(0) : static_cast<T>(-total);
    if (!gradient.defined() || total == kNever) continue;
    const HostWrite<T> gradients(gradient);
    backward(path, own, classes, alpha, total, gradients.begin() + i * time * classes);
  }
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
    const Path path = a.path(static_cast<std::int64_t>(i));
    for (std::int64_t k = 0; k < path.count; ++k)
      if (path.labels[k] < 0 || path.labels[k] >= classes || path.labels[k] == a.blank)
        throw IndexError(kOp, of_sample(i) + "has label " + std::to_string(path.labels[k]) +
                                  ": labels are in [0, " + std::to_string(classes) +
                                  ") without the blank, " + std::to_string(a.blank));
    if (!zero_infinity && path.shortest() > path.frames)
      throw ValueError(kOp, of_sample(i) + "has " + std::to_string(path.count) +
                                " labels, which take " + std::to_string(path.shortest()) +
                                " frames, and " + std::to_string(path.frames) +
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
  if (x.device().kind != DeviceKind::cpu) {
    detail::count_composed(kOp);
    return detail::ctc_composed(x, wide, frames, counts, options);
  }
  const Alignments alignments{wide.to_vector<std::int64_t>(), frames.to_vector<std::int64_t>(),
                              counts.to_vector<std::int64_t>(), labels.dim(1), options.blank};
  check_values(alignments, x.dim(1), classes, options.zero_infinity);
  const Tensor dense = detail::run_copy(x);
  const Tensor loss = detail::empty({batch}, x.dtype(), x.device());
  Tensor gradient;
  const Input inputs[] = {x};
  if (detail::wants_gradient(inputs)) {
    gradient = detail::empty(x.shape(), x.dtype(), x.device());
    detail::run_fill(gradient, 0);
  }
  if (x.dtype() == f32)
    run<float>(dense, alignments, options.zero_infinity, loss, gradient);
  else
    run<double>(dense, alignments, options.zero_infinity, loss, gradient);
  return record(kOp, loss, {x}, {x, wide, frames, counts, gradient},
                [options](Backward& b) { fused_backward(b, options); });
}

}  // namespace carousel
