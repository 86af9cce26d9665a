// losses_keras.h5: each case's loss is built from its config, in f64 and f32.
#include <carousel/nn/losses.h>
#include <carousel/tensor/error.h>
#include <tests/parity/runner.h>

namespace carousel::test {
namespace {

using Json = nlohmann::json;

double number(const Json& ctor, const char* name, double otherwise) {
  return ctor.value(name, otherwise);
}

Axes axes(const Json& ctor) {
  const auto found = ctor.find("axis");
  if (found == ctor.end() || found->is_null()) return {};
  if (found->is_number()) return found->get<int>();
  return Axes(std::span<const int>(found->get<std::vector<int>>()));
}

// The loss that a name alone gives, with the arguments of the constructor.
nn::Loss loss_of(const std::string& name, const Json& ctor) {
  const nn::Loss plain = [&] {
    try {
      return nn::Loss(name);
    } catch (const ValueError&) {
      throw NotThere("no loss " + name);
    }
  }();
  nn::LossArguments a = plain.arguments();
  a.from_logits = ctor.value("from_logits", a.from_logits);
  a.flag = ctor.value("apply_class_balancing", ctor.value("remove_diagonal", a.flag));
  a.label_smoothing = number(ctor, "label_smoothing", a.label_smoothing);
  for (const char* key : {"alpha", "delta", "margin", "q"}) a.alpha = number(ctor, key, a.alpha);
  a.beta = number(ctor, "beta", a.beta);
  a.gamma = number(ctor, "gamma", a.gamma);
  if (const auto ignored = ctor.find("ignore_class"); ignored != ctor.end())
    a.ignore_class = ignored->get<std::int64_t>();
  a.axes = axes(ctor);
  if (ctor.contains("axis") && ctor.at("axis").is_number()) a.axis = ctor.at("axis").get<int>();
  a.reduction = nn::loss_reduction(ctor.value("reduction", "sum_over_batch_size"));
  return {plain.kind(), a};
}

Results loss(const Call& call) {
  const auto optional = [&](const char* name) {
    const auto found = call.in.find(name);
    return found == call.in.end() ? Tensor() : found->second;
  };
  const nn::Loss rule = loss_of(call.args.at("loss"), call.args.at("ctor"));
  const nn::Value prediction = nn::Value::masked(call["y_pred"], optional("mask"));
  return {{"loss", rule(prediction, call["y_true"], optional("sample_weight"))}};
}

// In f64 Keras has log 2 rounded to f32, and the predictions of Poisson and of logarithms (|x| +
// 0.1 in f64) are rounded to f32 in the file only. docs/decisions.md has the numbers.
Bounds bounds_of(const std::string& name) {
  if (name == "CTC") return {5e-7, 5e-7};  // TensorFlow's is computed in f32
  if (name == "LogCosh") return {1e-8, 1e-8};
  if (name == "Poisson" || name == "MeanSquaredLogarithmicError") return {1e-7, 1e-7};
  return kBoundsF64;
}

}  // namespace

Difference run_loss_keras(const GoldenCase& golden) {
  const Bounds bounds = bounds_of(golden.config.at("loss"));
  Difference worst = compare_case(golden, golden.config, loss, f64, ".f64", bounds);
  worsen(worst, compare_case(golden, golden.config, loss, f32, "", kBoundsF32));
  return worst;
}

}  // namespace carousel::test
