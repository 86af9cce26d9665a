#include <carousel/nn/regularizers.h>

#include <cmath>

#include <fmt/format.h>

#include <carousel/autograd/ops.h>
#include <carousel/tensor/error.h>

namespace carousel::nn {
namespace {

using Kind = Regularizer::Kind;

struct Named {
  const char* name;
  Kind kind;
  double a, b;
};
// "l1_l2" is first, so that it is the name of its kind.
constexpr Named kNames[] = {
    {"l1_l2", Kind::l1_l2, 0, 0},
    {"l1", Kind::l1_l2, 0.01, 0},
    {"l2", Kind::l1_l2, 0, 0.01},
    {"orthogonal_rows", Kind::orthogonal_rows, 0.01, 0},
    {"orthogonal_columns", Kind::orthogonal_columns, 0.01, 0},
    {"orthogonal_regularizer", Kind::orthogonal_rows, 0.01, 0},
    {"OrthogonalRegularizer", Kind::orthogonal_rows, 0.01, 0},
    {"l1l2", Kind::l1_l2, 0, 0},
    {"L1L2", Kind::l1_l2, 0, 0},
    {"L1", Kind::l1_l2, 0.01, 0},
    {"L2", Kind::l1_l2, 0, 0.01},
};

void check_factor(double factor) {
  if (!(factor >= 0) || std::isinf(factor))
    throw ValueError("regularizer",
                     fmt::format("factors must be finite and not negative, got {}", factor));
}

// |cosine| of each pair of different rows, averaged.
Tensor orthogonal(const Tensor& x, bool rows) {
  if (x.rank() != 2)
    throw ShapeError("orthogonal_regularizer", "needs a matrix, got " + to_string(x.shape()));
  constexpr double kSmallestSquare = 1e-14;  // as Keras; a row of zeros stays one
  const Tensor vectors = rows ? x : x.t();
  const std::int64_t count = vectors.dim(0);
  if (count < 2) return sum(x * 0.0);
  const Tensor squares = sum(square(vectors), 1, true);
  const Tensor unit = vectors * rsqrt(maximum(squares, kSmallestSquare));
  const Tensor others = 1 - eye(count, count, {.dtype = x.dtype(), .device = x.device()});
  const double pairs = static_cast<double>(count) * static_cast<double>(count - 1) / 2;
  return sum(abs(matmul(unit, unit.t()) * others)) * (0.5 / pairs);
}

}  // namespace

Regularizer::Regularizer(std::string_view name) {
  for (const Named& each : kNames)
    if (name == each.name) {
      kind_ = each.kind, a_ = each.a, b_ = each.b;
      return;
    }
  throw ValueError("regularizer",
                   fmt::format("'{}' is none of l1, l2, l1_l2, orthogonal_regularizer", name));
}

Regularizer::Regularizer(std::string name, Function function) : kind_(Kind::custom) {
  if (!function)
    throw ValueError("regularizer", fmt::format("the regularizer \"{}\" has no function", name));
  custom_ = std::make_shared<const Custom>(Custom{std::move(name), std::move(function)});
}

Regularizer::Regularizer(Kind kind, double a, double b) : kind_(kind), a_(a), b_(b) {
  check_factor(a);
  check_factor(b);
}

OrthogonalRegularizer::OrthogonalRegularizer(OrthogonalRegularizerOptions options)
    : Regularizer(options.mode == "rows" ? Kind::orthogonal_rows : Kind::orthogonal_columns,
                  options.factor, 0) {
  if (options.mode != "rows" && options.mode != "columns")
    throw ValueError("orthogonal_regularizer",
                     fmt::format("mode must be rows or columns, got '{}'", options.mode));
}

std::string Regularizer::name() const {
  for (const Named& each : kNames)
    if (each.kind == kind_) return each.name;
  return custom_ ? custom_->name : "none";
}

Tensor Regularizer::operator()(const Tensor& x) const {
  switch (kind_) {
    case Kind::l1_l2:
      if (a_ == 0) return sum(square(x)) * b_;
      if (b_ == 0) return sum(abs(x)) * a_;
      return sum(abs(x)) * a_ + sum(square(x)) * b_;
    case Kind::orthogonal_rows:
    case Kind::orthogonal_columns:
      return orthogonal(x, kind_ == Kind::orthogonal_rows) * a_;
    case Kind::custom:
      return custom_->function(x);
    case Kind::none:
      break;
  }
  throw ValueError("regularizer", "none was given");
}

}  // namespace carousel::nn
