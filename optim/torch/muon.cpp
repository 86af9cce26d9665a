#include <carousel/optim/torch/muon.h>

#include <carousel/autograd/ops.h>
#include <carousel/optim/newton_schulz.h>
#include <carousel/optim/torch/convention.h>
#include <carousel/tensor/error.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace carousel::optim::torch {

void MuonOptions::check() const {
  detail::check_not_negative(kName, "momentum", momentum);
  detail::check_not_negative(kName, "eps", eps);
  detail::check_at_least(kName, "ns_steps", ns_steps, 0);
  for (const double each : ns_coefficients)
    optim::detail::check_finite(kName, "ns_coefficients", each);
  if (ns_steps >= 100)
    throw ValueError(kName, fmt::format("ns_steps must be below 100, got {}", ns_steps));
  if (adjust_lr_fn != "original" && adjust_lr_fn != "match_rms_adamw")
    throw ValueError(kName, fmt::format("adjust_lr_fn must be original or match_rms_adamw, got "
                                        "\"{}\"",
                                        adjust_lr_fn));
}

void MuonOptions::check_parameters(std::span<const NamedTensor> parameters) const {
  for (const auto& [name, tensor] : parameters)
    if (tensor.rank() != 2)
      throw ValueError(
          kName, fmt::format("updates matrices, but {} is {}", name, to_string(tensor.shape())));
}

void MuonOptions::update(Step& s, std::span<const Update> updates) const {
  Value& kept = s.slot("momentum_buffer");
  kept += (s.g - kept) * (1 - momentum);
  const std::size_t b = s.index_of("momentum_buffer");
  s.run(updates);
  for (const Update& each : updates) {
    Tensor w = each.parameter, along = each.slots[b];
    if (nesterov) along = each.gradient + (along - each.gradient) * momentum;
    along = optim::detail::orthogonalize_bfloat16(
        along, {ns_coefficients[0], ns_coefficients[1], ns_coefficients[2], ns_steps}, eps);
    const auto rows = static_cast<double>(w.dim(0)), columns = static_cast<double>(w.dim(1));
    const double length = adjust_lr_fn == "original" ? std::sqrt(std::max(1.0, rows / columns))
                                                     : 0.2 * std::sqrt(std::max(rows, columns));
    w.copy_(w * (1 - s.learning_rate * s.weight_decay) - along * (s.learning_rate * length));
  }
}

}  // namespace carousel::optim::torch
