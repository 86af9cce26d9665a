#include <carousel/nn/activations.h>

#include <charconv>
#include <optional>

#include <fmt/format.h>

#include <carousel/autograd/ops.h>
#include <carousel/nn/check.h>
#include <carousel/tensor/error.h>

namespace carousel::nn {
namespace {

// Those below are Keras' definitions, with its gradients at the corners: 1 on either side of 0
// counts there twice.
Tensor celu(const Tensor& x) { return where(x < 0, 0, x) + expm1(where(x > 0, 0, x)); }

// 0 up to -1, (x + 1)^2 / 4 up to 1, x.
Tensor sparse_plus(const Tensor& x) { return square(clip(x, -1, 1) + 1) * 0.25 + relu(x - 1); }
// Its derivative.
Tensor sparse_sigmoid(const Tensor& x) { return (where(abs(x) < 1, x, sign(x)) + 1) * 0.5; }

// (x + sqrt(x^2 + 4)) / 2, without cancellation below 0.
Tensor squareplus(const Tensor& x) { return maximum(x, 0) + 2 / (sqrt(square(x) + 4) + abs(x)); }

// After Martins and Astudillo, 2016, as Keras computes it: its threshold adds the partial sums of
// the whole support, so a row adds up to 1 only where the support is one element or two that agree.
Tensor sparsemax(const Tensor& x) {
  const Tensor sorted = sort(x, -1, true).values;
  const Tensor sums = cumsum(sorted, -1);
  const Tensor rank = arange(1, x.dim(-1) + 1, 1, {.dtype = x.dtype(), .device = x.device()});
  const Tensor outside = sorted <= (sums - 1) / rank;
  const Tensor count = sum(logical_not(outside), -1, true).to(x.dtype());
  return relu(x - (sum(where(outside, 0, sums), -1, true) - 1) / count);
}

// Exact, but for Keras' root of 1/2, which is an f32 in f64, too.
Tensor gelu_of_keras(const Tensor& x) {
  if (x.dtype() != f64) return gelu(x);
  constexpr double kRoot = 0.707106769084930419921875;
  return x * (erf(x * kRoot) + 1) * 0.5;
}

// Keras' slope is an f32, in f64, too.
Tensor leaky_relu_of_keras(const Tensor& x) { return leaky_relu(x, double{0.2f}); }

struct Named {
  const char* name;
  Tensor (*function)(const Tensor&);
};
constexpr Named kActivations[] = {
    {"linear", nullptr},
    {"tanh", [](const Tensor& x) { return tanh(x); }},
    {"sigmoid", [](const Tensor& x) { return sigmoid(x); }},
    {"relu", [](const Tensor& x) { return relu(x); }},
    {"leaky_relu", leaky_relu_of_keras},
    {"elu", [](const Tensor& x) { return elu(x); }},
    {"selu", [](const Tensor& x) { return selu(x); }},
    {"gelu", gelu_of_keras},
    {"silu", [](const Tensor& x) { return silu(x); }},
    {"swish", [](const Tensor& x) { return silu(x); }},
    {"hard_sigmoid", [](const Tensor& x) { return hard_sigmoid(x); }},
    {"softplus", [](const Tensor& x) { return softplus(x); }},
    {"softsign", [](const Tensor& x) { return softsign(x); }},
    {"exponential", [](const Tensor& x) { return exp(x); }},
    {"celu", celu},
    {"glu", [](const Tensor& x) { return glu(x); }},
    {"hard_shrink", [](const Tensor& x) { return hard_shrink(x); }},
    {"hard_silu", [](const Tensor& x) { return hard_swish(x); }},
    {"hard_tanh", [](const Tensor& x) { return hard_tanh(x); }},
    {"log_sigmoid", [](const Tensor& x) { return log_sigmoid(x); }},
    {"mish", [](const Tensor& x) { return mish(x); }},
    {"relu6", [](const Tensor& x) { return relu6(x); }},
    {"soft_shrink", [](const Tensor& x) { return soft_shrink(x); }},
    {"sparse_plus", sparse_plus},
    {"sparse_sigmoid", sparse_sigmoid},
    {"sparsemax", sparsemax},
    {"squareplus", squareplus},
    {"tanh_shrink", [](const Tensor& x) { return tanh_shrink(x); }},
    {"hard_swish", [](const Tensor& x) { return hard_swish(x); }},
    {"softmax", [](const Tensor& x) { return softmax(x); }},
    {"log_softmax", [](const Tensor& x) { return log_softmax(x); }},
};

// The arguments in "threshold(0.5, 0)"; nothing for another text.
std::optional<ThresholdOptions> threshold_in(std::string_view name) {
  constexpr std::string_view kBegin = "threshold(";
  if (!name.starts_with(kBegin) || !name.ends_with(')')) return {};
  const char *at = name.data() + kBegin.size(), *end = name.data() + name.size() - 1;
  ThresholdOptions o;
  const auto first = std::from_chars(at, end, o.threshold);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != ',') return {};
  const char* next = first.ptr + 1;
  while (next != end && *next == ' ') ++next;
  const auto second = std::from_chars(next, end, o.default_value);
  if (second.ec != std::errc() || second.ptr != end) return {};
  return o;
}

std::string threshold_name(const ThresholdOptions& o) {
  detail::check_finite("threshold", "threshold", o.threshold);
  detail::check_finite("threshold", "default_value", o.default_value);
  return fmt::format("threshold({}, {})", o.threshold, o.default_value);
}

}  // namespace

std::string activation_names() {
  std::string names;
  for (const Named& each : kActivations)
    names += fmt::format("{}{}", names.empty() ? "" : ", ", each.name);
  return names;
}

ActivationFunction::ActivationFunction(std::string_view name) : name_(name) {
  for (const Named& each : kActivations)
    if (name == each.name) {
      if (each.function) function_ = each.function;
      return;
    }
  if (const auto o = threshold_in(name)) {
    name_ = threshold_name(*o);
    function_ = [o](const Tensor& x) { return threshold(x, o->threshold, o->default_value); };
    return;
  }
  if (name == "threshold")
    throw ValueError("activation",
                     "threshold needs arguments: nn::Threshold{{.threshold = 0.5, .default_value = "
                     "0}}, or \"threshold(0.5, 0)\"");
  throw ValueError("activation", fmt::format("'{}' is none of {}", name, activation_names()));
}

Threshold::Threshold(const ThresholdOptions& options)
    : ActivationFunction(threshold_name(options)) {}

carousel::Activation ActivationFunction::recurrent(const char* op) const {
  return activation_from(name_, op);
}

}  // namespace carousel::nn
