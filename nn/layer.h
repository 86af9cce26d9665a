// The base of the library's layers.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <carousel/nn/fields.h>
#include <carousel/nn/module.h>

namespace carousel::nn {

// A module, or a Base that is one, made from an options struct, of which `void fields(Fields&, O&)`
// beside it tells the fields; each has `name`, and may have `input_shape` (without the batch), an
// `activity_regularizer`, and `trainable`: false for what set_trainable(false) does.
template <class O, class Base = Module>
class Layer : public Base {
 public:
  using Options = O;
  std::string config() const override { return detail::config_of(options_, this->trainable()); }
  const O& options() const { return options_; }

 protected:
  explicit Layer(O options) : options_(std::move(options)) {
    this->set_name(options_.name);
    if constexpr (requires(O o) { o.activity_regularizer; })
      this->set_activity_regularizer(options_.activity_regularizer);
    if constexpr (requires(O o) { o.trainable; }) this->set_trainable(options_.trainable);
  }
  std::vector<std::int64_t> promised_input_shape() const override {
    if constexpr (requires(O o) { o.input_shape; })
      return options_.input_shape;
    else
      return {};
  }

  O options_;
};

}  // namespace carousel::nn
