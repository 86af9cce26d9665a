#include <carousel/optim/muon.h>

#include <carousel/autograd/ops.h>
#include <carousel/optim/moments.h>
#include <carousel/optim/newton_schulz.h>

#include <algorithm>
#include <cmath>

namespace carousel::optim {

void MuonOptions::check() const {
  detail::check_fraction(kName, "adam_beta_1", adam_beta_1);
  detail::check_fraction(kName, "adam_beta_2", adam_beta_2);
  detail::check_not_negative(kName, "adam_weight_decay", adam_weight_decay);
  detail::check_not_negative(kName, "epsilon", epsilon);
  detail::check_not_negative(kName, "adam_lr_ratio", adam_lr_ratio);
  detail::check_fraction(kName, "momentum", momentum, true);
  detail::check_finite(kName, "muon_a", muon_a);
  detail::check_finite(kName, "muon_b", muon_b);
  detail::check_finite(kName, "muon_c", muon_c);
  detail::check_at_least(kName, "ns_steps", ns_steps, 0);
  if (rms_rate) detail::check_not_negative(kName, "rms_rate", *rms_rate);
}

bool MuonOptions::by_adam(const NamedTensor& parameter) const {
  const auto named = [&](const std::string& part) {
    return parameter.name.find(part) != std::string::npos;
  };
  return parameter.tensor.rank() != 2 || (exclude_embeddings && named("embedding")) ||
         std::any_of(exclude_layers.begin(), exclude_layers.end(), named);
}

std::optional<Tensor> MuonOptions::make_slot(const detail::Slot& slot,
                                             const NamedTensor& parameter) const {
  if (slot.name == "velocity" && !by_adam(parameter)) return Tensor();
  return std::nullopt;
}

void MuonOptions::update(Step& s, std::span<const Update> updates) const {
  using detail::as_f32, detail::missing;
  const std::size_t m = s.index_of("momentum"), v = s.index_of("velocity");
  std::vector<Update> adam, muon;
  for (const Update& each : updates) (each.slots[v].defined() ? adam : muon).push_back(each);

  const double rate = s.learning_rate * adam_lr_ratio *
                      std::sqrt(missing(as_f32(adam_beta_2), s.t)) /
                      missing(as_f32(adam_beta_1), s.t);
  s.w -= s.w * (as_f32(adam_weight_decay) * s.learning_rate);
  const Value first = detail::move_towards(s.slot("momentum"), s.g, adam_beta_1);
  const Value second = detail::move_towards(s.slot("velocity"), square(s.g), adam_beta_2);
  s.w -= first * rate / (sqrt(second) + epsilon);
  s.run(adam);

  Value& sum = s.slot("momentum");
  sum += s.g + sum * (momentum - 1);
  s.w -= s.w * (as_f32(s.weight_decay) * s.learning_rate);
  s.run(muon);
  for (const Update& each : muon) {
    Tensor w = each.parameter, along = each.slots[m];
    if (nesterov) along = each.gradient + along * momentum;
    along = detail::orthogonalize(along / (norm(along) + 1e-7), {muon_a, muon_b, muon_c, ns_steps});
    const auto size = static_cast<double>(std::max(w.dim(0), w.dim(1)));
    w.copy_(w - along * (s.learning_rate * (rms_rate ? std::sqrt(size) * *rms_rate : 1)));
  }
}

}  // namespace carousel::optim
