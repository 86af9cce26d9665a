#include <carousel/autograd/ops/recurrent_activation.h>

#include <carousel/autograd/ops.h>

namespace carousel {

Tensor detail::activate(Activation activation, const Tensor& x) {
  switch (activation) {
    case Activation::linear:
      return x;
    case Activation::tanh:
      return tanh(x);
    case Activation::sigmoid:
      return sigmoid(x);
    case Activation::relu:
      return relu(x);
    case Activation::hard_sigmoid:
      return hard_sigmoid(x);
    case Activation::softsign:
      return softsign(x);
    case Activation::softplus:
      return softplus(x);
    case Activation::elu:
      return elu(x);
    case Activation::selu:
      return selu(x);
    case Activation::exponential:
      return exp(x);
  }
  return x;
}

Tensor detail::activation_slope(Activation activation, const Tensor& y) {
  constexpr double kSeluScale = 1.0507009873554805, kSeluAlpha = 1.6732632423543772;
  const auto one = [&] { return ones_like(y); };
  switch (activation) {
    case Activation::linear:
      return one();
    case Activation::tanh:
      return 1 - square(y);
    case Activation::sigmoid:
      return y - square(y);
    case Activation::relu:
      return where(y > 0, one(), y * 0);
    case Activation::hard_sigmoid:
      return where(logical_and(y > 0, y < 1), one() / 6, y * 0);
    case Activation::softsign:
      return square(1 - abs(y));
    case Activation::softplus:
      return -expm1(-y);
    case Activation::elu:
      return where(y > 0, one(), y + 1);
    case Activation::selu:
      return where(y > 0, one() * kSeluScale, y + kSeluScale * kSeluAlpha);
    case Activation::exponential:
      return y;
  }
  return one();
}

}  // namespace carousel
