#include <carousel/autograd/gradcheck.h>

#include <fmt/format.h>

#include <cmath>

#include <carousel/autograd/engine.h>
#include <carousel/autograd/grad_mode.h>
#include <carousel/autograd/ops.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/impl.h>
#include <carousel/tensor/philox.h>

namespace carousel::detail {
namespace {

using Values = std::vector<double>;

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

// Numbers of either sign, none of them near 0, so that no output or element goes unseen.
Values random_values(std::int64_t count, std::uint64_t seed, std::uint64_t stream) {
  Values values(at(count));
  for (std::int64_t i = 0; i < count; ++i) {
    const std::uint64_t z = (seed * 0x9E3779B97F4A7C15u) ^ (stream << 40) ^
                            static_cast<std::uint64_t>(i) * 0xD1342543DE82EF95u;
    const std::uint64_t bits = (z ^ (z >> 29)) * 0xBF58476D1CE4E5B9u;
    const double size = 0.3 + static_cast<double>(bits >> 12) * 0x1p-52;
    values[at(i)] = (bits >> 5 & 1) != 0 ? size : -size;
  }
  return values;
}

Values unit(std::int64_t count, std::int64_t i) {
  Values values(at(count));
  values[at(i)] = 1;
  return values;
}

double dot(const Values& a, const Values& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

std::string place(const Shape& shape, std::int64_t i) {
  std::string text;
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    text = std::to_string(i % shape[axis]) + (text.empty() ? "" : ", ") + text;
    i /= shape[axis];
  }
  return "(" + text + ")";
}

class Check {
 public:
  Check(const char* name, const CheckedFunction& fn, std::span<const Tensor> inputs,
        const GradcheckOptions& options)
      : name_(name), fn_(fn), inputs_(inputs.begin(), inputs.end()), options_(options) {
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      if (!inputs_[i].requires_grad()) continue;
      if (inputs_[i].dtype() != f64)
        throw DTypeError(name_,
                         fmt::format("input {} {} is {}: differences need f64", i,
                                     to_string(inputs_[i].shape()), to_string(inputs_[i].dtype())));
      wanted_.push_back(i);
    }
    if (wanted_.empty()) throw ValueError(name_, "no input wants a gradient");
    outputs_ = fn_(inputs_);
  }

  void run() {
    for (std::size_t k = 0; k < outputs_.size(); ++k) {
      if (!is_floating(outputs_[k].dtype()) || !outputs_[k].requires_grad()) continue;
      for (std::size_t i : wanted_) options_.full ? run_full(i, k) : run_direction(i, k);
    }
  }

 private:
  // d sum(cotangent * output k) / d input i.
  Values analytic(std::size_t k, const Values& cotangent, std::size_t i) const {
    const Tensor& output = outputs_[k];
    const Tensor direction = from_vector<double>(cotangent, output.shape());
    const Tensor gradient =
        grad(output, {inputs_[i]},
             {.cotangents = {direction}, .retain_graph = true, .allow_unused = true})[0];
    if (!gradient.defined()) return Values(at(inputs_[i].numel()));
    if (!(gradient.shape() == inputs_[i].shape()))
      throw NumericError(
          name_, fmt::format("input {} {}: its gradient is {}", i, to_string(inputs_[i].shape()),
                             to_string(gradient.shape())));
    return gradient.to_vector<double>();
  }

  // Output k with input i moved by step * direction.
  Values moved(std::size_t i, const Values& direction, double step, std::size_t k) const {
    std::vector<Tensor> inputs = inputs_;
    Values values = inputs[i].to_vector<double>();
    for (std::size_t e = 0; e < values.size(); ++e) values[e] += step * direction[e];
    inputs[i] = from_vector<double>(values, inputs[i].shape()).set_requires_grad();
    return fn_(inputs)[k].to_vector<double>();
  }
  // d output k along the direction.
  Values numeric(std::size_t i, const Values& direction, std::size_t k) const {
    Values slope = moved(i, direction, options_.eps, k);
    const Values low = moved(i, direction, -options_.eps, k);
    for (std::size_t j = 0; j < slope.size(); ++j)
      slope[j] = (slope[j] - low[j]) / (2 * options_.eps);
    return slope;
  }

  bool close(double got, double wanted) const {
    return std::abs(got - wanted) <= options_.atol + options_.rtol * std::abs(wanted);
  }

  void run_direction(std::size_t i, std::size_t k) const {
    const Values cotangent = random_values(outputs_[k].numel(), options_.seed, 100 + k);
    const Values direction = random_values(inputs_[i].numel(), options_.seed, 200 + i);
    const Values gradient = analytic(k, cotangent, i);
    const double got = dot(gradient, direction), wanted = dot(numeric(i, direction, k), cotangent);
    if (close(got, wanted)) return;
    // Which element is it?
    for (std::int64_t e = 0; e < inputs_[i].numel(); ++e) {
      const double slope = dot(numeric(i, unit(inputs_[i].numel(), e), k), cotangent);
      if (!close(gradient[at(e)], slope))
        fail(fmt::format("{}, output {}", element(i, e), k), gradient[at(e)], slope);
    }
    fail(fmt::format("input {} {}, output {}, along a random direction", i,
                     to_string(inputs_[i].shape()), k),
         got, wanted);
  }

  void run_full(std::size_t i, std::size_t k) const {
    const std::int64_t outputs = outputs_[k].numel(), inputs = inputs_[i].numel();
    std::vector<Values> rows;
    for (std::int64_t j = 0; j < outputs; ++j) rows.push_back(analytic(k, unit(outputs, j), i));
    for (std::int64_t e = 0; e < inputs; ++e) {
      const Values slope = numeric(i, unit(inputs, e), k);
      for (std::int64_t j = 0; j < outputs; ++j)
        if (!close(rows[at(j)][at(e)], slope[at(j)]))
          fail(fmt::format("{}, output {} element {}", element(i, e), k,
                           place(outputs_[k].shape(), j)),
               rows[at(j)][at(e)], slope[at(j)]);
    }
  }

  std::string element(std::size_t i, std::int64_t e) const {
    const Shape& shape = inputs_[i].shape();
    return fmt::format("input {} {}, element {}", i, to_string(shape), place(shape, e));
  }

  [[noreturn]] void fail(const std::string& where, double got, double wanted) const {
    throw NumericError(name_,
                       fmt::format("{}: analytic {:.10g}, numeric {:.10g}", where, got, wanted));
  }

  const char* name_;
  CheckedFunction fn_;
  std::vector<Tensor> inputs_;
  GradcheckOptions options_;
  std::vector<std::size_t> wanted_;
  std::vector<Tensor> outputs_;
};

}  // namespace

void gradcheck(const CheckedFunction& fn, std::span<const Tensor> inputs,
               const GradcheckOptions& options) {
  const EnableGrad guard;
  Check("gradcheck", fn, inputs, options).run();
}

void gradgradcheck(const CheckedFunction& fn, std::span<const Tensor> inputs,
                   const GradcheckOptions& options) {
  const EnableGrad guard;
  // A function of the inputs and the cotangents that gives the gradients.
  std::vector<Tensor> all(inputs.begin(), inputs.end());
  const std::size_t count = all.size();
  std::vector<std::size_t> differentiable;
  const std::vector<Tensor> outputs = fn(all);
  for (std::size_t k = 0; k < outputs.size(); ++k) {
    if (!is_floating(outputs[k].dtype()) || !outputs[k].requires_grad()) continue;
    differentiable.push_back(k);
    const Values cotangent = random_values(outputs[k].numel(), options.seed, 300 + k);
    all.push_back(from_vector<double>(cotangent, outputs[k].shape()).set_requires_grad());
  }
  const auto gradients = [&](const std::vector<Tensor>& given) {
    const std::vector<Tensor> from(given.begin(), given.begin() + static_cast<long>(count));
    std::vector<Tensor> wanted, roots, result;
    for (const Tensor& input : from)
      if (input.requires_grad()) wanted.push_back(input);
    const std::vector<Tensor> y = fn(from);
    for (std::size_t k : differentiable) roots.push_back(y[k]);
    const std::vector<Tensor> cotangents(given.begin() + static_cast<long>(count), given.end());
    for (const Tensor& gradient : grad(
             roots, wanted, {.cotangents = cotangents, .create_graph = true, .allow_unused = true}))
      if (gradient.defined()) result.push_back(gradient);
    return result;
  };
  Check("gradgradcheck", checked_function(gradients), all, options).run();
}

}  // namespace carousel::detail
