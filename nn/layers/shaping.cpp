#include <carousel/nn/layers/shaping.h>

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <carousel/nn/layers/data_format.h>

namespace carousel::nn {
namespace {

void check_rank(const char* op, const Tensor& x) {
  if (x.rank() < 1) throw ShapeError(op, "needs an input with a batch axis, got shape ()");
}

}  // namespace

void fields(Fields& f, ActivationOptions& o) { f("activation", o.activation); }

Activation::Activation(ActivationOptions options) : Layer(std::move(options)) {}
Activation::Activation(ActivationFunction activation)
    : Activation(ActivationOptions{.activation = std::move(activation)}) {}

Value Activation::forward(const Value& x) { return Value::masked(options_.activation(x), x.mask); }

void fields(Fields& f, FlattenOptions& o) { f("data_format", o.data_format); }

Flatten::Flatten(FlattenOptions options) : Layer(std::move(options)) {
  detail::is_channels_first("flatten", options_.data_format);
}

Value Flatten::forward(const Value& x) {
  check_rank("flatten", x);
  Shape shape{x.dim(0), 1};
  for (int i = 1; i < x.rank(); ++i) shape[1] *= x.dim(i);
  return x.rank() > 2 ? detail::channels_last(x, options_.data_format).reshape(shape)
                      : x.reshape(shape);
}

void fields(Fields& f, ReshapeOptions& o) { f("target_shape", o.target_shape); }

Reshape::Reshape(ReshapeOptions options) : Layer(std::move(options)) {
  const auto& target = options_.target_shape;
  if (std::ranges::count(target, -1) > 1 ||
      std::ranges::any_of(target, [](auto n) { return n < -1; }))
    throw ValueError("reshape",
                     fmt::format("target_shape must be sizes, at most one of them -1, got ({})",
                                 fmt::join(target, ", ")));
}

Value Reshape::forward(const Value& x) {
  check_rank("reshape", x);
  std::int64_t given = 1, wanted = 1;
  for (int i = 1; i < x.rank(); ++i) given *= x.dim(i);
  for (const std::int64_t size : options_.target_shape)
    if (size >= 0) wanted = checked_mul(wanted, size, "reshape");
  const bool open = std::ranges::count(options_.target_shape, -1) == 1;
  if (open ? wanted == 0 || given % wanted != 0 : given != wanted)
    throw ShapeError("reshape",
                     fmt::format("rows of {} do not fit target_shape ({})", to_string(x.shape()),
                                 fmt::join(options_.target_shape, ", ")));
  Shape shape{x.dim(0)};
  for (const std::int64_t size : options_.target_shape)
    shape.append(size == -1 ? given / wanted : size);
  return x.reshape(shape);
}

}  // namespace carousel::nn
