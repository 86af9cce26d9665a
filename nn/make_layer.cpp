#include <carousel/nn/make_layer.h>

#include <deque>
#include <mutex>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <carousel/nn/layer_list.h>
#include <carousel/nn/layers/time_distributed.h>
#include <carousel/nn/model.h>
#include <carousel/nn/recurrent/bidirectional.h>
#include <carousel/nn/recurrent/cells.h>
#include <carousel/nn/recurrent/gru.h>
#include <carousel/nn/recurrent/lstm.h>
#include <carousel/nn/recurrent/rnn.h>
#include <carousel/nn/recurrent/simple_rnn.h>
#include <carousel/nn/sequential.h>

namespace carousel::nn {
namespace {

using Json = nlohmann::json;

std::unique_ptr<Module> read_sequential(std::string_view text) {
  const Json config = Json::parse(text);
  auto model = std::make_unique<Sequential>();
  model->set_name(config.at("name").get<std::string>());
  for (const Json& each : config.at("layers")) {
    auto layer = make_layer(each.at("type").get<std::string>(), each.at("config").dump());
    layer->set_name(each.at("name").get<std::string>());
    model->add(std::move(layer));
  }
  return model;
}

std::unique_ptr<SequenceLayer> read_sequence_layer(const Json& json) {
  const std::string type = json.at("type").get<std::string>();
  std::unique_ptr<Module> made = make_layer(type, json.at("config").dump());
  auto* layer = dynamic_cast<SequenceLayer*>(made.get());
  if (!layer) throw FormatError("make_layer", fmt::format("'{}' is no recurrent layer", type));
  made.release();  // NOLINT(bugprone-unused-return-value): it is `layer`
  return std::unique_ptr<SequenceLayer>(layer);
}

std::unique_ptr<Module> read_bidirectional(std::string_view text) {
  const Json config = Json::parse(text);
  BidirectionalOptions options{config.value("merge_mode", "concat"), config.value("name", ""), {}};
  if (config.contains("input_shape")) config.at("input_shape").get_to(options.input_shape);
  auto layer = read_sequence_layer(config.at("layer"));
  auto backward = config.contains("backward_layer")
                      ? read_sequence_layer(config.at("backward_layer"))
                      : nullptr;
  return std::make_unique<Bidirectional>(std::move(layer), std::move(backward), std::move(options));
}

std::unique_ptr<Module> read_time_distributed(std::string_view text) {
  const Json config = Json::parse(text);
  const Json& layer = config.at("layer");
  auto made = std::make_unique<TimeDistributed>(
      make_layer(layer.at("type").get<std::string>(), layer.at("config").dump()));
  made->set_name(config.value("name", ""));
  return made;
}

using Entry = detail::ListedLayer;
using detail::listed;
// One line a layer; others stand in nn/layer_list.h's lists.
// clang-format off
constexpr Entry kLayers[] = {
    listed<Bidirectional>("Bidirectional", read_bidirectional),
    listed<GRU>("GRU"),
    listed<GRUCell>("GRUCell"),
    listed<LSTM>("LSTM"),
    listed<LSTMCell>("LSTMCell"),
    listed<Model>("Model", Model::from_config),
    listed<RNN>("RNN", RNN::from_config),
    listed<Sequential>("Sequential", read_sequential),
    listed<SimpleRNN>("SimpleRNN"),
    listed<SimpleRNNCell>("SimpleRNNCell"),
    listed<StackedRNNCells>("StackedRNNCells", StackedRNNCells::from_config),
    listed<TimeDistributed>("TimeDistributed", read_time_distributed),
};
// clang-format on

// Classes of programs that use the library.
struct Registry {
  std::mutex mutex;
  std::deque<detail::LayerClass> classes;  // never moved, never removed
};
Registry& registry() {
  static auto* all = new Registry;
  return *all;
}

// The first class for which `fits` is true; its type is null if there is none.
template <class F>
Entry find_class(const F& fits) {
  for (const auto& list : {detail::plain_layers(), std::span<const Entry>(kLayers),
                           detail::window_layers(), detail::feature_layers()})
    for (const Entry& each : list)
      if (fits(each)) return each;
  const std::lock_guard lock(registry().mutex);
  for (const detail::LayerClass& each : registry().classes)
    if (const Entry known{each.type.c_str(), each.read, each.take, each.holds}; fits(known))
      return known;
  return {};
}

Entry class_called(std::string_view type) {
  std::string known;
  const Entry found = find_class([&](const Entry& each) {
    known += (known.empty() ? "" : ", ") + std::string(each.type);
    return type == each.type;
  });
  if (!found.type)
    throw FormatError("make_layer", fmt::format("'{}' is none of {}, nor registered", type, known));
  return found;
}

}  // namespace

void detail::register_class(LayerClass entry) {
  if (find_class([&](const Entry& each) { return entry.type == each.type; }).type)
    throw ValueError("register_layer", fmt::format("there is a class '{}' already", entry.type));
  const std::lock_guard lock(registry().mutex);
  registry().classes.push_back(std::move(entry));
}

std::string detail::registered_type(const Module& layer) {
  const Entry found = find_class([&](const Entry& each) { return each.holds(layer); });
  if (!found.type)
    throw GraphError("config", fmt::format("{0} is none of the library's layers: "
                                           "nn::register_layer<{0}>(\"{0}\") lets files know it",
                                           layer.type_name()));
  return found.type;
}

std::unique_ptr<Module> detail::take(Module& layer) {
  const Entry found = find_class([&](const Entry& each) { return each.holds(layer); });
  if (!found.type)
    throw GraphError("symbol",
                     fmt::format("{0} is none of the library's layers: call "
                                 "nn::share({0}{{...}}) on symbols, or nn::register_layer<{0}>()",
                                 layer.type_name()));
  return found.take(layer);
}

std::unique_ptr<Module> make_layer(std::string_view type, std::string_view config) {
  const Entry entry = class_called(type);
  try {
    return entry.read(config);
  } catch (const Json::exception& error) {
    throw FormatError("make_layer", fmt::format("the configuration of {}: {}", type, error.what()));
  }
}

std::string Sequential::config() const {
  Json layers = Json::array();
  for (const Entry& each : layers_)
    layers.push_back({{"type", detail::registered_type(*each.layer)},
                      {"name", each.name},
                      {"config", Json::parse(each.layer->config())}});
  return Json{{"name", name()}, {"layers", layers}}.dump();
}

}  // namespace carousel::nn
