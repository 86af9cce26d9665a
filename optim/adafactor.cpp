#include <carousel/optim/adafactor.h>

#include <carousel/autograd/ops.h>
#include <carousel/optim/check.h>
#include <carousel/optim/factored.h>
#include <carousel/tensor/error.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace carousel::optim {

void AdafactorOptions::check() const {
  detail::check_finite(kName, "beta_2_decay", beta_2_decay);
  if (beta_2_decay > 0)
    throw ValueError(kName, fmt::format("beta_2_decay must not be positive, got {}", beta_2_decay));
  detail::check_not_negative(kName, "epsilon_1", epsilon_1);
  detail::check_not_negative(kName, "epsilon_2", epsilon_2);
  detail::check_positive(kName, "clip_threshold", clip_threshold);
}

std::optional<Tensor> AdafactorOptions::make_slot(const detail::Slot& slot,
                                                  const NamedTensor& parameter) const {
  return detail::make_factor(slot, parameter);
}

void AdafactorOptions::update(Step& s, std::span<const Update> updates) const {
  const std::size_t r = s.index_of("r"), c = s.index_of("c"), v = s.index_of("velocity");
  s.run(updates);
  const auto t = static_cast<double>(s.t);
  const double fresh = std::pow(t, beta_2_decay);  // 1 - beta_2
  const double rate = std::min(s.learning_rate, 1 / std::sqrt(t));
  for (const Update& each : updates) {
    Tensor w = each.parameter;
    const Tensor squares = square(each.gradient) + epsilon_1;
    Tensor second = each.slots[v];
    if (second.defined()) {
      detail::move(second, squares, fresh);
    } else {
      const Tensor &rows = each.slots[r], &columns = each.slots[c];
      detail::move(rows, mean(squares, {-1}), fresh);
      detail::move(columns, mean(squares, {-2}), fresh);
      second = (rows / mean(rows, {-1}, true)).unsqueeze(-1) * columns.unsqueeze(-2);
    }
    const Tensor direction = each.gradient / sqrt(second);
    const Tensor length = maximum(detail::rms(direction) / clip_threshold, 1);
    w.copy_(w - direction * (maximum(detail::rms(w), epsilon_2) * rate / length));
  }
}

}  // namespace carousel::optim
