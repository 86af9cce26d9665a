#include <carousel/nn/losses.h>

#include <carousel/autograd/ops.h>
#include <carousel/tensor/error.h>
#include <fmt/format.h>

#include <limits>

namespace carousel::nn {
namespace {

constexpr double kEpsilon = 1e-7;  // Keras clips probabilities by this
constexpr std::int64_t kIgnoreNothing = std::numeric_limits<std::int64_t>::min();

struct Named {
  const char* name;
  const char* alias;
  Loss::Kind kind;
};
constexpr Named kNames[] = {
    {"mean_squared_error", "mse", Loss::Kind::mse},
    {"mean_absolute_error", "mae", Loss::Kind::mae},
    {"huber", "huber_loss", Loss::Kind::huber},
    {"binary_crossentropy", "bce", Loss::Kind::binary},
    {"categorical_crossentropy", "categorical_crossentropy", Loss::Kind::categorical},
    {"sparse_categorical_crossentropy", "sparse_categorical_crossentropy", Loss::Kind::sparse},
};

Loss::Kind kind_by_name(std::string_view name) {
  std::string known;
  for (const Named& each : kNames) {
    if (name == each.name || name == each.alias) return each.kind;
    known += std::string(known.empty() ? "" : ", ") + each.name;
  }
  throw ValueError("compile", fmt::format("no loss is called \"{}\"; there are {}", name, known));
}

Tensor categorical(const Tensor& prediction, const Tensor& target, bool from_logits) {
  if (!(prediction.shape() == target.shape()))
    throw ShapeError("categorical_crossentropy",
                     "prediction " + to_string(prediction.shape()) + " and target " +
                         to_string(target.shape()) +
                         " differ in shape; integer labels want sparse_categorical_crossentropy");
  if (from_logits) return -sum(target * log_softmax(prediction, -1), -1);
  const Tensor shares = prediction / sum(prediction, -1, true);
  return -sum(target * log(clip(shares, kEpsilon, 1 - kEpsilon)), -1);
}

// Of probabilities: the logarithm of the clipped ones are logits.
Tensor sparse(const Tensor& prediction, const Tensor& target, bool from_logits,
              Reduction reduction) {
  const Tensor logits = from_logits ? prediction : log(clip(prediction, kEpsilon, 1 - kEpsilon));
  return cross_entropy(logits, detail::fit_labels(prediction, target), reduction, kIgnoreNothing);
}

Tensor binary(const Tensor& prediction, const Tensor& target, bool from_logits,
              Reduction reduction) {
  return from_logits ? binary_cross_entropy_with_logits(prediction, target, reduction)
                     : binary_cross_entropy(prediction, target, reduction, kEpsilon);
}

}  // namespace

Tensor detail::fit_target(const Tensor& prediction, const Tensor& target) {
  Tensor y = is_floating(target.dtype()) ? target : target.to(prediction.dtype());
  const int more = prediction.rank() - y.rank();
  if (more == 1 && prediction.dim(-1) == 1) return y.unsqueeze(-1);
  if (more == -1 && y.dim(-1) == 1) return y.squeeze(-1);
  return y;
}

Tensor detail::fit_labels(const Tensor& prediction, const Tensor& target) {
  const Tensor labels = is_integer(target.dtype()) ? target : target.to(i64);
  return labels.rank() == prediction.rank() && labels.rank() > 0 && labels.dim(-1) == 1
             ? labels.squeeze(-1)
             : labels;
}

Tensor detail::fit_mask(const Tensor& values, const Tensor& mask) {
  Tensor fitted = mask;
  while (fitted.rank() < values.rank()) fitted = fitted.unsqueeze(-1);
  if (!(fitted.rank() == values.rank()))
    throw ShapeError("loss", "mask " + to_string(mask.shape()) + " does not fit values " +
                                 to_string(values.shape()));
  return fitted.to(values.dtype()).expand(values.shape());
}

Loss::Loss(std::string_view name) : kind_(kind_by_name(name)) {}

Loss::Loss(std::string name, Function function) : kind_(Kind::custom) {
  custom_ = std::make_shared<const Custom>(Custom{std::move(name), std::move(function)});
}

Huber::Huber(HuberOptions options) : Loss(Kind::huber, false, options.delta) {
  if (!(options.delta > 0))
    throw ValueError("Huber", fmt::format("delta must be positive, got {}", options.delta));
}

std::string Loss::name() const {
  for (const Named& each : kNames)
    if (each.kind == kind_) return each.name;
  return custom_ ? custom_->name : "none";
}

Tensor Loss::mean_of_all(const Tensor& prediction, const Tensor& target) const {
  switch (kind_) {
    case Kind::mse:
      return carousel::mse(prediction, detail::fit_target(prediction, target));
    case Kind::mae:
      return carousel::mae(prediction, detail::fit_target(prediction, target));
    case Kind::huber:
      return carousel::huber(prediction, detail::fit_target(prediction, target), delta_);
    case Kind::binary:
      return binary(prediction, detail::fit_target(prediction, target), from_logits_,
                    Reduction::mean);
    case Kind::sparse:
      return sparse(prediction, target, from_logits_, Reduction::mean);
    default:
      return mean(per_position(prediction, target));
  }
}

Tensor Loss::per_position(const Tensor& prediction, const Tensor& target) const {
  if (kind_ == Kind::none) throw ValueError("loss", "no loss was given");
  if (kind_ == Kind::custom) return custom_->function(prediction, target);
  if (kind_ == Kind::sparse) return sparse(prediction, target, from_logits_, Reduction::none);
  const Tensor y = detail::fit_target(prediction, target);
  if (kind_ == Kind::categorical) return categorical(prediction, y, from_logits_);
  const Tensor values = kind_ == Kind::mse   ? carousel::mse(prediction, y, Reduction::none)
                        : kind_ == Kind::mae ? carousel::mae(prediction, y, Reduction::none)
                        : kind_ == Kind::huber
                            ? carousel::huber(prediction, y, delta_, Reduction::none)
                            : binary(prediction, y, from_logits_, Reduction::none);
  return values.rank() < 2 ? values : mean(values, -1);
}

Tensor Loss::operator()(const Value& prediction, const Tensor& target) const {
  if (!prediction.mask.defined()) return mean_of_all(prediction, target);
  const Tensor values = per_position(prediction, target);
  const Tensor weights = detail::fit_mask(values, prediction.mask);
  return sum(values * weights) / sum(weights);
}

}  // namespace carousel::nn
