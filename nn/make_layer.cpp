#include <carousel/nn/make_layer.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <carousel/nn/layers.h>

namespace carousel::nn {
namespace {

using Json = nlohmann::json;

template <class L>
std::unique_ptr<Module> read(std::string_view config) {
  typename L::Options options;
  detail::read_fields(config, [&](Fields& f) { detail::all_fields(f, options); });
  return std::make_unique<L>(std::move(options));
}

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

struct Entry {
  const char* type;
  std::unique_ptr<Module> (*read)(std::string_view config);
};
// One line a layer.
constexpr Entry kLayers[] = {
    {"Activation", read<Activation>},              //
    {"Dense", read<Dense>},                        //
    {"Dropout", read<Dropout>},                    //
    {"Embedding", read<Embedding>},                //
    {"Flatten", read<Flatten>},                    //
    {"GRU", read<GRU>},                            //
    {"LSTM", read<LSTM>},                          //
    {"Reshape", read<Reshape>},                    //
    {"AlphaDropout", read<AlphaDropout>},          //
    {"Cropping1D", read<Cropping1D>},              //
    {"Cropping2D", read<Cropping2D>},              //
    {"ELU", read<ELU>},                            //
    {"EinsumDense", read<EinsumDense>},            //
    {"GaussianDropout", read<GaussianDropout>},    //
    {"GaussianNoise", read<GaussianNoise>},        //
    {"LeakyReLU", read<LeakyReLU>},                //
    {"PReLU", read<PReLU>},                        //
    {"Permute", read<Permute>},                    //
    {"ReLU", read<ReLU>},                          //
    {"RepeatVector", read<RepeatVector>},          //
    {"Softmax", read<Softmax>},                    //
    {"SpatialDropout1D", read<SpatialDropout1D>},  //
    {"UpSampling1D", read<UpSampling1D>},          //
    {"UpSampling2D", read<UpSampling2D>},          //
    {"ZeroPadding1D", read<ZeroPadding1D>},        //
    {"ZeroPadding2D", read<ZeroPadding2D>},        //
    {"Sequential", read_sequential},               //
    {"SimpleRNN", read<SimpleRNN>},                //
};

const Entry& entry_of(std::string_view type) {
  std::string known;
  for (const Entry& entry : kLayers) {
    if (type == entry.type) return entry;
    known += (known.empty() ? "" : ", ") + std::string(entry.type);
  }
  throw FormatError("make_layer", fmt::format("'{}' is none of {}", type, known));
}

}  // namespace

std::unique_ptr<Module> make_layer(std::string_view type, std::string_view config) {
  const Entry& entry = entry_of(type);
  try {
    return entry.read(config);
  } catch (const Json::exception& error) {
    throw FormatError("make_layer", fmt::format("the configuration of {}: {}", type, error.what()));
  }
}

std::string Sequential::config() const {
  Json layers = Json::array();
  for (const Entry& each : layers_)
    layers.push_back({{"type", each.layer->type_name()},
                      {"name", each.name},
                      {"config", Json::parse(each.layer->config())}});
  return Json{{"name", name()}, {"layers", layers}}.dump();
}

}  // namespace carousel::nn
