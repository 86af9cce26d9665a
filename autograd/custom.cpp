#include <carousel/autograd/custom.h>

#include <fmt/format.h>

#include <carousel/tensor/error.h>

namespace carousel::detail {

std::vector<Tensor> detached(const std::vector<Tensor>& inputs) {
  std::vector<Tensor> result;
  for (const Tensor& x : inputs) result.push_back(x.detach());
  return result;
}

CustomBackward custom_backward(Backward& pass) {
  CustomBackward seen;
  for (int i = 0; i < pass.inputs(); ++i) seen.inputs.push_back(pass.saved(i));
  seen.output = pass.saved(pass.inputs());
  seen.dy = pass.dy();
  return seen;
}

namespace {

// Whether `wide` is what broadcasting makes of `shape`.
bool broadcast_of(const Shape& wide, const Shape& shape) {
  const int shift = wide.rank() - shape.rank();
  if (shift < 0) return false;
  for (int i = 0; i < shape.rank(); ++i)
    if (shape[i] != wide[i + shift] && shape[i] != 1) return false;
  return true;
}

}  // namespace

void set_custom_gradients(const char* name, Backward& pass, const std::vector<Tensor>& gradients) {
  if (static_cast<int>(gradients.size()) != pass.inputs())
    throw GraphError(name, fmt::format("its derivative gave {} gradients for {} inputs",
                                       gradients.size(), pass.inputs()));
  for (int i = 0; i < pass.inputs(); ++i) {
    const Tensor& gradient = gradients[static_cast<std::size_t>(i)];
    if (!gradient.defined() || !pass.needs(i)) continue;
    if (!broadcast_of(gradient.shape(), pass.input_shape(i)))
      throw GraphError(name,
                       fmt::format("its derivative gave a gradient {} for input {} {}",
                                   to_string(gradient.shape()), i, to_string(pass.input_shape(i))));
    pass.grad(i) = gradient;
  }
}

}  // namespace carousel::detail
