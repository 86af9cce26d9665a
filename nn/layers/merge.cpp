#include <carousel/nn/layers/merge.h>

#include <algorithm>

#include <fmt/format.h>

#include <carousel/autograd/ops.h>

namespace carousel::nn {
namespace {

constexpr double kLeastNorm = 1e-7;  // Keras' epsilon

using List = std::vector<Tensor, carousel::detail::SlabAllocator<Tensor>>;

const char* class_name(Merge kind) {
  constexpr const char* names[] = {"Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"};
  return names[static_cast<int>(kind)];
}

void check_two(const char* op, const Values& inputs) {
  if (inputs.size() != 2)
    throw ValueError(op, fmt::format("takes two inputs, got {}", inputs.size()));
}

Tensor with_rank(Tensor x, int rank) {
  while (x.rank() < rank) x = x.unsqueeze(1);
  return x;
}

// Of equals the first gets the gradient, as in Keras, where maximum() would give each a half.
Tensor combined(Merge kind, const Tensor& a, const Tensor& b) {
  switch (kind) {
    case Merge::subtract:
      return a - b;
    case Merge::multiply:
      return a * b;
    case Merge::maximum:
      return where(logical_or(less(a, b), isnan(b)), b, a);
    case Merge::minimum:
      return where(logical_or(greater(a, b), isnan(b)), b, a);
    default:
      return a + b;
  }
}

// Undefined if one of them is.
Tensor any_mask(const Values& inputs) {
  Tensor mask = inputs[0].mask;
  for (std::size_t i = 1; i < inputs.size() && mask.defined(); ++i)
    mask = inputs[i].mask.defined() ? logical_or(mask, inputs[i].mask) : Tensor();
  return mask;
}

// Along time; undefined if no input has one.
Tensor joined_mask(const Values& inputs) {
  if (std::ranges::none_of(inputs, [](const Value& x) { return x.mask.defined(); })) return {};
  List masks;
  for (const Value& x : inputs)
    masks.push_back(x.mask.defined()
                        ? x.mask
                        : ones({x.dim(0), x.dim(1)}, {.dtype = boolean, .device = x.device()}));
  return concat(masks, 1);
}

// x with the axis that is summed over at its end, everything between the batch and it as one axis.
Tensor as_rows(const Tensor& x, int axis) {
  std::vector<int> order;
  for (int i = 0; i < x.rank(); ++i)
    if (i != axis) order.push_back(i);
  order.push_back(axis);
  const Tensor last = x.permute(order);
  return last.reshape({x.dim(0), -1, x.dim(axis)});
}

Tensor unit_length(const Tensor& x, int axis) {
  return x * minimum(rsqrt(sum(square(x), axis, true)), Scalar(1 / kLeastNorm));
}

}  // namespace

void fields(Fields& f, ConcatenateOptions& o) { f("axis", o.axis); }
void fields(Fields&, MergeOptions&) {}
void fields(Fields& f, DotOptions& o) { f("axes", o.axes), f("normalize", o.normalize); }

Concatenate::Concatenate(ConcatenateOptions options) : MergeLayer(std::move(options)) {
  if (options_.axis == 0)
    throw ValueError("concatenate", "axis 0 is the batch: rows are not joined by a layer");
}

Value Concatenate::merge(const Values& inputs) const {
  const int rank = inputs.at(0).rank();
  const std::int64_t given = options_.axis < 0 ? options_.axis + rank : options_.axis;
  const auto axis = static_cast<int>(given);
  if (given < 1 || given >= rank)
    throw IndexError("concatenate", fmt::format("axis {} of inputs {}", options_.axis,
                                                to_string(inputs[0].shape())));
  const List parts(inputs.begin(), inputs.end());
  return Value::masked(concat(parts, axis), axis == 1 ? joined_mask(inputs) : any_mask(inputs));
}

template <Merge kind>
std::string ElementwiseMerge<kind>::type_name() const {
  return class_name(kind);
}

template <Merge kind>
Value ElementwiseMerge<kind>::merge(const Values& inputs) const {
  if (kind == Merge::subtract) check_two("subtract", inputs);
  constexpr const char* kOps[] = {"add", "subtract", "multiply", "average", "maximum", "minimum"};
  const char* op = kOps[static_cast<int>(kind)];
  for (const Value& x : inputs)
    if (x.rank() > 0 && inputs[0].rank() > 0 && x.dim(0) != inputs[0].dim(0))
      throw ShapeError(op, fmt::format("inputs differ in rows: {} and {}",
                                       to_string(inputs[0].shape()), to_string(x.shape())));
  int rank = 0;
  for (const Value& x : inputs) rank = std::max(rank, x.rank());
  Tensor y = with_rank(inputs.at(0), rank);
  for (std::size_t i = 1; i < inputs.size(); ++i) {
    const Tensor x = with_rank(inputs[i], rank);
    broadcast_shapes(y.shape(), x.shape(), op);
    y = combined(kind, y, x);
  }
  if (kind == Merge::average) y = y * (1.0 / static_cast<double>(inputs.size()));
  return Value::masked(y, any_mask(inputs));
}

template class ElementwiseMerge<Merge::add>;
template class ElementwiseMerge<Merge::subtract>;
template class ElementwiseMerge<Merge::multiply>;
template class ElementwiseMerge<Merge::average>;
template class ElementwiseMerge<Merge::maximum>;
template class ElementwiseMerge<Merge::minimum>;

Dot::Dot(DotOptions options) : MergeLayer(std::move(options)) {
  const std::size_t count = options_.axes.list().size();
  if (options_.axes.all() || count > 2)
    throw ValueError("dot", fmt::format("axes must be one axis or two, got {}", count));
  for (const int axis : options_.axes.list())
    if (axis == 0) throw ValueError("dot", "axis 0 is the batch: rows are not summed over");
}

Value Dot::merge(const Values& inputs) const {
  check_two("dot", inputs);
  const Tensor &a = inputs[0], &b = inputs[1];
  const auto along = [&](const Tensor& x, int given) {
    const int axis = given < 0 ? given + x.rank() : given;
    if (axis < 1 || axis >= x.rank())
      throw IndexError("dot", fmt::format("axis {} of an input {}", given, to_string(x.shape())));
    return axis;
  };
  const auto axes = options_.axes.list();
  const int i = along(a, axes.front()), k = along(b, axes.back());
  if (a.dim(0) != b.dim(0) || a.dim(i) != b.dim(k))
    throw ShapeError("dot", fmt::format("{} along axis {} and {} along axis {} differ in size",
                                        to_string(a.shape()), i, to_string(b.shape()), k));
  const auto rows = [&](const Tensor& x, int axis) {
    return as_rows(options_.normalize ? unit_length(x, axis) : x, axis);
  };
  Shape shape{a.dim(0)};
  for (int n = 1; n < a.rank(); ++n)
    if (n != i) shape.append(a.dim(n));
  for (int n = 1; n < b.rank(); ++n)
    if (n != k) shape.append(b.dim(n));
  if (shape.rank() == 1) shape.append(1);
  return matmul(rows(a, i), rows(b, k).transpose(1, 2)).reshape(shape);
}

}  // namespace carousel::nn
