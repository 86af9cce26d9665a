// What parameters are brought back to after each step of an optimizer, with Keras' names and
// formulas.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <carousel/tensor/tensor.h>

namespace carousel::nn {

struct MaxNormOptions {
  double max_value = 2;
  Axes axis = 0;  // norms are taken over these: of a kernel (in, out) one a unit
};
struct UnitNormOptions {
  Axes axis = 0;
};
struct MinMaxNormOptions {
  double min_value = 0, max_value = 1;
  double rate = 1;  // how far towards the bound a step goes, in [0, 1]
  Axes axis = 0;
};

// A rule by name or as one of the objects below, or a function of yours; a small value. None where
// default-constructed.
//
//   nn::Dense{{.units = 8, .kernel_constraint = nn::MaxNorm{{.max_value = 3}}}}
class Constraint {
 public:
  enum class Kind : unsigned char { none, max_norm, non_neg, unit_norm, min_max_norm, custom };
  using Function = std::function<Tensor(const Tensor& x)>;  // to x's shape

  Constraint() = default;
  // "max_norm", "non_neg", "unit_norm", "min_max_norm" with Keras' defaults; ValueError.
  Constraint(std::string_view name);                                    // NOLINT
  Constraint(const char* name) : Constraint(std::string_view(name)) {}  // NOLINT
  Constraint(std::string name, Function function);
  // ValueError: norms that are negative or in the wrong order, a rate outside [0, 1].
  Constraint(Kind kind, MinMaxNormOptions options);

  bool defined() const { return kind_ != Kind::none; }
  // The nearest allowed values, or a step towards them. IndexError for an axis that x lacks.
  Tensor operator()(const Tensor& x) const;

  Kind kind() const { return kind_; }
  const MinMaxNormOptions& options() const { return options_; }
  // "max_norm", ..., one's own or "none".
  std::string name() const;

 private:
  struct Custom {
    std::string name;
    Function function;
  };

  Kind kind_ = Kind::none;
  MinMaxNormOptions options_;
  std::shared_ptr<const Custom> custom_;
};

// Vectors longer than max_value are shortened to it.
struct MaxNorm : Constraint {
  explicit MaxNorm(MaxNormOptions options = {})
      : Constraint(Kind::max_norm, {.max_value = options.max_value, .axis = options.axis}) {}
};
// Negative elements become 0.
struct NonNeg : Constraint {
  NonNeg() : Constraint(Kind::non_neg, {}) {}
};
// Every vector gets length 1; zeros stay.
struct UnitNorm : Constraint {
  explicit UnitNorm(UnitNormOptions options = {})
      : Constraint(Kind::unit_norm, {.axis = options.axis}) {}
};
// Lengths go to rate clip(length, min_value, max_value) + (1 - rate) length.
struct MinMaxNorm : Constraint {
  explicit MinMaxNorm(MinMaxNormOptions options = {}) : Constraint(Kind::min_max_norm, options) {}
};

}  // namespace carousel::nn
