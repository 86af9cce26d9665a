// A loss: a rule that gives a number for each position, and how these become one.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <carousel/nn/value.h>
#include <carousel/tensor/tensor.h>

namespace carousel::nn {

// How the values of all positions become one, as in Keras.
enum class LossReduction : unsigned char {
  sum_over_batch_size,      // the mean; with a mask over the positions where it is true
  mean,                     // the same
  sum,                      //
  mean_with_sample_weight,  // divided by the sum of the weights as they are given
  none                      // they stay
};
// By name; ValueError.
LossReduction loss_reduction(std::string_view name);

// The arguments of all rules; each uses its own.
struct LossArguments {
  bool from_logits = false;
  // apply_class_balancing, remove_diagonal
  bool flag = false;
  double label_smoothing = 0;
  // alpha; delta of huber, margin of circle, q of the generalised cross-entropy
  double alpha = 0;
  double beta = 0, gamma = 0;
  int axis = -1;
  Axes axes = {};  // of the overlaps: all
  std::optional<std::int64_t> ignore_class = {};
  LossReduction reduction = LossReduction::sum_over_batch_size;
};

// A loss by name, as one of the objects of nn/losses.h, or a function of yours. A small value.
//
//   Tensor loss = nn::mse(model(x), y);
//   model.compile({.loss = "mse"});  .loss = nn::Huber{{.delta = 2}};
//   .loss = nn::Loss("cubic", [](const Tensor& prediction, const Tensor& target) { ... });
//
// As in Keras: the mean over all elements (of cross-entropies over classes: over all rows), with a
// mask on the prediction over the positions where it is true. A target of one axis less, or more,
// gets it where its size is 1; integers and booleans take the prediction's dtype.
class Loss {
 public:
  // prediction, target -> a value for each position: the shape without the last axis.
  using Function = std::function<Tensor(const Tensor& prediction, const Tensor& target)>;
  enum class Kind : unsigned char {
    none,
    mse,
    mae,
    mape,
    msle,
    huber,
    log_cosh,
    cosine_similarity,
    poisson,
    kl_divergence,
    hinge,
    squared_hinge,
    categorical_hinge,
    binary,
    binary_focal,
    categorical,
    categorical_focal,
    categorical_generalized,
    sparse,
    dice,
    tversky,
    circle,
    ctc,
    crossentropy,  // binary, categorical or sparse, as prediction and target have it
    custom
  };

  constexpr Loss() noexcept = default;
  // Keras' names ("mean_squared_error") and short ones ("mse", "MSE"), its classes'
  // ("MeanSquaredError"), with default arguments; ValueError for another. "crossentropy" or "ce" is
  // binary for predictions of one column, sparse for targets of one axis less or one column, else
  // categorical.
  Loss(std::string_view name);                              // NOLINT
  Loss(const char* name) : Loss(std::string_view(name)) {}  // NOLINT
  Loss(std::string name, Function function);
  constexpr explicit Loss(Kind kind) noexcept : Loss(kind, defaults_of(kind)) {}
  constexpr Loss(Kind kind, const LossArguments& arguments) noexcept
      : kind_(kind), arguments_(arguments) {}
  // The same under another name; nothing: its own.
  Loss(Kind kind, const LossArguments& arguments, std::string name);

  // A scalar, but for LossReduction::none. `sample_weight` fits the values' leading axes: (batch,)
  // or (batch, time); a mask on the prediction counts as weights of 0 and 1. ShapeError,
  // DTypeError, ValueError; IndexError for a label outside the classes.
  Tensor operator()(const Value& prediction, const Tensor& target,
                    const Tensor& sample_weight = {}) const;
  // Before the reduction: (batch, ...) without the last axis.
  Tensor per_position(const Value& prediction, const Tensor& target) const;

  std::string name() const;
  bool defined() const { return kind_ != Kind::none; }
  Kind kind() const { return kind_; }
  const LossArguments& arguments() const { return arguments_; }

 private:
  struct Custom {
    std::string name;
    Function function;  // of kind custom only
  };

  static constexpr LossArguments defaults_of(Kind kind) noexcept {
    LossArguments a;
    if (kind == Kind::huber) a.alpha = 1;
    if (kind == Kind::binary_focal || kind == Kind::categorical_focal) a.alpha = 0.25, a.gamma = 2;
    if (kind == Kind::categorical_generalized) a.alpha = 0.5;
    if (kind == Kind::tversky) a.alpha = 0.5, a.beta = 0.5;
    if (kind == Kind::circle) a.gamma = 80, a.alpha = 0.4, a.flag = true;
    return a;
  }
  // Of kind crossentropy the one that is meant; others as they are.
  Loss chosen(const Tensor& prediction, const Tensor& target) const;
  // In one operation where there is one; undefined where there is none.
  Tensor mean_of_all(const Tensor& prediction, const Tensor& target) const;
  // Which of the values count; undefined: all.
  Tensor mask_of(const Value& prediction, const Tensor& target, const Tensor& values) const;

  Kind kind_ = Kind::none;
  LossArguments arguments_ = {};
  std::shared_ptr<const Custom> custom_;
};

}  // namespace carousel::nn
