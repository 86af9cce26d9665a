#include <carousel/nn/constraints.h>

#include <cmath>

#include <fmt/format.h>

#include <carousel/autograd/ops.h>
#include <carousel/tensor/error.h>

namespace carousel::nn {
namespace {

using Kind = Constraint::Kind;

constexpr double kEpsilon = 1e-7;  // Keras adds it to lengths that divide

struct Named {
  const char* name;
  const char* alias;
  Kind kind;
};
constexpr Named kNames[] = {
    {"max_norm", "MaxNorm", Kind::max_norm},
    {"non_neg", "NonNeg", Kind::non_neg},
    {"unit_norm", "UnitNorm", Kind::unit_norm},
    {"min_max_norm", "MinMaxNorm", Kind::min_max_norm},
};

Kind kind_by_name(std::string_view name) {
  for (const Named& each : kNames)
    if (name == each.name || name == each.alias) return each.kind;
  throw ValueError("constraint",
                   fmt::format("'{}' is none of max_norm, non_neg, unit_norm, min_max_norm", name));
}

MinMaxNormOptions defaults(Kind kind) {
  return kind == Kind::max_norm ? MinMaxNormOptions{.max_value = MaxNormOptions{}.max_value}
                                : MinMaxNormOptions{};
}

}  // namespace

Constraint::Constraint(std::string_view name)
    : kind_(kind_by_name(name)), options_(defaults(kind_)) {}

Constraint::Constraint(std::string name, Function function) : kind_(Kind::custom) {
  if (!function)
    throw ValueError("constraint", fmt::format("the constraint \"{}\" has no function", name));
  custom_ = std::make_shared<const Custom>(Custom{std::move(name), std::move(function)});
}

Constraint::Constraint(Kind kind, MinMaxNormOptions options)
    : kind_(kind), options_(std::move(options)) {
  if (!(options_.min_value >= 0 && options_.min_value <= options_.max_value) ||
      std::isinf(options_.min_value))
    throw ValueError(name().c_str(), fmt::format("needs 0 <= min_value <= max_value, got {} and {}",
                                                 options_.min_value, options_.max_value));
  if (!(options_.rate >= 0 && options_.rate <= 1))
    throw ValueError(name().c_str(), fmt::format("rate must be in [0, 1], got {}", options_.rate));
}

std::string Constraint::name() const {
  for (const Named& each : kNames)
    if (each.kind == kind_) return each.name;
  return custom_ ? custom_->name : "none";
}

Tensor Constraint::operator()(const Tensor& x) const {
  if (kind_ == Kind::none) throw ValueError("constraint", "none was given");
  if (kind_ == Kind::custom) return custom_->function(x);
  if (kind_ == Kind::non_neg) return relu(x);
  const Tensor length = norm(x, 2, options_.axis, true);
  if (kind_ == Kind::unit_norm) return x / (length + kEpsilon);
  const double least = kind_ == Kind::max_norm ? 0 : options_.min_value;
  const Tensor bounded = clip(length, least, options_.max_value);
  const Tensor wanted =
      options_.rate == 1 ? bounded : bounded * options_.rate + length * (1 - options_.rate);
  return x * (wanted / (length + kEpsilon));
}

}  // namespace carousel::nn
