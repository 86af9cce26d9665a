#include <carousel/nn/train/check_data.h>

#include <carousel/autograd/grad_mode.h>
#include <carousel/autograd/ops/compare.h>
#include <carousel/autograd/ops/reduce.h>
#include <carousel/nn/build.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/impl.h>
#include <fmt/format.h>

namespace carousel::nn::detail {
namespace {

void check_no_nan(const char* op, const std::string& which, const Tensor& y) {
  if (!is_floating(y.dtype()) || y.numel() == 0 || any(isnan(y)).item() == 0) return;
  const Tensor flat = isnan(y).to(i32).contiguous().reshape({-1});
  const auto first = static_cast<std::int64_t>(argmax(flat).item());
  throw NumericError(op, fmt::format("{} holds NaN, first in row {}: {} {}", which,
                                     first / (y.numel() / y.dim(0)), which, to_string(y.shape())));
}

std::string shape_of(const Tensor& x) { return to_string(x.shape()); }

bool same_rows(const Tensor& a, const Tensor& b) {
  if (a.rank() != b.rank()) return false;
  for (int i = 1; i < a.rank(); ++i)
    if (a.dim(i) != b.dim(i)) return false;
  return true;
}

bool same_rows(const Tensors& a, const Tensors& b) {
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!same_rows(a[i], b[i])) return false;
  return true;
}

// A last axis of size 1 may be missing, as losses take it.
bool same_targets(const Tensor& a, const Tensor& b, bool whole) {
  if (a.rank() < b.rank()) return same_targets(b, a, whole);
  const int more = a.rank() - b.rank();
  if (more > 1 || (more == 1 && a.dim(-1) != 1)) return false;
  for (int i = 1; whole && i < b.rank(); ++i)
    if (a.dim(i) != b.dim(i)) return false;
  return true;
}

void check_alike(const char* name, const Tensors& train, const Tensors& validation) {
  if (train.size() != validation.size())
    throw ValueError("fit", fmt::format("validation {0} are {1} tensors, {0} {2}", name,
                                        validation.size(), train.size()));
  for (std::size_t i = 0; i < train.size(); ++i) {
    const DType wanted = train[i].dtype(), given = validation[i].dtype();
    if (is_floating(wanted) && is_floating(given) && wanted != given)
      throw DTypeError("fit",
                       fmt::format("validation {0} is {1}, {0} {2}: convert it with .to({2})", name,
                                   to_string(given), to_string(wanted)));
  }
}

// Sequences of another length, say, may fit; the model says so.
void check_taken(Module& model, const Tensors& x) {
  Values samples;
  std::string shapes;
  for (const Tensor& each : x) {
    samples.push_back(carousel::detail::empty(each.shape(), each.dtype(), DeviceKind::meta));
    shapes += (shapes.empty() ? "" : ", ") + shape_of(each);
  }
  try {
    Build::infer(model, samples);
  } catch (const ShapeError& error) {
    throw ShapeError(
        "fit", fmt::format("validation x {} does not fit the model: {}", shapes, error.what()));
  }
}

}  // namespace

void check_numbers(const char* op, const char* which, const data::Dataset& rows) {
  const NoGrad guard;
  for (const Tensor& y : rows.y()) check_no_nan(op, std::string(which) + "y", y);
  if (rows.sample_weight().defined())
    check_no_nan(op, std::string(which) + "sample_weight", rows.sample_weight());
}

void check_validation(Module& model, const data::Dataset& train, const data::Dataset& validation) {
  check_alike("x", train.x(), validation.x());
  check_alike("y", train.y(), validation.y());
  const bool same_inputs = same_rows(train.x(), validation.x());
  if (!same_inputs) check_taken(model, validation.x());
  for (std::size_t i = 0; i < train.y().size(); ++i) {
    const Tensor &y = train.y()[i], &other = validation.y()[i];
    if (!same_targets(y, other, same_inputs))
      throw ShapeError("fit", fmt::format("validation y {} does not go with y {}: only the number "
                                          "of rows may differ",
                                          shape_of(other), shape_of(y)));
  }
}

}  // namespace carousel::nn::detail
