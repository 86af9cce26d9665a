#include <carousel/optim/lamb.h>

#include <carousel/autograd/ops.h>
#include <carousel/optim/moments.h>

namespace carousel::optim {

void LambOptions::check() const { detail::check_betas(*this); }

void LambOptions::update(Step& s, std::span<const Update> updates) const {
  using detail::as_f32, detail::missing;
  detail::move_towards(s.slot("momentum"), s.g, beta_1);
  detail::move_towards(s.slot("velocity"), square(s.g), beta_2);
  const std::size_t m = s.index_of("momentum"), v = s.index_of("velocity");
  s.run(updates);
  for (const Update& each : updates) {
    Tensor w = each.parameter;
    const Tensor spread = sqrt(each.slots[v] / missing(as_f32(beta_2), s.t)) + epsilon;
    const Tensor direction = each.slots[m] / missing(as_f32(beta_1), s.t) / spread;
    const Tensor length = norm(w), step = norm(direction);
    const Tensor ratio = where(length * step > 0, length / step, 1);
    w.copy_(w - direction * (ratio * s.learning_rate));
  }
}

}  // namespace carousel::optim
