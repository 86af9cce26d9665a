// What is added to the loss for a parameter's or an output's own sake, with Keras' names and
// formulas.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <carousel/tensor/tensor.h>

namespace carousel::nn {

// A rule by name or as one of the objects below, or a function of yours; a small value. None where
// default-constructed.
//
//   nn::Dense{{.units = 8, .kernel_regularizer = nn::L2{{.l2 = 1e-4}}}}
//
// Layers take it for their parameters (`kernel_regularizer`) and for their output
// (`activity_regularizer`). Sums, not means: as in Keras, they grow with the batch.
class Regularizer {
 public:
  enum class Kind : unsigned char { none, l1_l2, orthogonal_rows, orthogonal_columns, custom };
  using Function = std::function<Tensor(const Tensor& x)>;  // to a scalar

  Regularizer() = default;
  // "l1", "l2", "l1_l2", "orthogonal_regularizer" with Keras' defaults; ValueError.
  Regularizer(std::string_view name);                                     // NOLINT
  Regularizer(const char* name) : Regularizer(std::string_view(name)) {}  // NOLINT
  Regularizer(std::string name, Function function);
  // ValueError for a negative or infinite factor.
  Regularizer(Kind kind, double a, double b);

  bool defined() const { return kind_ != Kind::none; }
  // A scalar of x's dtype. ShapeError where the rule needs a matrix.
  Tensor operator()(const Tensor& x) const;

  Kind kind() const { return kind_; }
  // The arguments: (l1, l2) or (factor, -).
  double a() const { return a_; }
  double b() const { return b_; }
  // "l1_l2", "orthogonal_rows", "orthogonal_columns", one's own or "none".
  std::string name() const;

 private:
  struct Custom {
    std::string name;
    Function function;
  };

  Kind kind_ = Kind::none;
  double a_ = 0, b_ = 0;
  std::shared_ptr<const Custom> custom_;
};

struct L1Options {
  double l1 = 0.01;
};
struct L2Options {
  double l2 = 0.01;
};
struct L1L2Options {
  double l1 = 0, l2 = 0;
};
struct OrthogonalRegularizerOptions {
  double factor = 0.01;
  std::string_view mode = "rows";  // or "columns"
};

// l1 sum |x|.
struct L1 : Regularizer {
  explicit L1(L1Options options = {}) : Regularizer(Kind::l1_l2, options.l1, 0) {}
};
// l2 sum x^2.
struct L2 : Regularizer {
  explicit L2(L2Options options = {}) : Regularizer(Kind::l1_l2, 0, options.l2) {}
};
struct L1L2 : Regularizer {
  explicit L1L2(L1L2Options options = {}) : Regularizer(Kind::l1_l2, options.l1, options.l2) {}
};
// Of a matrix: factor times the mean |cosine| of the angles between different rows or columns.
// ValueError for another mode.
struct OrthogonalRegularizer : Regularizer {
  explicit OrthogonalRegularizer(OrthogonalRegularizerOptions options = {});
};

}  // namespace carousel::nn
