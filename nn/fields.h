// How options show their fields, for configurations.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <carousel/nn/activations.h>
#include <carousel/nn/constraints.h>
#include <carousel/nn/init.h>
#include <carousel/nn/regularizers.h>
#include <carousel/nn/sizes.h>
#include <carousel/tensor/axes.h>

namespace carousel::nn {

// Passed to `void fields(Fields&, SomeOptions&)`, which names each field once; one visitor writes
// them as JSON, another reads them:
//
//   void fields(Fields& f, DenseOptions& o) { f("units", o.units), f("activation", o.activation); }
class Fields {
 public:
  using Field =
      std::variant<bool*, std::int64_t*, double*, std::string*, std::vector<std::int64_t>*,
                   std::vector<double>*, std::optional<std::int64_t>*,
                   std::optional<std::uint64_t>*, std::optional<double>*, Axes*, Size2D*, Size3D*,
                   Margin*, Margins2D*, std::optional<Size2D>*, ActivationFunction*, Initializer*,
                   Regularizer*, Constraint*>;

  virtual ~Fields() = default;
  template <class T>
  void operator()(const char* name, T& value) {
    field(name, Field(&value));
  }

 private:
  virtual void field(const char* name, const Field& value) = 0;
};

namespace detail {

// A JSON object of the fields that visit(f, of) names, the last value of each; GraphError for a
// function without a name. No std::function, which every layer's header would pay for.
std::string write_fields(void (*visit)(Fields& f, void* of), void* of);
// The other way. What the JSON lacks keeps its value, so that a file from before an option was
// there still loads; FormatError for a field that no option has, or a value that does not fit.
void read_fields(std::string_view json, const std::function<void(Fields&)>& visit);

template <class Options>
void all_fields(Fields& f, Options& options) {
  fields(f, options);
  f("name", options.name);
  if constexpr (requires { options.trainable; }) f("trainable", options.trainable);
  if constexpr (requires { options.input_shape; }) f("input_shape", options.input_shape);
}

// What a layer's config() returns; trainable as it is now.
template <class Options>
std::string config_of(const Options& options, bool trainable) {
  struct Now {
    Options& options;
    bool trainable;
  } now{const_cast<Options&>(options), trainable};  // writing only reads them
  return write_fields(
      [](Fields& f, void* of) {
        Now& o = *static_cast<Now*>(of);
        all_fields(f, o.options);
        if constexpr (requires { o.options.trainable; }) f("trainable", o.trainable);
      },
      &now);
}

}  // namespace detail
}  // namespace carousel::nn
