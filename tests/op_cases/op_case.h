// The table of operations that tests/ops runs through: values against references, gradients against
// differences, bad input against error texts, other devices against the CPU, and the headers
// autograd/ops/*.h against the table: an operation without a case fails the tests.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <carousel/tensor/error.h>
#include <tests/op_cases/host.h>
#include <tests/op_cases/samples.h>

namespace carousel::test {

using Tensors = std::vector<Tensor>;
using Hosts = std::vector<Host>;

// One result or several.
struct Outputs : Tensors {
  Outputs(Tensor y) : Tensors{std::move(y)} {}               // NOLINT
  Outputs(Tensors several) : Tensors(std::move(several)) {}  // NOLINT
};
struct HostOutputs : Hosts {
  HostOutputs(Host y) : Hosts{std::move(y)} {}               // NOLINT
  HostOutputs(Hosts several) : Hosts(std::move(several)) {}  // NOLINT
};

// A wrong call: what is thrown must be `Type`, and its text begin with `text`.
struct Fault {
  std::string text;
  // The text that was thrown, or what happened in its place.
  std::function<std::string()> call;
};
template <class Type>
Fault fault(std::string text, std::function<void()> wrong) {
  return {std::move(text), [wrong = std::move(wrong)]() -> std::string {
            try {
              wrong();
            } catch (const Type& e) {
              return e.what();
            } catch (const Error& e) {
              return std::string("another type: ") + e.what();
            }
            return "nothing was thrown";
          }};
}

// Constants: the table is read before other static objects exist.
inline constexpr std::initializer_list<DType> kNumbers{f32, f64, i32, i64};

struct OpCase {
  std::string name;          // the function in autograd/ops; "Tensor.sum" for a member
  std::string variant = {};  // one word, if there are several cases of a name
  std::function<Outputs(const Tensors&)> forward = {};
  // The expected outputs, shapes and dtypes from the inputs, in double or wider.
  std::function<HostOutputs(const Hosts&)> reference = {};
  // In place of a reference where the outputs are random: asserts what holds of them.
  std::function<void(const Tensors& inputs, const Tensors& outputs)> check = {};
  std::vector<Sample> samples = {};
  std::vector<DType> dtypes = {f32, f64};
  // Whether shapes alone give the results' shapes.
  bool on_meta = true;
  // How often it can be differentiated: 0, 1 or 2 (and more).
  int derivatives = 2;
  // Of the floating inputs, those without a gradient, by position.
  std::vector<std::size_t> constant = {};
  // The largest error, in units of the dtype's epsilon times the element, or times the largest
  // element where sums may cancel.
  double epsilons = 4;
  bool of_largest = false;
  std::vector<Fault> faults = {};
};

// All families, once.
const std::vector<OpCase>& all_cases();
// Name and variant, unique; what test runners take for a pattern is spelled out.
std::string label(const OpCase& c);

// The families; each in its file.
std::vector<OpCase> activation_cases();
std::vector<OpCase> arithmetic_cases();
std::vector<OpCase> arrange_cases();
std::vector<OpCase> attention_cases();
std::vector<OpCase> blend_cases();
std::vector<OpCase> compare_cases();
std::vector<OpCase> conv_cases();
std::vector<OpCase> create_cases();
std::vector<OpCase> distance_cases();
std::vector<OpCase> grid_cases();
std::vector<OpCase> index_cases();
std::vector<OpCase> linear_cases();
std::vector<OpCase> loss_cases();
std::vector<OpCase> math_cases();
std::vector<OpCase> member_cases();
std::vector<OpCase> moment_cases();
std::vector<OpCase> norm_cases();
std::vector<OpCase> pool_cases();
std::vector<OpCase> random_cases();
std::vector<OpCase> recurrent_cases();
std::vector<OpCase> reduce_cases();
std::vector<OpCase> running_cases();
std::vector<OpCase> scatter_cases();
std::vector<OpCase> search_cases();
std::vector<OpCase> shape_cases();
std::vector<OpCase> sort_cases();
std::vector<OpCase> trigonometry_cases();

}  // namespace carousel::test
