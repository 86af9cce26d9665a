// rnn_misc_keras.h5: layers inside of layers, cells, stateful layers, an encoder-decoder. Each case
// is built from its JSON, gets its weights by name, and is called in f64 and f32.
#include <set>

#include <carousel/autograd/ops.h>
#include <carousel/autograd/ops/recurrent.h>
#include <carousel/nn/layers.h>
#include <carousel/nn/visitor.h>
#include <tests/parity/runner.h>

namespace carousel::test {
namespace {

using nlohmann::json;

const std::set<std::string> kCells{"LSTMCell", "GRUCell", "SimpleRNNCell"};

// A layer as Keras writes it inside of another one, as ours are written.
json converted(const json& keras) {
  const std::string type = keras.at("class_name");
  json config = keras;
  for (const char* of_keras : {"class_name", "trainable", "quantization_config"})
    config.erase(of_keras);
  if (type == "Bidirectional" && config.at("merge_mode").is_null()) config["merge_mode"] = "none";
  for (const char* inner : {"layer", "backward_layer"})
    if (config.contains(inner)) config[inner] = converted(config[inner]);
  if (type == "Sequential") {
    json layers = json::array();
    for (const json& layer : config.at("layers"))
      if (layer.at("class_name") != "InputLayer") layers.push_back(converted(layer));
    config = {{"name", "model"}, {"layers", layers}};
  }
  return {{"type", type}, {"name", keras.value("name", "")}, {"config", config}};
}

std::unique_ptr<nn::Cell> make_cell(const json& keras) {
  const std::string type = keras.at("class_name");
  if (type == "StackedRNNCells") {
    std::vector<std::unique_ptr<nn::Cell>> cells;
    for (const json& cell : keras.at("cells")) cells.push_back(make_cell(cell));
    return std::make_unique<nn::StackedRNNCells>(std::move(cells));
  }
  json options = keras;
  options.erase("class_name"), options.erase("trainable");
  const auto cell_of = [&]<class C>(std::type_identity<C>) -> std::unique_ptr<nn::Cell> {
    typename C::Options read;
    nn::detail::read_fields(options.dump(),
                            [&](nn::Fields& f) { nn::detail::all_fields(f, read); });
    return std::make_unique<C>(std::move(read));
  };
  if (type == "LSTMCell") return cell_of(std::type_identity<nn::LSTMCell>{});
  if (type == "GRUCell") return cell_of(std::type_identity<nn::GRUCell>{});
  if (type == "SimpleRNNCell") return cell_of(std::type_identity<nn::SimpleRNNCell>{});
  throw NotThere("cell " + type);
}

std::unique_ptr<nn::Module> make(const json& keras) {
  const std::string type = keras.at("class_name");
  if (kCells.contains(type)) return make_cell(keras);
  if (type == "RNN")
    return std::make_unique<nn::RNN>(make_cell(keras.at("cell")),
                                     nn::RNNOptions{.return_sequences = keras["return_sequences"],
                                                    .return_state = keras["return_state"],
                                                    .go_backwards = keras["go_backwards"]});
  const json ours = converted(keras);
  return nn::make_layer(type, ours.at("config").dump());
}

// Puts golden weights in place of a built layer's parameters. What is "forward_layer", "cell_1" or
// the like here has a name of its own in the file, and before "kernel" may stand that of a cell.
class Weights final : public nn::Visitor {
 public:
  Weights(const Call& call, const json& keras) : call_(call), keras_(keras) {}

 private:
  // The configuration of a part of the current layer.
  json part(const std::string& name) const {
    if (name == "forward_layer") return keras_.at("layer");
    if (name.starts_with("cell_")) return keras_.at("cells").at(std::stoul(name.substr(5)));
    if (!keras_.contains("layers")) return keras_.at(name);
    for (const json& layer : keras_["layers"])
      if (layer.at("name") == name) return layer;
    throw NotThere("layer " + name);
  }
  void module(std::string_view name, nn::Module& child) override {
    if (kCells.contains(keras_.at("class_name"))) return child.visit(*this);
    const json inner = part(std::string(name));
    const json outer = std::exchange(keras_, inner);
    const std::string prefix = prefix_;
    prefix_ += inner.at("name").get<std::string>() + ".";
    child.visit(*this);
    prefix_ = prefix, keras_ = outer;
  }
  void tensor(std::string_view name, Tensor& x, nn::Role role) override {
    if (role != nn::Role::parameter) return;
    const std::string end(name);
    for (const auto& [path, golden] : call_.in) {
      if (!path.starts_with(prefix_) || !path.ends_with(end)) continue;
      const std::string between =
          path.substr(prefix_.size(), path.size() - prefix_.size() - end.size());
      if (!between.empty() && !between.ends_with("_cell.")) continue;
      if (golden.shape() != x.shape()) throw NotThere("the shape of " + path);
      x = golden;
      return;
    }
    throw NotThere("weight " + prefix_ + end);
  }

  const Call& call_;
  json keras_;
  std::string prefix_;
};

nn::Value masked(const Call& call, const std::string& x, const std::string& mask) {
  const auto found = call.in.find(mask);
  return nn::Value::masked(call[x], found == call.in.end() ? Tensor() : found->second);
}

// The call's inputs: two batches of a stateful layer, a cell's x and states, or x or ids.
std::vector<nn::Values> calls_of(const Call& call) {
  if (call.in.contains("x1")) return {{masked(call, "x1", "mask1")}, {masked(call, "x2", "mask2")}};
  nn::Values inputs{call.in.contains("ids") ? nn::Value(call["ids"]) : masked(call, "x", "mask")};
  for (const char* state : {"h0", "c0"})
    if (call.in.contains(state)) inputs.emplace_back(call[state]);
  return {inputs};
}

// The names of the outputs, in their order.
std::vector<std::string> names_of(const json& config, const Call& call) {
  if (call.in.contains("x1")) return {"y1", "y2"};
  const json& ctor = config.at("ctor");
  if (config.at("layer") == "RNN") {
    std::vector<std::string> names{"y"};
    for (const json& cell : ctor.at("cell").at("cells")) {
      names.push_back("h_" + cell.at("name").get<std::string>());
      if (cell.at("class_name") == "LSTMCell")
        names.push_back("c_" + cell.at("name").get<std::string>());
    }
    return names;
  }
  return {"y", "h", "c"};
}

Results call_layer(const json& config, const Call& call) {
  json keras = config.at("ctor");
  keras["class_name"] = config.at("layer");
  keras.erase("build_input_shape");
  const auto layer = make(keras);
  const auto inputs = calls_of(call);
  layer->build(inputs[0]);
  Weights weights(call, keras);
  layer->visit(weights);
  nn::Values outputs;
  for (const nn::Values& each : inputs)
    for (const nn::Value& y : (*layer)(each)) outputs.push_back(y);
  Results results;
  const auto names = names_of(config, call);
  for (std::size_t i = 0; i < outputs.size(); ++i) results[names.at(i)] = outputs[i];
  return results;
}

// The one case without a configuration: its note says what it is, its weights how large.
Results call_encoder_decoder(const Call& call) {
  const auto lstm = [&](const std::string& name, const RecurrentOptions& options, const Tensor& x) {
    const std::string cell = name + ".lstm_cell.";
    return carousel::lstm(x, call[cell + "kernel"], call[cell + "recurrent_kernel"],
                          call[cell + "bias"], options);
  };
  const RecurrentResult state = lstm("enc", {.mask = call["mask"]}, call["x"]);
  const Tensor y = lstm("dec", {.initial_h = state.h, .initial_c = state.c}, call["d"]).output;
  return {{"y", softmax(matmul(y, call["out.kernel"]) + call["out.bias"], -1)}};
}

}  // namespace

Difference run_stack_keras(const GoldenCase& golden) {
  const auto forward = [&](const Call& call) {
    return golden.config.contains("layer") ? call_layer(golden.config, call)
                                           : call_encoder_decoder(call);
  };
  Difference worst = compare_case(golden, golden.config, forward, f64, ".f64", kBoundsF64);
  worsen(worst, compare_case(golden, golden.config, forward, f32, "", kBoundsF32));
  return worst;
}

}  // namespace carousel::test
