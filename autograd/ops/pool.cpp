#include <carousel/autograd/ops/pool.h>

#include <limits>

#include <carousel/autograd/ops.h>
#include <carousel/autograd/ops/window.h>
#include <carousel/autograd/record.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/dispatch_window.h>
#include <carousel/tensor/error.h>

namespace carousel {
namespace {

WindowGeometry geometry_of(const char* op, const Tensor& x, const PoolOptions& options) {
  detail::check_floating(op, x);
  const WindowGeometry g =
      detail::geometry_of(op, x,
                          {options.size,
                           options.strides.empty() ? options.size : options.strides,
                           {},
                           options.padding});
  // A window in the padding alone would see nothing.
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const std::int64_t last = (g.out[axis] - 1) * g.stride[axis] - g.before[axis];
    if (g.before[axis] >= g.size[axis] || last >= g.in[axis])
      throw ValueError(op, "padding must be below the window's size " +
                               std::to_string(g.size[axis]) + " for x " + to_string(x.shape()));
  }
  return g;
}

// (batch, windows, 1, channels) of what is pooled; and y's gradient likewise.
Shape pooled_rows(const WindowGeometry& g) {
  return {g.batch, detail::windows_of(g), 1, g.channels};
}

// Which place of each window has its first largest number, (batch, windows, 1, channels).
Tensor first_largest(const Tensor& x, const WindowGeometry& g) {
  const NoGrad no_grad;
  const Tensor seen = where(detail::inside(g, x) > 0, detail::unfold(x, g),
                            -std::numeric_limits<double>::infinity());
  return argmax(seen, 2, true);
}

Tensor composed_max(const Tensor& x, const WindowGeometry& g, const Shape& shape) {
  if (x.device().kind == DeviceKind::meta) return detail::unfold(x, g).select(2, 0).reshape(shape);
  return gather(detail::unfold(x, g), 2, first_largest(x, g)).reshape(shape);
}

// How much each place counts in its window's mean, (windows, places, 1).
Tensor shares(const WindowGeometry& g, const Tensor& like) {
  const Tensor within = detail::inside(g, like);
  return within / sum(within, 1, true);
}

Tensor composed_average(const Tensor& x, const WindowGeometry& g, const Shape& shape) {
  if (x.device().kind == DeviceKind::meta) return detail::unfold(x, g).select(2, 0).reshape(shape);
  return sum(detail::unfold(x, g) * shares(g, x), 2).reshape(shape);
}

void max_gradient(Backward& b, const WindowGeometry& g) {
  const Tensor x = b.saved(0);
  if (!GradMode::enabled()) {
    b.grad(0) = detail::run_window(Kernel::max_pool_grad, g, b.input_shape(0), x, {}, b.dy());
    return;
  }
  const Tensor places = arange(detail::places_of(g), {.dtype = i64, .device = x.device()});
  const Tensor chosen = (first_largest(x, g) == places.reshape({detail::places_of(g), 1}));
  b.grad(0) =
      detail::fold(chosen.to(x.dtype()) * b.dy().reshape(pooled_rows(g)), g, b.input_shape(0));
}

void average_gradient(Backward& b, const WindowGeometry& g) {
  if (GradMode::enabled())
    b.grad(0) =
        detail::fold(b.dy().reshape(pooled_rows(g)) * shares(g, b.dy()), g, b.input_shape(0));
  else
    b.grad(0) = detail::run_window(Kernel::average_pool_grad, g, b.input_shape(0), {}, {}, b.dy());
}

Tensor max_of(const Tensor& x, const WindowGeometry& g) {
  const Shape shape = detail::output_shape(x, g, g.channels);
  if (!detail::runs_fused("max_pool", Kernel::max_pool, x)) return composed_max(x, g, shape);
  return record("max_pool", detail::run_window(Kernel::max_pool, g, shape, x, {}, {}), {x}, {x},
                [g](Backward& b) { max_gradient(b, g); });
}

Tensor average_of(const Tensor& x, const WindowGeometry& g) {
  const Shape shape = detail::output_shape(x, g, g.channels);
  if (!detail::runs_fused("average_pool", Kernel::average_pool, x))
    return composed_average(x, g, shape);
  return record("average_pool", detail::run_window(Kernel::average_pool, g, shape, x, {}, {}), {x},
                {}, [g](Backward& b) { average_gradient(b, g); });
}

}  // namespace

Tensor max_pool(const Tensor& x, const PoolOptions& options) {
  return max_of(x, geometry_of("max_pool", x, options));
}
Tensor max_pool_composed(const Tensor& x, const PoolOptions& options) {
  const WindowGeometry g = geometry_of("max_pool_composed", x, options);
  return composed_max(x, g, detail::output_shape(x, g, g.channels));
}

Tensor average_pool(const Tensor& x, const PoolOptions& options) {
  return average_of(x, geometry_of("average_pool", x, options));
}
Tensor average_pool_composed(const Tensor& x, const PoolOptions& options) {
  const WindowGeometry g = geometry_of("average_pool_composed", x, options);
  return composed_average(x, g, detail::output_shape(x, g, g.channels));
}

Tensor adaptive_max_pool(const Tensor& x, const std::vector<std::int64_t>& output_size) {
  detail::check_floating("adaptive_max_pool", x);
  return max_of(x, detail::adaptive_geometry("adaptive_max_pool", x, output_size));
}
Tensor adaptive_average_pool(const Tensor& x, const std::vector<std::int64_t>& output_size) {
  detail::check_floating("adaptive_average_pool", x);
  return average_of(x, detail::adaptive_geometry("adaptive_average_pool", x, output_size));
}

}  // namespace carousel
