#include <carousel/optim/torch/lbfgs.h>

#include <carousel/autograd/grad_mode.h>
#include <carousel/autograd/ops.h>
#include <carousel/optim/check.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/impl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace carousel::optim::torch {
namespace {

double inner(const Tensor& a, const Tensor& b) { return sum(a * b).item(); }
double largest(const Tensor& x) { return max(abs(x)).item(); }

Tensor zeros_like(const Shape& shape, const Tensor& like) {
  return zeros(shape, {.dtype = like.dtype(), .device = like.device()});
}

}  // namespace

LBFGS::LBFGS(const Options& options)
    : Optimizer("torch.LBFGS", {.learning_rate = options.lr}), options_(options) {
  optim::detail::check_at_least(name(), "max_iter", options.max_iter, 1);
  if (options.max_eval) optim::detail::check_at_least(name(), "max_eval", *options.max_eval, 1);
  optim::detail::check_not_negative(name(), "tolerance_grad", options.tolerance_grad);
  optim::detail::check_not_negative(name(), "tolerance_change", options.tolerance_change);
  optim::detail::check_at_least(name(), "history_size", options.history_size, 1);
  if (options.line_search_fn && *options.line_search_fn != "strong_wolfe")
    throw ValueError(name(), fmt::format("line_search_fn must be strong_wolfe or nothing, got "
                                         "\"{}\"",
                                         *options.line_search_fn));
}

std::unique_ptr<Optimizer> LBFGS::again() const { return std::make_unique<LBFGS>(options_); }

void LBFGS::add_group(const ParameterGroup&) {
  throw ValueError(name(), "sees all parameters as one vector and has no groups");
}

void LBFGS::check_parameters(std::span<const NamedTensor> parameters) const {
  Optimizer::check_parameters(parameters);
  const Tensor& first = parameters.front().tensor;
  for (const auto& [name_of_parameter, tensor] : parameters)
    if (tensor.dtype() != first.dtype() || tensor.device() != first.device())
      throw DTypeError(name(), fmt::format("sees all parameters as one vector: {} is {} on {}, {} "
                                           "is {} on {}",
                                           parameters.front().name, to_string(first.dtype()),
                                           to_string(first.device()), name_of_parameter,
                                           to_string(tensor.dtype()), to_string(tensor.device())));
}

void LBFGS::after_bind() {
  const Tensor& like = parameters().front();
  if (direction_.defined()) {
    for (Tensor* each : {&direction_, &previous_gradient_, &changes_, &steps_})
      *each = carousel::detail::run_transfer(*each, like.device());
    return;
  }
  std::int64_t size = 0;
  for (const Tensor& each : parameters()) size += each.numel();
  direction_ = zeros_like({size}, like);
  previous_gradient_ = zeros_like({size}, like);
  changes_ = zeros_like({options_.history_size, size}, like);
  steps_ = zeros_like({options_.history_size, size}, like);
  reciprocals_ = zeros({options_.history_size}, {.dtype = f64});
}

std::vector<NamedTensor> LBFGS::state() const {
  std::vector<NamedTensor> all = Optimizer::state();
  if (!bound()) return all;
  for (const auto& [key, tensor] : {std::pair{"direction", direction_},
                                    {"previous_gradient", previous_gradient_},
                                    {"changes", changes_},
                                    {"steps", steps_},
                                    {"reciprocals", reciprocals_},
                                    {"scale", scale_.tensor()},
                                    {"length", length_.tensor()},
                                    {"previous_loss", previous_loss_.tensor()},
                                    {"iteration", iteration_.tensor()},
                                    {"oldest", oldest_.tensor()},
                                    {"kept", kept_.tensor()}})
    all.push_back({key, tensor});
  return all;
}

Tensor LBFGS::flat_gradient() const {
  std::vector<Tensor> parts;
  for (const Tensor& each : parameters())
    parts.push_back(each.grad().defined() ? each.grad().reshape({-1})
                                          : zeros_like({each.numel()}, each));
  return options_.maximize ? -concat(parts) : concat(parts);
}

Tensor LBFGS::flat_parameters() const {
  std::vector<Tensor> parts;
  for (const Tensor& each : parameters()) parts.push_back(each.reshape({-1}));
  return concat(parts);
}

void LBFGS::set_parameters(const Tensor& x) {
  std::int64_t begin = 0;
  for (Tensor each : parameters()) {
    each.copy_(x.slice(0, begin, begin + each.numel()).reshape(each.shape()));
    begin += each.numel();
  }
}

Tensor LBFGS::row(const Tensor& history, std::int64_t i) const {
  return history.select(0, (oldest_.get() + i) % options_.history_size);
}

// Takes up how the gradient changed along the last step, if the curvature there was positive.
void LBFGS::remember(const Tensor& gradient) {
  const Tensor change = gradient - previous_gradient_, step = direction_ * length_.get();
  const double curvature = inner(change, step);
  if (curvature <= 1e-10) return;
  if (kept_.get() == options_.history_size)
    oldest_.set((oldest_.get() + 1) % options_.history_size);
  else
    kept_.set(kept_.get() + 1);
  row(changes_, kept_.get() - 1).copy_(change);
  row(steps_, kept_.get() - 1).copy_(step);
  row(reciprocals_, kept_.get() - 1).fill_(1 / curvature);
  scale_.set(curvature / inner(change, change));
}

// The two loops over the history: the inverse Hessian times the gradient.
void LBFGS::choose_direction(const Tensor& gradient) {
  if (iteration_.get() == 1) {
    direction_.copy_(-gradient);
    return;
  }
  remember(gradient);
  const std::int64_t count = kept_.get();
  std::vector<double> weights(static_cast<std::size_t>(count));
  Tensor q = -gradient;
  const auto reciprocal = [&](std::int64_t i) { return row(reciprocals_, i).item(); };
  for (std::int64_t i = count - 1; i >= 0; --i) {
    double& weight = weights[static_cast<std::size_t>(i)];
    weight = inner(row(steps_, i), q) * reciprocal(i);
    q = q - row(changes_, i) * weight;
  }
  q = q * scale_.get();
  for (std::int64_t i = 0; i < count; ++i) {
    const double back = inner(row(changes_, i), q) * reciprocal(i);
    q = q + row(steps_, i) * (weights[static_cast<std::size_t>(i)] - back);
  }
  direction_.copy_(q);
}

LBFGS::Place LBFGS::look(Closure closure, const Tensor& x, double t) {
  set_parameters(x + direction_ * t);
  double loss = 0;
  {
    const EnableGrad guard;
    loss = sign() * closure().item();
  }
  const Tensor gradient = flat_gradient();
  return {t, loss, inner(gradient, direction_), gradient};
}

void LBFGS::step() {
  throw GraphError(name(), "looks at the loss several times: step([&] { ...; return loss; })");
}

Tensor LBFGS::step(Closure closure) {
  if (!bound()) throw GraphError(name(), "step() before bind(): it has no parameters");
  const Tensor first = closure();
  const NoGrad guard;
  const double rate = learning_rate();
  const std::int64_t most = options_.max_eval.value_or(options_.max_iter * 5 / 4);
  Place here{0, sign() * first.item(), 0, flat_gradient()};
  std::int64_t evaluations = 1;
  bool flat = largest(here.gradient) <= options_.tolerance_grad;
  for (std::int64_t i = 1; i <= options_.max_iter && !flat; ++i) {
    iteration_.set(iteration_.get() + 1);
    choose_direction(here.gradient);
    previous_gradient_.copy_(here.gradient);
    previous_loss_.set(here.loss);
    double t = rate;
    if (iteration_.get() == 1) t *= std::min(1.0, 1 / sum(abs(here.gradient)).item());
    length_.set(t);
    here.slope = inner(here.gradient, direction_);
    if (here.slope > -options_.tolerance_change) break;
    const Tensor x = flat_parameters();
    int looks = 0;
    if (options_.line_search_fn) {
      const auto left = static_cast<int>(std::min<std::int64_t>(most - evaluations, 25));
      here = strong_wolfe(closure, here, t, left, looks);
      set_parameters(x + direction_ * here.t);
      length_.set(here.t);
    } else if (i != options_.max_iter) {
      here = look(closure, x, t);
      looks = 1;
    } else {
      set_parameters(x + direction_ * t);  // nobody asks for the loss there
    }
    flat = looks > 0 && largest(here.gradient) <= options_.tolerance_grad;
    evaluations += looks;
    if (evaluations >= most) break;
    if (largest(direction_) * length_.get() <= options_.tolerance_change) break;
    if (std::abs(here.loss - previous_loss_.get()) < options_.tolerance_change) break;
  }
  count_step();
  return first;
}

}  // namespace carousel::optim::torch
