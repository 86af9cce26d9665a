// Depthwise convolution: channels by themselves, so there is no product to share.
#include <carousel/autograd/ops.h>
#include <carousel/autograd/ops/window.h>
#include <carousel/autograd/record.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/dispatch_window.h>
#include <carousel/tensor/error.h>

namespace carousel {
namespace {

struct Depthwise {
  WindowGeometry geometry;
  int64_t multiplier;

  Shape kernel_rows() const {
    return {1, detail::places_of(geometry), geometry.channels, multiplier};
  }
  Shape output_rows() const {
    return {geometry.batch * detail::windows_of(geometry), 1, geometry.channels, multiplier};
  }
};

Depthwise depthwise_of(const char* op, const Tensor& x, const Tensor& kernel,
                       const ConvOptions& options) {
  detail::check_conv(op, x, kernel);
  if (options.groups != 1) throw ValueError(op, "has no groups");
  if (kernel.dim(-2) != x.dim(-1))
    throw ShapeError(op, "kernel " + to_string(kernel.shape()) + " must have the channels of x " +
                             to_string(x.shape()) + " and a multiplier");
  return {detail::conv_geometry(op, x, kernel, options), kernel.dim(-1)};
}

// (rows, places, channels, 1)
Tensor rows_of(const Tensor& x, const Depthwise& d) {
  const WindowGeometry& g = d.geometry;
  return detail::unfold(x, g).reshape(
      {g.batch * detail::windows_of(g), detail::places_of(g), g.channels, 1});
}

Tensor composed_depthwise(const Tensor& x, const Tensor& kernel, const Depthwise& d,
                          const Shape& shape) {
  return sum(rows_of(x, d) * kernel.reshape(d.kernel_rows()), 1).reshape(shape);
}

void composed_gradients(Backward& b, const Depthwise& d) {
  const Tensor x = b.saved(0), kernel = b.saved(1), dy = b.dy().reshape(d.output_rows());
  const WindowGeometry& g = d.geometry;
  if (b.needs(0)) {
    const Tensor rows = sum(dy * kernel.reshape(d.kernel_rows()), -1);
    b.grad(0) = detail::fold(
        rows.reshape({g.batch, detail::windows_of(g), detail::places_of(g), g.channels}), g,
        b.input_shape(0));
  }
  if (b.needs(1)) b.grad(1) = sum(rows_of(x, d) * dy, 0).reshape(b.input_shape(1));
}

}  // namespace

Tensor depthwise_conv_composed(const Tensor& x, const Tensor& kernel, const ConvOptions& options) {
  const Depthwise d = depthwise_of("depthwise_conv_composed", x, kernel, options);
  return composed_depthwise(
      x, kernel, d, detail::output_shape(x, d.geometry, d.geometry.channels * d.multiplier));
}

Tensor depthwise_conv(const Tensor& x, const Tensor& kernel, const ConvOptions& options) {
  const Depthwise d = depthwise_of("depthwise_conv", x, kernel, options);
  const Shape shape = detail::output_shape(x, d.geometry, d.geometry.channels * d.multiplier);
  if (!detail::runs_fused("depthwise_conv", Kernel::depthwise_conv, x))
    return composed_depthwise(x, kernel, d, shape);
  const Tensor y =
      detail::run_window(Kernel::depthwise_conv, d.geometry, shape, x, kernel, {}, d.multiplier);
  return record("depthwise_conv", y, {x, kernel}, {x, kernel}, [d](Backward& b) {
    if (GradMode::enabled()) return composed_gradients(b, d);
    const Tensor image = b.saved(0), weights = b.saved(1);
    if (b.needs(0))
      b.grad(0) = detail::run_window(Kernel::depthwise_conv_grad_x, d.geometry, b.input_shape(0),
                                     {}, weights, b.dy(), d.multiplier);
    if (b.needs(1))
      b.grad(1) = detail::run_window(Kernel::depthwise_conv_grad_w, d.geometry, b.input_shape(1),
                                     image, {}, b.dy(), d.multiplier);
  });
}

}  // namespace carousel
