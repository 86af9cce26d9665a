#include <tests/op_cases/host.h>

#include <algorithm>

namespace carousel::test {
namespace {

template <class T>
std::vector<double> read(const Tensor& x) {
  const std::vector<T> values = x.to_vector<T>();
  return {values.begin(), values.end()};
}

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

}  // namespace

Host host(const Tensor& x) {
  switch (x.dtype()) {
    case DType::f32:
      return {x.shape(), x.dtype(), read<float>(x)};
    case DType::f64:
      return {x.shape(), x.dtype(), read<double>(x)};
    case DType::i32:
      return {x.shape(), x.dtype(), read<std::int32_t>(x)};
    case DType::i64:
      return {x.shape(), x.dtype(), read<std::int64_t>(x)};
    default:
      return {x.shape(), x.dtype(), read<bool>(x)};
  }
}

Host zeros_host(const Shape& shape, DType dtype) {
  return {shape, dtype, std::vector<double>(at(shape.numel()))};
}

Host as(Host x, DType dtype) {
  x.dtype = dtype;
  return x;
}

std::vector<std::int64_t> position(const Shape& shape, std::int64_t i) {
  std::vector<std::int64_t> result(at(shape.rank()));
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    result[at(axis)] = i % shape[axis];
    i /= shape[axis];
  }
  return result;
}

std::int64_t flat(const Shape& shape, const std::vector<std::int64_t>& position) {
  std::int64_t i = 0;
  for (int axis = 0; axis < shape.rank(); ++axis) i = i * shape[axis] + position[at(axis)];
  return i;
}

Host broadcast(const Host& x, const Shape& shape) {
  Host y = zeros_host(shape, x.dtype);
  const int shift = shape.rank() - x.shape.rank();
  for (std::int64_t i = 0; i < shape.numel(); ++i) {
    const auto to = position(shape, i);
    std::vector<std::int64_t> from(to.begin() + shift, to.end());
    for (int axis = 0; axis < x.shape.rank(); ++axis)
      if (x.shape[axis] == 1) from[at(axis)] = 0;
    y.values[at(i)] = x.values[at(flat(x.shape, from))];
  }
  return y;
}

Host map(const Host& x, const std::function<double(double)>& f) {
  Host y = x;
  std::transform(x.values.begin(), x.values.end(), y.values.begin(), f);
  return y;
}

Host zip(const Host& a, const Host& b, const std::function<double(double, double)>& f) {
  const Shape shape = broadcast_shapes(a.shape, b.shape, "reference");
  const Host left = broadcast(a, shape), right = broadcast(b, shape);
  Host y = left;
  for (std::size_t i = 0; i < y.values.size(); ++i)
    y.values[i] = f(left.values[i], right.values[i]);
  return y;
}

Host reduce_over(const Host& x, const std::vector<int>& axes, bool keepdims,
                 const std::function<double(const std::vector<double>&)>& f) {
  std::vector<bool> reduced(at(x.shape.rank()), axes.empty());
  for (int axis : axes) reduced[at(axis < 0 ? axis + x.shape.rank() : axis)] = true;
  Shape kept, shown;
  for (int axis = 0; axis < x.shape.rank(); ++axis) {
    const std::int64_t size = reduced[at(axis)] ? 1 : x.shape[axis];
    kept.append(size);
    if (keepdims || !reduced[at(axis)]) shown.append(size);
  }
  std::vector<std::vector<double>> groups(at(kept.numel()));
  for (std::int64_t i = 0; i < x.shape.numel(); ++i) {
    auto to = position(x.shape, i);
    for (std::size_t axis = 0; axis < to.size(); ++axis)
      if (reduced[axis]) to[axis] = 0;
    groups[at(flat(kept, to))].push_back(x.values[at(i)]);
  }
  Host y{shown, x.dtype, {}};
  for (const auto& group : groups) y.values.push_back(f(group));
  return y;
}

Host along(const Host& x, int axis,
           const std::function<std::vector<double>(const std::vector<double>&)>& f) {
  if (axis < 0) axis += x.shape.rank();
  std::int64_t outer = 1, inner = 1;
  for (int i = 0; i < axis; ++i) outer *= x.shape[i];
  for (int i = axis + 1; i < x.shape.rank(); ++i) inner *= x.shape[i];
  const std::int64_t length = x.shape[axis];
  Host y{x.shape, x.dtype, {}};
  for (std::int64_t o = 0; o < outer; ++o) {
    std::vector<std::vector<double>> lines;
    for (std::int64_t i = 0; i < inner; ++i) {
      std::vector<double> line;
      for (std::int64_t k = 0; k < length; ++k)
        line.push_back(x.values[at((o * length + k) * inner + i)]);
      lines.push_back(f(line));
    }
    if (lines.empty()) continue;
    y.shape[axis] = static_cast<std::int64_t>(lines[0].size());
    for (std::size_t k = 0; k < lines[0].size(); ++k)
      for (const auto& line : lines) y.values.push_back(line[k]);
  }
  return y;
}

}  // namespace carousel::test
