// Functional models as JSON, and back:
//
//   {"name": "model", "inputs": [{"name": "x", "shape": [10, 1], "dtype": "f32"}],
//    "layers": [{"name": "lstm", "type": "LSTM", "config": {...}, "calls": [[["x", 0, 0]]]}],
//    "outputs": [["lstm", 0, 0]]}
//
// A connection is [layer, call of it, output of that]; each of a layer's calls lists its inputs.
#include <fmt/format.h>

#include <map>

#include <nlohmann/json.hpp>

#include <carousel/nn/graph.h>
#include <carousel/nn/make_layer.h>
#include <carousel/nn/model.h>

namespace carousel::nn {
namespace {

using Json = nlohmann::json;

DType dtype_called(const std::string& name) {
  for (int i = 0; i < kDTypeCount; ++i)
    if (name == to_string(static_cast<DType>(i))) return static_cast<DType>(i);
  throw FormatError("model", fmt::format("no dtype is called '{}'", name));
}

// Makes the symbols of a configuration: of each layer's call when something asks for it.
class GraphReader {
 public:
  explicit GraphReader(const Json& config) {
    for (const Json& each : config.at("inputs")) {
      const Input input({.shape = each.at("shape").get<std::vector<std::int64_t>>(),
                         .dtype = dtype_called(each.at("dtype").get<std::string>()),
                         .name = each.at("name").get<std::string>()});
      inputs_.push_back(input);
      add(each.at("name").get<std::string>(), {nullptr, {{}}, {Symbols(input)}});
    }
    for (const Json& each : config.at("layers")) {
      const auto name = each.at("name").get<std::string>();
      std::shared_ptr<Module> layer =
          make_layer(each.at("type").get<std::string>(), each.at("config").dump());
      layer->set_name(name);
      const std::vector<Json> calls = each.at("calls");
      add(name, {std::move(layer), calls, std::vector<Symbols>(calls.size())});
      for (std::size_t i = 0; i < calls.size(); ++i) order_.push_back({name, i});
    }
    // As they were written, so that the layers keep their order.
    for (const auto& [name, call] : order_) make(name, call);
    for (const Json& each : config.at("outputs")) outputs_.push_back(symbol(each));
  }

  Symbols inputs() const { return Symbols(inputs_); }
  Symbols outputs() const { return Symbols(outputs_); }

 private:
  struct Entry {
    std::shared_ptr<Module> layer;
    std::vector<Json> calls;
    std::vector<Symbols> made;
  };

  void add(const std::string& name, Entry entry) {
    if (!entries_.emplace(name, std::move(entry)).second)
      throw FormatError("model", fmt::format("there are two layers called '{}'", name));
  }

  Entry& entry(const std::string& name) {
    const auto found = entries_.find(name);
    if (found == entries_.end())
      throw FormatError("model", fmt::format("a connection names '{}', which is no layer", name));
    return found->second;
  }

  Symbol symbol(const Json& connection) {
    const auto name = connection.at(0).get<std::string>();
    const auto call = connection.at(1).get<std::size_t>(),
               output = connection.at(2).get<std::size_t>();
    const Symbols& made = make(name, call);
    if (output >= made.size())
      throw FormatError("model", fmt::format("'{}' has no output {}", name, output));
    return made[output];
  }

  const Symbols& make(const std::string& name, std::size_t call) {
    Entry& at = entry(name);
    if (call >= at.made.size())
      throw FormatError("model", fmt::format("'{}' has no call {}", name, call));
    if (!at.made[call].empty()) return at.made[call];
    check_no_cycle(name, call);
    under_way_.push_back({name, call});
    std::vector<Symbol> inputs;
    for (const Json& each : at.calls[call]) inputs.push_back(symbol(each));
    under_way_.pop_back();
    return at.made[call] = detail::call(at.layer, Symbols(std::move(inputs)));
  }

  // A call that is being made may not be among its own inputs.
  void check_no_cycle(const std::string& name, std::size_t call) const {
    for (auto at = under_way_.begin(); at != under_way_.end(); ++at) {
      if (*at != std::pair(name, call)) continue;
      std::string cycle;
      for (; at != under_way_.end(); ++at) cycle.append(at->first).append(" <- ");
      throw GraphError("model", "the connections make a cycle: " + cycle + name);
    }
  }

  std::map<std::string, Entry> entries_;
  std::vector<Symbol> inputs_, outputs_;
  std::vector<std::pair<std::string, std::size_t>> order_, under_way_;
};

}  // namespace

std::string Model::config() const {
  const auto connection = [&](int slot) {
    const Slot& at = slots_[static_cast<std::size_t>(slot)];
    if (at.part < 0) return Json{slot_name(slot), 0, 0};
    return Json{parts_[static_cast<std::size_t>(at.part)].name, at.call, at.output};
  };
  Json inputs = Json::array(), layers = Json::array(), outputs = Json::array();
  for (const Feed& feed : feeds_)
    inputs.push_back({{"name", feed.name},
                      {"shape", std::vector(feed.sizes.begin() + 1, feed.sizes.end())},
                      {"dtype", to_string(feed.dtype)}});
  for (const Part& part : parts_)
    layers.push_back({{"name", part.name},
                      {"type", detail::registered_type(*part.layer)},
                      {"config", Json::parse(part.layer->config())},
                      {"calls", Json::array()}});
  for (const Step& step : steps_) {
    Json call = Json::array();
    for (const int slot : step.inputs) call.push_back(connection(slot));
    layers[static_cast<std::size_t>(step.part)]["calls"].push_back(std::move(call));
  }
  for (const int slot : outputs_) outputs.push_back(connection(slot));
  return Json{{"name", name()}, {"inputs", inputs}, {"layers", layers}, {"outputs", outputs}}
      .dump();
}

std::unique_ptr<Module> Model::from_config(std::string_view text) {
  const Json config = Json::parse(text);
  const GraphReader graph(config);
  return std::make_unique<Model>(graph.inputs(), graph.outputs(),
                                 ModelOptions{.name = config.at("name").get<std::string>()});
}

}  // namespace carousel::nn
