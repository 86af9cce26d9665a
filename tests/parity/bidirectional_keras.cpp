// bidirectional_keras.h5: each case is built from its JSON, gets its weights by name, and is called
// in f64 and f32.
#include <carousel/nn/make_layer.h>
#include <carousel/nn/recurrent/bidirectional.h>
#include <carousel/nn/visitor.h>
#include <tests/parity/runner.h>

namespace carousel::test {
namespace {

using nlohmann::json;

// A recurrent layer as Keras writes it inside of another one.
json layer_config(const json& keras) {
  json config = keras;
  for (const char* of_keras : {"class_name", "name", "trainable"}) config.erase(of_keras);
  return {{"type", keras.at("class_name")}, {"config", config}};
}

std::unique_ptr<nn::Module> make(const json& ctor) {
  const json config{{"merge_mode", ctor.at("merge_mode").is_null() ? "none" : ctor["merge_mode"]},
                    {"layer", layer_config(ctor.at("layer"))},
                    {"backward_layer", layer_config(ctor.at("backward_layer"))}};
  return nn::make_layer("Bidirectional", config.dump());
}

// Puts golden weights in place of a built layer's parameters: "forward_layer" has the name that
// Keras' layer has, and between it and "kernel" stands that of its cell.
class Weights final : public nn::Visitor {
 public:
  Weights(const Call& call, const json& ctor) : call_(call), ctor_(ctor) {}

 private:
  void module(std::string_view name, nn::Module& child) override {
    layer_ = ctor_.at(name == "forward_layer" ? "layer" : "backward_layer").at("name");
    child.visit(*this);
  }
  void tensor(std::string_view name, Tensor& x, nn::Role role) override {
    if (role != nn::Role::parameter) return;
    for (const auto& [path, golden] : call_.in)
      if (path.starts_with(layer_ + ".") && path.ends_with("." + std::string(name))) {
        x = golden;
        return;
      }
    throw NotThere("weight " + layer_ + " " + std::string(name));
  }

  const Call& call_;
  const json& ctor_;
  std::string layer_;
};

nn::Values inputs_of(const Call& call) {
  const auto mask = call.in.find("mask");
  nn::Values inputs{nn::Value::masked(call["x"], mask == call.in.end() ? Tensor() : mask->second)};
  for (const char* state : {"h0_f", "c0_f", "h0_b", "c0_b"})
    if (call.in.contains(state)) inputs.emplace_back(call[state]);
  return inputs;
}

Results call_layer(const json& ctor, const Call& call) {
  const std::unique_ptr<nn::Module> layer = make(ctor);
  const nn::Values inputs = inputs_of(call);
  layer->build(inputs);
  Weights weights(call, ctor);
  layer->visit(weights);
  const nn::Values outputs = (*layer)(inputs);
  std::vector<std::string> names{"y"};
  if (ctor.at("merge_mode").is_null()) names = {"y_f", "y_b"};
  if (ctor.at("layer").at("return_state")) {
    const bool has_c = ctor.at("layer").at("class_name") == "LSTM";
    for (const char* direction : {"_f", "_b"})
      for (const char* state : {"h", "c"})
        if (has_c || *state == 'h') names.push_back(std::string(state) + direction);
  }
  Results results;
  for (std::size_t i = 0; i < names.size(); ++i) results[names[i]] = outputs.at(i);
  return results;
}

}  // namespace

Difference run_bidirectional_keras(const GoldenCase& golden) {
  const json& ctor = golden.config.at("ctor");
  const auto forward = [&](const Call& call) { return call_layer(ctor, call); };
  Difference worst = compare_case(golden, ctor, forward, f64, ".f64", kBoundsF64);
  worsen(worst, compare_case(golden, ctor, forward, f32, "", kBoundsF32));
  return worst;
}

}  // namespace carousel::test
