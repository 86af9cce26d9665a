// The base of the library's layers.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <carousel/nn/fields.h>
#include <carousel/nn/module.h>

namespace carousel::nn {

// A module made from an options struct, of which `void fields(Fields&, O&)` beside it tells the
// fields; each has `name` and `input_shape` (without the batch).
template <class O>
class Layer : public Module {
 public:
  using Options = O;
  std::string config() const override { return detail::config_of(options_); }
  const O& options() const { return options_; }

 protected:
  explicit Layer(O options) : options_(std::move(options)) { set_name(options_.name); }
  std::vector<std::int64_t> promised_input_shape() const override { return options_.input_shape; }

  O options_;
};

}  // namespace carousel::nn
