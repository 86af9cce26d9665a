// softmax and log_softmax: row kernels over the last axis.
#include <carousel/autograd/ops.h>
#include <carousel/autograd/record.h>
#include <carousel/tensor/dispatch.h>

namespace carousel {
namespace {

Tensor run_rows(Kernel kernel, const Tensor& x) {
  return detail::run_row(kernel, {&x, nullptr, nullptr, nullptr})[0];
}
Tensor run_rows(Kernel kernel, const Tensor& y, const Tensor& dy) {
  return detail::run_row(kernel, {&y, &dy, nullptr, nullptr})[0];
}

// y (dy - sum(y dy)); linear in dy and symmetric.
Tensor softmax_grad(const Tensor& y, const Tensor& dy) {
  return record("softmax_grad", run_rows(Kernel::softmax_grad, y, dy), {y, dy}, {y, dy},
                [](Backward& b) {
                  const Tensor p = b.saved(0), g = b.saved(1);
                  if (b.needs(0)) {
                    const Tensor mean_g = sum(mul(p, g), -1, true);
                    const Tensor mean_dy = sum(mul(p, b.dy()), -1, true);
                    b.grad(0) = sub(mul(b.dy(), sub(g, mean_g)), mul(g, mean_dy));
                  }
                  if (b.needs(1)) b.grad(1) = softmax_grad(p, b.dy());
                });
}

// dy - e^y sum(dy).
Tensor log_softmax_grad(const Tensor& y, const Tensor& dy) {
  return record("log_softmax_grad", run_rows(Kernel::log_softmax_grad, y, dy), {y, dy}, {y, dy},
                [](Backward& b) {
                  const Tensor weighted = mul(exp(b.saved(0)), b.dy());
                  if (b.needs(0)) b.grad(0) = neg(mul(weighted, sum(b.saved(1), -1, true)));
                  if (b.needs(1)) b.grad(1) = sub(b.dy(), sum(weighted, -1, true));
                });
}

Tensor softmax_rows(const Tensor& x) {
  return record("softmax", run_rows(Kernel::softmax, x), {x}, {saved_output(0)},
                [](Backward& b) { b.grad(0) = softmax_grad(b.saved(0), b.dy()); });
}
Tensor log_softmax_rows(const Tensor& x) {
  return record("log_softmax", run_rows(Kernel::log_softmax, x), {x}, {saved_output(0)},
                [](Backward& b) { b.grad(0) = log_softmax_grad(b.saved(0), b.dy()); });
}

}  // namespace

Tensor softmax(const Tensor& x, int axis) {
  axis = normalize_axis(axis, x.shape(), "softmax");
  if (axis == x.rank() - 1) return softmax_rows(x);
  return transpose(softmax_rows(transpose(x, axis, -1)), axis, -1);
}

Tensor log_softmax(const Tensor& x, int axis) {
  axis = normalize_axis(axis, x.shape(), "log_softmax");
  if (axis == x.rank() - 1) return log_softmax_rows(x);
  return transpose(log_softmax_rows(transpose(x, axis, -1)), axis, -1);
}

}  // namespace carousel
