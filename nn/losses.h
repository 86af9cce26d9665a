// What training minimises.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <carousel/nn/value.h>
#include <carousel/tensor/tensor.h>

namespace carousel::nn {

struct CrossentropyOptions {
  bool from_logits = false;
};
struct HuberOptions {
  double delta = 1;
};

// A loss by name, as one of the objects below, or a function of yours. A small value.
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
  enum class Kind : unsigned char { none, mse, mae, huber, binary, categorical, sparse, custom };

  constexpr Loss() noexcept = default;
  // "mse" and "mean_squared_error", "mae" and "mean_absolute_error", "huber",
  // "binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy";
  // ValueError for another name.
  Loss(std::string_view name);                              // NOLINT
  Loss(const char* name) : Loss(std::string_view(name)) {}  // NOLINT
  Loss(std::string name, Function function);
  constexpr explicit Loss(Kind kind, bool from_logits = false, double delta = 1) noexcept
      : kind_(kind), from_logits_(from_logits), delta_(delta) {}

  // A scalar. ShapeError, DTypeError; IndexError for a label outside the classes.
  Tensor operator()(const Value& prediction, const Tensor& target) const;
  // Before the mean: (batch, ...) without the last axis.
  Tensor per_position(const Tensor& prediction, const Tensor& target) const;

  std::string name() const;
  bool defined() const { return kind_ != Kind::none; }

 private:
  struct Custom {
    std::string name;
    Function function;
  };
  Tensor mean_of_all(const Tensor& prediction, const Tensor& target) const;

  Kind kind_ = Kind::none;
  bool from_logits_ = false;
  double delta_ = 1;
  std::shared_ptr<const Custom> custom_;
};

inline constinit const Loss mse{Loss::Kind::mse};
inline constinit const Loss mae{Loss::Kind::mae};
inline constinit const Loss huber{Loss::Kind::huber};
inline constinit const Loss binary_crossentropy{Loss::Kind::binary};
inline constinit const Loss categorical_crossentropy{Loss::Kind::categorical};
inline constinit const Loss sparse_categorical_crossentropy{Loss::Kind::sparse};

// With options. Huber: ValueError for a delta that is not positive.
struct Huber : Loss {
  explicit Huber(HuberOptions options = {});
};
struct BinaryCrossentropy : Loss {
  explicit BinaryCrossentropy(CrossentropyOptions options = {})
      : Loss(Kind::binary, options.from_logits) {}
};
struct CategoricalCrossentropy : Loss {
  explicit CategoricalCrossentropy(CrossentropyOptions options = {})
      : Loss(Kind::categorical, options.from_logits) {}
};
struct SparseCategoricalCrossentropy : Loss {
  explicit SparseCategoricalCrossentropy(CrossentropyOptions options = {})
      : Loss(Kind::sparse, options.from_logits) {}
};

namespace detail {
// The target beside this prediction, as Loss says: its rank and dtype made to fit.
Tensor fit_target(const Tensor& prediction, const Tensor& target);
// Integer labels without the last axis of size 1.
Tensor fit_labels(const Tensor& prediction, const Tensor& target);
// mask (batch, time) for values of this shape, in their dtype. ShapeError.
Tensor fit_mask(const Tensor& values, const Tensor& mask);
}  // namespace detail

}  // namespace carousel::nn
