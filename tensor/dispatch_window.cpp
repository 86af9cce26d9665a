#include <carousel/tensor/dispatch_window.h>

#include <carousel/tensor/backend.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/impl.h>
#include <carousel/tensor/window_geometry.h>

namespace carousel::detail {
namespace {

Tensor dense(const Tensor& x) { return !x.defined() || x.is_contiguous() ? x : run_copy(x); }

void launch(WindowArgs& args, Kernel kernel, const WindowGeometry& geometry, const Tensor& like) {
  args.kernel = kernel;
  args.dtype = like.dtype();
  args.geometry = geometry;
  Backend& target = backend(like.device());
  target.kernels().window.at(kernel, like.dtype())(target.context(), args);
}

WindowArgs arguments(const WindowRows& rows) {
  WindowArgs args{};
  args.first_row = rows.first, args.rows = rows.count;
  args.first_channel = rows.first_channel, args.group_channels = rows.channels;
  return args;
}

}  // namespace

Tensor run_im2col(const Tensor& x_given, const WindowGeometry& g, const WindowRows& rows) {
  const Tensor x = dense(x_given);
  WindowArgs args = arguments(rows);
  Tensor out = empty({args.rows, places_of(g) * rows.channels}, x.dtype(), x.device());
  if (out.numel() == 0) return out;
  args.x = operand(x), args.out = operand(out);
  launch(args, Kernel::im2col, g, x);
  return out;
}

void run_col2im(const Tensor& dx, const Tensor& rows_given, const WindowGeometry& g,
                const Images& images) {
  const Tensor rows = dense(rows_given);
  if (rows.numel() == 0) return;
  WindowArgs args = arguments({images.first * windows_of(g), images.count * windows_of(g),
                               images.first_channel, images.channels});
  args.x = operand(rows), args.out = operand(dx);
  launch(args, Kernel::col2im, g, dx);
}

Tensor run_window(Kernel kernel, const WindowGeometry& geometry, const Shape& shape,
                  const Tensor& x_given, const Tensor& weights_given, const Tensor& dy_given,
                  std::int64_t multiplier) {
  const Tensor x = dense(x_given), weights = dense(weights_given), dy = dense(dy_given);
  const Tensor& like = x.defined() ? x : dy;
  Tensor out = empty(shape, like.dtype(), like.device());
  if (out.numel() == 0) return out;
  WindowArgs args{};
  args.multiplier = multiplier;
  if (x.defined()) args.x = operand(x);
  if (weights.defined()) args.weights = operand(weights);
  if (dy.defined()) args.dy = operand(dy);
  args.out = operand(out);
  launch(args, kernel, geometry, like);
  return out;
}

}  // namespace carousel::detail
