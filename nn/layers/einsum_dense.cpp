#include <carousel/nn/layers/einsum_dense.h>

#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <carousel/autograd/ops/linear.h>
#include <carousel/nn/check.h>

namespace carousel::nn {
namespace {

constexpr const char* kOp = "einsum_dense";

[[noreturn]] void refuse(const std::string& equation) {
  throw ValueError(kOp, fmt::format("equation must be 'input,kernel->output' with one letter an "
                                    "axis, as in 'abc,cd->abd'; got '{}'",
                                    equation));
}

// The letters' sizes along `shape`; those that "..." covers are left out. `offset` is where the
// letters behind "..." begin, counted from the end.
void add_sizes(std::map<char, std::int64_t>& sizes, const std::string& axes,
               const std::vector<std::int64_t>& shape, const char* what) {
  const std::size_t dots = axes.find("...");
  const std::size_t letters = dots == std::string::npos ? axes.size() : axes.size() - 3;
  if (dots == std::string::npos ? letters != shape.size() : letters > shape.size())
    throw ShapeError(
        kOp, fmt::format("'{}' does not fit the {} ({})", axes, what, fmt::join(shape, ", ")));
  const auto note = [&](char letter, std::int64_t size) {
    const auto [known, added] = sizes.emplace(letter, size);
    if (known->second < 0) known->second = size;
    if (size >= 0 && known->second != size)
      throw ShapeError(kOp, fmt::format("axis '{}' has size {} in the input, {} in the {}", letter,
                                        known->second, size, what));
  };
  const std::size_t before = dots == std::string::npos ? letters : dots;
  for (std::size_t i = 0; i < before; ++i) note(axes[i], shape[i]);
  for (std::size_t k = 1; k <= letters - before; ++k)
    note(axes[axes.size() - k], shape[shape.size() - k]);
}

}  // namespace

void fields(Fields& f, EinsumDenseOptions& o) {
  f("equation", o.equation), f("output_shape", o.output_shape), f("activation", o.activation);
  f("bias_axes", o.bias_axes), f("kernel_initializer", o.kernel_initializer);
  f("bias_initializer", o.bias_initializer), f("kernel_regularizer", o.kernel_regularizer);
  f("bias_regularizer", o.bias_regularizer), f("activity_regularizer", o.activity_regularizer);
  f("kernel_constraint", o.kernel_constraint), f("bias_constraint", o.bias_constraint);
}

EinsumDense::EinsumDense(EinsumDenseOptions options) : Layer(std::move(options)) {
  set_activity_regularizer(options_.activity_regularizer);
  const std::string& equation = options_.equation;
  const std::size_t comma = equation.find(','), arrow = equation.find("->");
  if (comma == std::string::npos || arrow == std::string::npos || arrow < comma) refuse(equation);
  input_axes_ = equation.substr(0, comma);
  kernel_axes_ = equation.substr(comma + 1, arrow - comma - 1);
  output_axes_ = equation.substr(arrow + 2);
  if (input_axes_.empty() || kernel_axes_.empty() || output_axes_.empty() ||
      kernel_axes_.find('.') != std::string::npos)
    refuse(equation);
  detail::check_open_sizes(kOp, "output_shape", options_.output_shape);
  for (const char axis : options_.bias_axes)
    if (output_axes_.find(axis) == std::string::npos)
      throw ValueError(kOp, fmt::format("bias_axes '{}' are not among the output's, '{}'",
                                        options_.bias_axes, output_axes_));
}

void EinsumDense::make_parameters(const Values& inputs) {
  std::map<char, std::int64_t> sizes;
  const Shape& x = inputs[0].shape();
  add_sizes(sizes, input_axes_, {x.begin(), x.end()}, "input");
  std::vector<std::int64_t> output{-1};
  output.insert(output.end(), options_.output_shape.begin(), options_.output_shape.end());
  add_sizes(sizes, output_axes_, output, "output_shape");
  Shape kernel, bias;
  for (const char axis : kernel_axes_) {
    const auto found = sizes.find(axis);
    if (found == sizes.end() || found->second < 0)
      throw ShapeError(kOp, fmt::format("neither input nor output_shape tell the size of the "
                                        "kernel's axis '{}'",
                                        axis));
    kernel.append(found->second);
  }
  kernel_ = parameter(kernel, options_.kernel_initializer, options_.kernel_regularizer,
                      options_.kernel_constraint);
  if (options_.bias_axes.empty()) return;
  // Sizes of 1 where the bias is the same along an axis behind its first one.
  bool begun = false;
  for (const char axis : output_axes_) {
    const bool has = options_.bias_axes.find(axis) != std::string::npos;
    begun = begun || has;
    if (begun && axis != '.') bias.append(has ? sizes.at(axis) : 1);
  }
  bias_ = parameter(bias, options_.bias_initializer, options_.bias_regularizer,
                    options_.bias_constraint);
}

// Of the axes that the kernel shares with the input.
void EinsumDense::check_input(const Shape& x) const {
  const std::size_t dots = input_axes_.find("...");
  for (std::size_t i = 0; i < input_axes_.size(); ++i) {
    const std::size_t at = kernel_axes_.find(input_axes_[i]);
    if (input_axes_[i] == '.' || at == std::string::npos) continue;
    const auto axis = static_cast<int>(i);
    const int place = dots == std::string::npos || i < dots
                          ? axis
                          : x.rank() + axis - static_cast<int>(input_axes_.size());
    const std::int64_t size = kernel_.dim(static_cast<int>(at));
    if (place < 0 || place >= x.rank() || x[place] != size)
      throw ShapeError(kOp, fmt::format("was built for {} along '{}' of '{}', got shape {}", size,
                                        input_axes_[i], input_axes_, to_string(x)));
  }
}

Value EinsumDense::forward(const Value& x) {
  check_input(x.shape());
  Tensor y = einsum(options_.equation, {x, kernel_});
  if (bias_.defined()) y = y + bias_;
  return Value::masked(options_.activation(y), x.mask);
}

void EinsumDense::visit(Visitor& visitor) {
  visitor("kernel", kernel_);
  if (!options_.bias_axes.empty()) visitor("bias", bias_);
}

}  // namespace carousel::nn
