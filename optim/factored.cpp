#include <carousel/optim/factored.h>

#include <carousel/autograd/ops.h>
#include <carousel/tensor/impl.h>

namespace carousel::optim::detail {

std::optional<Tensor> make_factor(const Slot& slot, const NamedTensor& parameter) {
  const bool factors = parameter.tensor.rank() >= 2;
  if (slot.name == "velocity") return factors ? std::optional(Tensor()) : std::nullopt;
  if (slot.name != "r" && slot.name != "c") return std::nullopt;
  if (!factors) return Tensor();
  const int gone = parameter.tensor.rank() - (slot.name == "r" ? 1 : 2);
  Shape shape;
  for (int axis = 0; axis < parameter.tensor.rank(); ++axis)
    if (axis != gone) shape.append(parameter.tensor.dim(axis));
  Tensor made = carousel::detail::empty(shape, parameter.tensor.dtype(), parameter.tensor.device());
  carousel::detail::run_fill(made, Scalar(0.0));
  return made;
}

Tensor rms(const Tensor& x) { return sqrt(mean(square(x))); }

void move(Tensor a, const Tensor& x, double weight) { a.copy_(a + (x - a) * weight); }

}  // namespace carousel::optim::detail
