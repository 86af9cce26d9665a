#include <carousel/autograd/ops/activation.h>

#include <numbers>

#include <carousel/autograd/ops.h>
#include <carousel/autograd/record.h>
#include <carousel/tensor/dispatch.h>

namespace carousel {

using detail::run;

Tensor tanh(const Tensor& x) {
  return record("tanh", run(Kernel::tanh, x), {x}, {saved_output(0)},
                [](Backward& b) { b.grad(0) = tanh_grad(b.saved(0), b.dy()); });
}

Tensor tanh_grad(const Tensor& y, const Tensor& dy) {
  return record("tanh_grad", run(Kernel::tanh_grad, y, dy), {y, dy}, {y, dy}, [](Backward& b) {
    if (b.needs(0)) b.grad(0) = -2.0 * b.saved(0) * b.saved(1) * b.dy();
    if (b.needs(1)) b.grad(1) = tanh_grad(b.saved(0), b.dy());
  });
}

Tensor sigmoid(const Tensor& x) {
  return record("sigmoid", run(Kernel::sigmoid, x), {x}, {saved_output(0)},
                [](Backward& b) { b.grad(0) = sigmoid_grad(b.saved(0), b.dy()); });
}

Tensor sigmoid_grad(const Tensor& y, const Tensor& dy) {
  return record("sigmoid_grad", run(Kernel::sigmoid_grad, y, dy), {y, dy}, {y, dy},
                [](Backward& b) {
                  if (b.needs(0)) b.grad(0) = (1.0 - 2.0 * b.saved(0)) * b.saved(1) * b.dy();
                  if (b.needs(1)) b.grad(1) = sigmoid_grad(b.saved(0), b.dy());
                });
}

Tensor relu(const Tensor& x) {
  return record("relu", run(Kernel::relu, x), {x}, {saved_output(0)},
                [](Backward& b) { b.grad(0) = relu_grad(b.saved(0), b.dy()); });
}

Tensor relu_grad(const Tensor& y, const Tensor& dy) {
  return record("relu_grad", run(Kernel::relu_grad, y, dy), {y, dy}, {y}, [](Backward& b) {
    if (b.needs(1)) b.grad(1) = relu_grad(b.saved(0), b.dy());
  });
}

namespace {

// An activation whose derivative is a kernel of its input; `second` is f''(x), null where that is
// 0.
struct Curve {
  Kernel value, slope;
  Tensor (*second)(const Tensor& x, double alpha);
};

Tensor slope_of(const Curve& curve, const Tensor& x, const Tensor& dy, double alpha) {
  return record(name_of(curve.slope), run(curve.slope, x, dy, alpha), {x, dy}, {x, dy},
                [curve, alpha](Backward& b) {
                  if (b.needs(0) && curve.second != nullptr)
                    b.grad(0) = mul(mul(curve.second(b.saved(0), alpha), b.saved(1)), b.dy());
                  if (b.needs(1)) b.grad(1) = slope_of(curve, b.saved(0), b.dy(), alpha);
                });
}

Tensor value_of(const Curve& curve, const Tensor& x, double alpha = 0) {
  return record(
      name_of(curve.value), run(curve.value, x, detail::Immediates{alpha}), {x}, {x},
      [curve, alpha](Backward& b) { b.grad(0) = slope_of(curve, b.saved(0), b.dy(), alpha); });
}

// Below 0 the slope is an exponential, its own derivative.
Tensor elu_second(const Tensor& x, double alpha) {
  return where(greater(x, 0), 0, mul(exp(minimum(x, 0)), alpha));
}
Tensor selu_second(const Tensor& x, double) {
  constexpr double kScaledAlpha = 1.7580993408473766;  // lambda alpha of Klambauer et al., 2017
  return elu_second(x, kScaledAlpha);
}

Tensor softplus_second(const Tensor& x, double) {
  const Tensor y = sigmoid(x);
  return mul(y, sub(1, y));
}

Tensor softsign_second(const Tensor& x, double) {
  return mul(sign(x), mul(pow(add(abs(x), 1), -3), -2));
}

// phi(x) (2 - x^2), phi the normal density.
Tensor gelu_second(const Tensor& x, double) {
  constexpr double kDensity = std::numbers::inv_sqrtpi / std::numbers::sqrt2;
  const Tensor squares = square(x);
  return mul(mul(exp(mul(squares, -0.5)), kDensity), sub(2, squares));
}

// 0.5 x (1 + tanh u) with u = k (x + 0.044715 x^3).
Tensor gelu_tanh_second(const Tensor& x, double) {
  constexpr double k = std::numbers::sqrt2 * std::numbers::inv_sqrtpi, cubic = 0.044715;
  const Tensor squares = square(x);
  const Tensor t = tanh(mul(x, mul(add(mul(squares, cubic), 1), k)));
  const Tensor du = mul(add(mul(squares, 3 * cubic), 1), k);
  const Tensor half_ddu = mul(x, 3 * cubic * k);
  const Tensor bend = sub(add(du, mul(x, half_ddu)), mul(mul(x, t), square(du)));
  return mul(sub(1, square(t)), bend);
}

// s (1 - s) (2 + x (1 - 2 s)), s the sigmoid.
Tensor silu_second(const Tensor& x, double) {
  const Tensor s = sigmoid(x);
  return mul(mul(s, sub(1, s)), add(mul(x, sub(1, mul(s, 2))), 2));
}

constexpr Curve kLeakyRelu{Kernel::leaky_relu, Kernel::leaky_relu_grad, nullptr};
constexpr Curve kElu{Kernel::elu, Kernel::elu_grad, elu_second};
constexpr Curve kSelu{Kernel::selu, Kernel::selu_grad, selu_second};
constexpr Curve kSoftplus{Kernel::softplus, Kernel::softplus_grad, softplus_second};
constexpr Curve kSoftsign{Kernel::softsign, Kernel::softsign_grad, softsign_second};
constexpr Curve kGelu{Kernel::gelu, Kernel::gelu_grad, gelu_second};
constexpr Curve kGeluTanh{Kernel::gelu_tanh, Kernel::gelu_tanh_grad, gelu_tanh_second};
constexpr Curve kSilu{Kernel::silu, Kernel::silu_grad, silu_second};
constexpr Curve kHardSigmoid{Kernel::hard_sigmoid, Kernel::hard_sigmoid_grad, nullptr};

}  // namespace

Tensor leaky_relu(const Tensor& x, double slope) { return value_of(kLeakyRelu, x, slope); }
Tensor elu(const Tensor& x, double alpha) { return value_of(kElu, x, alpha); }
Tensor selu(const Tensor& x) { return value_of(kSelu, x); }
Tensor softplus(const Tensor& x) { return value_of(kSoftplus, x); }
Tensor softsign(const Tensor& x) { return value_of(kSoftsign, x); }
Tensor gelu(const Tensor& x, bool approximate) {
  return value_of(approximate ? kGeluTanh : kGelu, x);
}
Tensor silu(const Tensor& x) { return value_of(kSilu, x); }
Tensor hard_sigmoid(const Tensor& x) { return value_of(kHardSigmoid, x); }

}  // namespace carousel
