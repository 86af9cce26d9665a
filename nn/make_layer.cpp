#include <carousel/nn/make_layer.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <carousel/nn/layers/dense.h>
#include <carousel/nn/layers/dropout.h>
#include <carousel/nn/layers/embedding.h>
#include <carousel/nn/layers/shaping.h>
#include <carousel/nn/recurrent/lstm.h>
#include <carousel/nn/sequential.h>

namespace carousel::nn {
namespace {

using Json = nlohmann::json;

// Each options struct is described once, by a function that visits its fields by name; one visitor
// writes them, the other reads them.
class Writer {
 public:
  template <class T>
  void operator()(const char* name, const T& value) {
    json_[name] = value;
  }
  void operator()(const char* name, const ActivationFunction& value) {
    if (value.name() == "custom")
      throw GraphError("config",
                       fmt::format("{} is a function of the program's own: it has no name "
                                   "to be written down",
                                   name));
    json_[name] = value.name();
  }
  void operator()(const char* name, const Initializer& value) {
    json_[name] = {{"name", value.name()}, {"a", value.a()}, {"b", value.b()}};
  }
  void operator()(const char* name, const std::optional<std::uint64_t>& value) {
    json_[name] = value ? Json(*value) : Json(nullptr);
  }
  std::string text() const { return json_.dump(); }

 private:
  Json json_ = Json::object();
};

class Reader {
 public:
  explicit Reader(Json json) : json_(std::move(json)) {}
  template <class T>
  void operator()(const char* name, T& value) {
    json_.at(name).get_to(value);
  }
  void operator()(const char* name, ActivationFunction& value) {
    value = ActivationFunction(json_.at(name).get<std::string>());
  }
  void operator()(const char* name, Initializer& value) {
    const Json& json = json_.at(name);
    value = {Initializer(json.at("name").get<std::string>().c_str()).kind(),
             json.at("a").get<double>(), json.at("b").get<double>()};
  }
  void operator()(const char* name, std::optional<std::uint64_t>& value) {
    const Json& json = json_.at(name);
    value.reset();
    if (!json.is_null()) value = json.get<std::uint64_t>();
  }

 private:
  Json json_;
};

template <class V, class O>
void common_fields(V& v, O& o) {
  v("name", o.name), v("input_shape", o.input_shape);
}

// `Options` is const where fields are written.
template <class V, class Options>
void fields(V& v, Options& o) {
  using Plain = std::remove_const_t<Options>;
  if constexpr (std::is_same_v<Plain, DenseOptions>) {
    v("units", o.units), v("activation", o.activation), v("use_bias", o.use_bias);
    v("kernel_initializer", o.kernel_initializer), v("bias_initializer", o.bias_initializer);
  } else if constexpr (std::is_same_v<Plain, LSTMOptions>) {
    v("units", o.units), v("activation", o.activation);
    v("recurrent_activation", o.recurrent_activation), v("use_bias", o.use_bias);
    v("kernel_initializer", o.kernel_initializer);
    v("recurrent_initializer", o.recurrent_initializer);
    v("bias_initializer", o.bias_initializer), v("unit_forget_bias", o.unit_forget_bias);
    v("return_sequences", o.return_sequences), v("go_backwards", o.go_backwards);
    v("stateful", o.stateful), v("unroll", o.unroll);
    v("zero_output_for_mask", o.zero_output_for_mask), v("exact", o.exact);
  } else if constexpr (std::is_same_v<Plain, EmbeddingOptions>) {
    v("input_dim", o.input_dim), v("output_dim", o.output_dim);
    v("embeddings_initializer", o.embeddings_initializer), v("mask_zero", o.mask_zero);
  } else if constexpr (std::is_same_v<Plain, DropoutOptions>) {
    v("rate", o.rate), v("seed", o.seed);
  } else if constexpr (std::is_same_v<Plain, ActivationOptions>) {
    v("activation", o.activation);
  } else if constexpr (std::is_same_v<Plain, ReshapeOptions>) {
    v("target_shape", o.target_shape);
  }
  common_fields(v, o);
}

template <class Options>
std::string written(const Options& options) {
  Writer writer;
  fields(writer, options);
  return writer.text();
}

template <class Layer>
std::unique_ptr<Module> read(const Json& config) {
  typename Layer::Options options;
  Reader reader(config);
  fields(reader, options);
  return std::make_unique<Layer>(std::move(options));
}

std::unique_ptr<Module> read_any(const std::string& type, const Json& config);

std::unique_ptr<Module> read_sequential(const Json& config) {
  auto model = std::make_unique<Sequential>();
  model->set_name(config.at("name").get<std::string>());
  for (const Json& each : config.at("layers")) {
    auto layer = read_any(each.at("type").get<std::string>(), each.at("config"));
    layer->set_name(each.at("name").get<std::string>());
    model->add(std::move(layer));
  }
  return model;
}

struct Entry {
  const char* type;
  std::unique_ptr<Module> (*read)(const Json& config);
};
constexpr Entry kLayers[] = {
    {"Activation", read<Activation>}, {"Dense", read<Dense>},          {"Dropout", read<Dropout>},
    {"Embedding", read<Embedding>},   {"Flatten", read<Flatten>},      {"LSTM", read<LSTM>},
    {"Reshape", read<Reshape>},       {"Sequential", read_sequential},
};

std::unique_ptr<Module> read_any(const std::string& type, const Json& config) {
  std::string known;
  for (const Entry& entry : kLayers) {
    if (type == entry.type) return entry.read(config);
    known += (known.empty() ? "" : ", ") + std::string(entry.type);
  }
  throw FormatError("make_layer", fmt::format("'{}' is none of {}", type, known));
}

}  // namespace

std::unique_ptr<Module> make_layer(std::string_view type, std::string_view config) {
  try {
    return read_any(std::string(type), Json::parse(config));
  } catch (const Json::exception& error) {
    throw FormatError("make_layer", fmt::format("the configuration of {}: {}", type, error.what()));
  }
}

std::string Activation::config() const { return written(options_); }
std::string Dense::config() const { return written(options_); }
std::string Dropout::config() const { return written(options_); }
std::string Embedding::config() const { return written(options_); }
std::string Flatten::config() const { return written(options_); }
std::string LSTM::config() const { return written(options_); }
std::string Reshape::config() const { return written(options_); }

std::string Sequential::config() const {
  Json layers = Json::array();
  for (const Entry& each : layers_)
    layers.push_back({{"type", each.layer->type_name()},
                      {"name", each.name},
                      {"config", Json::parse(each.layer->config())}});
  return Json{{"name", name()}, {"layers", layers}}.dump();
}

}  // namespace carousel::nn
