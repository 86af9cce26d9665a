// Keras' layers: each case is built from its JSON through nn::make_layer, gets its weights by name,
// and is called in f64 and f32. Nothing here knows a case.
#include <carousel/nn/layers/attention.h>
#include <carousel/nn/make_layer.h>
#include <carousel/nn/visitor.h>
#include <carousel/tensor/error.h>
#include <tests/parity/runner.h>

namespace carousel::test {
namespace {

using nlohmann::json;

// Arguments that layers here lack, and their value in cases without what they ask for; null fits
// any value.
const std::map<std::string, json> kWithout{
    {"quantization_config", nullptr}, {"synchronized", false},    {"renorm", false},
    {"renorm_clipping", nullptr},     {"renorm_momentum", 0.99},  {"use_gate", false},
    {"sliding_window", nullptr},      {"flash_attention", false}, {"rms_scaling", false}};

std::unique_ptr<nn::Module> make(const json& config) {
  json ctor = config.at("ctor");
  for (const auto& [name, neutral] : kWithout) {
    const auto found = ctor.find(name);
    if (found == ctor.end()) continue;
    if (*found != neutral) throw NotThere("argument " + name);
    ctor.erase(found);
  }
  const std::string layer = config.at("layer");
  // Keras computes with this one in f32, in f64, too.
  if (layer == "LeakyReLU")
    ctor["negative_slope"] = static_cast<double>(ctor.at("negative_slope").get<float>());
  try {
    return nn::make_layer(layer, ctor.dump());
  } catch (const FormatError& error) {
    throw NotThere(error.what());
  }
}

// Puts the golden weights in place of a built layer's parameters and into its buffers.
class Weights final : public nn::Visitor {
 public:
  explicit Weights(const Call& call) : call_(call) {}

 private:
  std::string path(std::string_view name) const { return prefix_ + std::string(name); }
  void module(std::string_view name, nn::Module& child) override {
    const std::string outer = std::exchange(prefix_, path(name) + ".");
    child.visit(*this);
    prefix_ = outer;
  }
  void tensor(std::string_view name, Tensor& x, nn::Role role) override {
    if (!x.defined() || role == nn::Role::host_buffer) return;
    const Tensor& golden = call_[path(name)];
    if (!(golden.shape() == x.shape()))
      throw ShapeError("parity", path(name) + " has shape " + to_string(x.shape()) + ", golden " +
                                     to_string(golden.shape()));
    x = role == nn::Role::parameter ? golden : golden.detach().clone();
  }

  const Call& call_;
  std::string prefix_;
};

// The buffers after the call.
class After final : public nn::Visitor {
 public:
  explicit After(Results& results) : results_(results) {}

 private:
  void module(std::string_view, nn::Module&) override {}
  void tensor(std::string_view name, Tensor& x, nn::Role role) override {
    if (role == nn::Role::buffer) results_["after/" + std::string(name)] = x;
  }
  Results& results_;
};

bool is_mask(const std::string& name) { return name.ends_with("mask"); }

// The inputs in the order of their names; a mask goes with the first.
nn::Values inputs_of(const GoldenCase& golden, const Call& call) {
  nn::Values inputs;
  if (call.in.contains("query")) {
    inputs = {call["query"], call["value"]};
    if (call.in.contains("key")) inputs.emplace_back(call["key"]);
    return inputs;
  }
  for (const auto& [name, unused] : golden.group("inputs"))
    if (!is_mask(name)) inputs.emplace_back(call[name]);
  if (call.in.contains("mask")) inputs.at(0) = nn::Value::masked(inputs[0], call["mask"]);
  return inputs;
}

Results call_attention(const GoldenCase& golden, nn::AttentionLayer& layer, const Call& call,
                       const nn::Values& inputs, const json& arguments) {
  const auto optional = [&](const char* name) {
    return call.in.contains(name) ? call[name] : Tensor();
  };
  const bool scores = golden.group("outputs").contains("scores");
  const bool causal = arguments.value("use_causal_mask", arguments.value("causal", false));
  const nn::AttentionOutput result =
      layer.run(inputs, {.query_mask = optional("qmask"),
                         .value_mask = optional("vmask"),
                         .attention_mask = optional("attention_mask"),
                         .use_causal_mask = causal,
                         .return_attention_scores = scores});
  return {{"y", result.output}, {"scores", result.scores}};
}

Results call_layer(const GoldenCase& golden, const Call& call) {
  const std::unique_ptr<nn::Module> layer = make(golden.config);
  const nn::Values inputs = inputs_of(golden, call);
  layer->build(inputs);
  Weights weights(call);
  layer->visit(weights);
  const json arguments = golden.config.value("call", json::object());
  layer->train(arguments.value("training", false));
  if (auto* attention = dynamic_cast<nn::AttentionLayer*>(layer.get()))
    return call_attention(golden, *attention, call, inputs, arguments);
  Results results{{"y", inputs.size() == 1 ? (*layer)(inputs[0]) : (*layer)(inputs).at(0)}};
  After after(results);
  layer->visit(after);
  return results;
}

// TensorFlow resizes images in f32 whatever they are; the inputs of batch normalisation were f64,
// of which the file has the rounded numbers.
Bounds bounds_in_f64(const json& config) {
  if (config.at("ctor").value("interpolation", "") == "bilinear") return kBoundsF32;
  if (config.at("layer") == "BatchNormalization") return {3e-7, 3e-7};
  return kBoundsF64;
}

}  // namespace

Difference run_layer_keras(const GoldenCase& golden) {
  const auto forward = [&](const Call& call) { return call_layer(golden, call); };
  Difference worst =
      compare_case(golden, golden.config, forward, f64, ".f64", bounds_in_f64(golden.config));
  worsen(worst, compare_case(golden, golden.config, forward, f32, "", kBoundsF32));
  return worst;
}

}  // namespace carousel::test
