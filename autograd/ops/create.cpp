#include <carousel/autograd/ops/create.h>

#include <cmath>
#include <cstring>

#include <carousel/autograd/grad_mode.h>
#include <carousel/autograd/ops/compare.h>
#include <carousel/autograd/ops/shape.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/impl.h>

namespace carousel {
namespace {

// Host values moved to where `options` says.
Tensor finish(Tensor x, const TensorOptions& options) {
  x = detail::run_transfer(x, options.device);
  if (options.requires_grad) x.set_requires_grad();
  return x;
}

void check_requires_grad(const char* op, const TensorOptions& options) {
  if (options.requires_grad && !is_floating(options.dtype))
    throw DTypeError(
        op, std::string("requires_grad takes f32 or f64, got ") + to_string(options.dtype));
}

template <class T, class F>
Tensor generate(const Shape& shape, F value) {
  Tensor x;
  T* at = static_cast<T*>(detail::make_host(x, shape, dtype_of<T>));
  const std::int64_t count = x.numel();
  for (std::int64_t i = 0; i < count; ++i) at[i] = static_cast<T>(value(i));
  return x;
}

}  // namespace

Tensor full(const Shape& shape, Scalar value, const TensorOptions& options) {
  check_requires_grad("full", options);
  detail::check_scalar("full", value, options.dtype);
  Tensor x = detail::empty(shape, options.dtype, options.device);
  detail::run_fill(x, value);
  if (options.requires_grad) x.set_requires_grad();
  return x;
}

Tensor zeros(const Shape& shape, const TensorOptions& options) { return full(shape, 0, options); }
Tensor ones(const Shape& shape, const TensorOptions& options) { return full(shape, 1, options); }
Tensor scalar(Scalar value, const TensorOptions& options) { return full({}, value, options); }

Tensor arange(Scalar begin, Scalar end, Scalar step, const TensorOptions& options) {
  check_requires_grad("arange", options);
  for (Scalar s : {begin, end, step}) detail::check_scalar("arange", s, options.dtype);
  if (step.real() == 0 || !std::isfinite(step.real()) || !std::isfinite(begin.real()) ||
      !std::isfinite(end.real()))
    throw ValueError("arange", "needs finite bounds and a step other than 0: begin " +
                                   std::to_string(begin.real()) + ", end " +
                                   std::to_string(end.real()) + ", step " +
                                   std::to_string(step.real()));
  const double length = std::ceil((end.real() - begin.real()) / step.real());
  if (length > 1e15) throw ValueError("arange", "too many elements: " + std::to_string(length));
  const Shape shape{static_cast<std::int64_t>(std::max(length, 0.0))};
  const bool integers = !begin.is_floating() && !step.is_floating();
  if (options.dtype == f32)
    return finish(generate<float>(shape,
                                  [&](std::int64_t i) {
                                    return begin.real() + static_cast<double>(i) * step.real();
                                  }),
                  options);
  if (options.dtype == f64)
    return finish(generate<double>(shape,
                                   [&](std::int64_t i) {
                                     return begin.real() + static_cast<double>(i) * step.real();
                                   }),
                  options);
  if (!integers || options.dtype == boolean)
    throw DTypeError("arange", std::string("can't make ") + to_string(options.dtype));
  const auto value = [&](std::int64_t i) { return begin.integer() + i * step.integer(); };
  return finish(options.dtype == i32 ? generate<std::int32_t>(shape, value)
                                     : generate<std::int64_t>(shape, value),
                options);
}

Tensor arange(Scalar end, const TensorOptions& options) { return arange(0, end, 1, options); }

Tensor linspace(double begin, double end, std::int64_t count, const TensorOptions& options) {
  check_requires_grad("linspace", options);
  if (count < 0) throw ValueError("linspace", "count is negative: " + std::to_string(count));
  if (!is_floating(options.dtype))
    throw DTypeError("linspace", std::string("makes f32 or f64, got ") + to_string(options.dtype));
  const auto value = [&](std::int64_t i) {
    if (i == 0) return begin;
    if (i == count - 1) return end;
    return begin + (end - begin) * static_cast<double>(i) / static_cast<double>(count - 1);
  };
  return finish(
      options.dtype == f32 ? generate<float>({count}, value) : generate<double>({count}, value),
      options);
}

Tensor eye(std::int64_t rows, std::int64_t columns, const TensorOptions& options) {
  check_requires_grad("eye", options);
  if (columns < 0) columns = rows;
  const TensorOptions plain{i64, options.device, false};
  const Tensor i = arange(rows, plain).reshape({rows, 1}), j = arange(columns, plain);
  Tensor x = detail::run_cast(detail::run(Kernel::equal, i, j), options.dtype);
  if (options.requires_grad) x.set_requires_grad();
  return x;
}

template <Element T>
Tensor from_span(std::span<const T> values, const Shape& shape, const TensorOptions& options) {
  check_requires_grad("from_span", options);
  if (static_cast<std::int64_t>(values.size()) != shape.numel())
    throw ShapeError("from_span",
                     std::to_string(values.size()) + " values for shape " + to_string(shape));
  Tensor x;
  void* to = detail::make_host(x, shape, dtype_of<T>);
  if (!values.empty()) std::memcpy(to, values.data(), values.size_bytes());
  if (options.dtype != dtype_of<T>) x = detail::run_cast(x, options.dtype);
  return finish(x, options);
}
template Tensor from_span<float>(std::span<const float>, const Shape&, const TensorOptions&);
template Tensor from_span<double>(std::span<const double>, const Shape&, const TensorOptions&);
template Tensor from_span<std::int32_t>(std::span<const std::int32_t>, const Shape&,
                                        const TensorOptions&);
template Tensor from_span<std::int64_t>(std::span<const std::int64_t>, const Shape&,
                                        const TensorOptions&);
template Tensor from_span<bool>(std::span<const bool>, const Shape&, const TensorOptions&);

Tensor full_like(const Tensor& x, Scalar value) {
  return full(x.shape(), value, {x.dtype(), x.device(), false});
}
Tensor zeros_like(const Tensor& x) { return full_like(x, 0); }
Tensor ones_like(const Tensor& x) { return full_like(x, 1); }

}  // namespace carousel
