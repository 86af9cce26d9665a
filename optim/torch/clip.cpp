#include <carousel/optim/torch/clip.h>

#include <carousel/autograd/grad_mode.h>
#include <carousel/autograd/ops.h>
#include <carousel/optim/check.h>
#include <carousel/optim/clip.h>
#include <carousel/tensor/error.h>
#include <fmt/format.h>

#include <cmath>
#include <vector>

namespace carousel::optim::torch {

double clip_grad_norm(std::span<const Tensor> parameters, const ClipGradNormOptions& options) {
  const char* op = "clip_grad_norm";
  optim::detail::check_positive(op, "max_norm", options.max_norm);
  const double p = options.norm_type;
  if (!(p >= 1)) throw ValueError(op, fmt::format("norm_type must be at least 1, got {}", p));
  const NoGrad guard;
  std::vector<Tensor> norms;
  for (const Tensor& parameter : parameters)
    if (const Tensor g = parameter.grad(); g.defined() && g.numel() > 0)
      norms.push_back((std::isinf(p) ? max(abs(g)) : norm(g, p)).to(f64));
  if (norms.empty()) return 0;
  const Tensor each = stack(norms);
  const double total = (std::isinf(p) ? max(each) : norm(each, p)).item();
  if (!std::isfinite(total))
    throw NumericError(op, fmt::format("the gradients' norm is {}: a gradient holds NaN or "
                                       "infinity; AnomalyMode finds the operation",
                                       total));
  const double factor = options.max_norm / (total + 1e-6);
  if (factor < 1) {
    optim::detail::own_gradients(parameters);
    optim::detail::scale_gradients(parameters, factor);
  }
  return total;
}

void clip_grad_value(std::span<const Tensor> parameters, double clip_value) {
  clip_by_value(parameters, clip_value);
}

}  // namespace carousel::optim::torch
