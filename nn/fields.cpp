#include <carousel/nn/fields.h>

#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <carousel/tensor/error.h>

namespace carousel::nn::detail {
namespace {

using Json = nlohmann::json;

template <class T>
Json to_json(const T& value) {
  return value;
}
template <class T>
Json to_json(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}
Json to_json(const Axes& value) {
  Json list = Json::array();
  for (const int axis : value.list()) list.push_back(axis);
  return list;
}
Json to_json(const Size2D& value) { return {value.height, value.width}; }
Json to_json(const Size3D& value) { return {value.depth, value.height, value.width}; }
Json to_json(const std::optional<Size2D>& value) { return value ? to_json(*value) : Json(nullptr); }
Json to_json(const Margin& value) { return {value.before, value.after}; }
Json to_json(const Margins2D& value) { return {to_json(value.height), to_json(value.width)}; }
Json to_json(const ActivationFunction& value) {
  if (value.name() == "custom") throw GraphError("config", "a function of the program's own");
  return value.name();
}
Json to_json(const WindowFunction& value) {
  if (const auto* name = std::get_if<std::string>(&value)) return *name;
  if (const auto* values = std::get_if<std::vector<double>>(&value)) return *values;
  return nullptr;
}
Json to_json(const init::STFTOptions& o) {
  return {{"name", "stft"},
          {"side", o.side},
          {"window", to_json(o.window)},
          {"scaling", to_json(o.scaling)},
          {"periodic", o.periodic}};
}
Json to_json(const Initializer& value) {
  const InitializerRule& rule = value.rule();
  if (rule.kind == InitializerRule::Kind::custom)
    throw GraphError("config", "a function of the program's own");
  if (rule.kind == InitializerRule::Kind::values) return to_json(Initializer("zeros"));
  if (rule.stft) return to_json(*rule.stft);
  Json json{{"name", value.name()}, {"a", rule.a}, {"b", rule.b}};
  if (rule.kind == InitializerRule::Kind::variance_scaling)
    json["mode"] = to_string(rule.fan), json["distribution"] = to_string(rule.distribution);
  if (rule.seed) json["seed"] = *rule.seed;
  return json;
}
template <class Rule>
bool is_written(const Rule& rule) {
  if (rule.kind() == Rule::Kind::custom)
    throw GraphError("config", "a function of the program's own");
  return rule.defined();
}
Json to_json(const Regularizer& value) {
  if (!is_written(value)) return nullptr;
  return {{"name", value.name()}, {"a", value.a()}, {"b", value.b()}};
}
Json to_json(const Constraint& value) {
  if (!is_written(value)) return nullptr;
  const MinMaxNormOptions& o = value.options();
  return {{"name", value.name()},
          {"min_value", o.min_value},
          {"max_value", o.max_value},
          {"rate", o.rate},
          {"axis", to_json(o.axis)}};
}

template <class T>
void from_json(const Json& json, T& value) {
  json.get_to(value);
}
// A window's length may be written as a list of one.
void from_json(const Json& json, std::int64_t& value) {
  (json.is_array() && json.size() == 1 ? json.at(0) : json).get_to(value);
}
template <class T>
void from_json(const Json& json, std::optional<T>& value) {
  value.reset();
  if (!json.is_null()) from_json(json, value.emplace());
}
// Keras writes an open size as null, and so no sizes at all.
void from_json(const Json& json, std::vector<std::int64_t>& value) {
  value.clear();
  if (json.is_null()) return;
  if (!json.is_array())
    throw FormatError("make_layer", "sizes are a list of integers, got " + json.dump());
  for (const Json& each : json) value.push_back(each.is_null() ? -1 : each.get<std::int64_t>());
}
void from_json(const Json& json, std::vector<double>& value) {
  value.clear();
  if (!json.is_null()) json.get_to(value);
}
void from_json(const Json& json, Axes& value) {
  if (json.is_number())
    value = json.get<int>();
  else
    value = Axes(std::span<const int>(json.get<std::vector<int>>()));
}
// One number, or one an axis.
void from_json(const Json& json, Size2D& value) {
  value = json.is_number() ? Size2D(json.get<std::int64_t>())
                           : Size2D(json.at(0).get<std::int64_t>(), json.at(1).get<std::int64_t>());
}
void from_json(const Json& json, std::optional<Size2D>& value) {
  value.reset();
  if (!json.is_null()) from_json(json, value.emplace());
}
void from_json(const Json& json, Size3D& value) {
  value = json.is_number() ? Size3D(json.get<std::int64_t>())
                           : Size3D(json.at(0).get<std::int64_t>(), json.at(1).get<std::int64_t>(),
                                    json.at(2).get<std::int64_t>());
}
void from_json(const Json& json, Margin& value) {
  value = json.is_number() ? Margin(json.get<std::int64_t>())
                           : Margin(json.at(0).get<std::int64_t>(), json.at(1).get<std::int64_t>());
}
void from_json(const Json& json, Margins2D& value) {
  if (json.is_number()) {
    value = Margins2D(json.get<std::int64_t>());
    return;
  }
  from_json(json.at(0), value.height);
  from_json(json.at(1), value.width);
}
void from_json(const Json& json, ActivationFunction& value) {
  value = json.is_null() ? ActivationFunction() : ActivationFunction(json.get<std::string>());
}
void from_json(const Json& json, init::STFTOptions& o) {
  json.at("side").get_to(o.side);
  json.at("periodic").get_to(o.periodic);
  from_json(json.at("scaling"), o.scaling);
  const Json& window = json.at("window");
  o.window = {};
  if (window.is_string()) o.window = window.get<std::string>();
  if (window.is_array()) o.window = window.get<std::vector<double>>();
}
void from_json(const Json& json, Initializer& value) {
  InitializerRule rule = Initializer(json.at("name").get<std::string>()).rule();
  if (rule.stft) {
    init::STFTOptions options;
    from_json(json, options);
    value = init::STFT(options);
    return;
  }
  if (rule.kind != InitializerRule::Kind::variance_scaling)
    rule.a = json.at("a").get<double>(), rule.b = json.at("b").get<double>();
  else if (json.contains("mode"))  // earlier files have nothing but a name like "he_normal"
    rule = init::VarianceScaling{{.scale = json.at("a").get<double>(),
                                  .mode = json.at("mode").get<std::string>(),
                                  .distribution = json.at("distribution").get<std::string>()}}
               .rule();
  if (json.contains("seed")) rule.seed = json.at("seed").get<std::uint64_t>();
  value = Initializer(rule);
}
void from_json(const Json& json, Regularizer& value) {
  value = {};
  if (json.is_null()) return;
  value = {Regularizer(json.at("name").get<std::string>().c_str()).kind(),
           json.at("a").get<double>(), json.at("b").get<double>()};
}
void from_json(const Json& json, Constraint& value) {
  value = {};
  if (json.is_null()) return;
  MinMaxNormOptions options{.min_value = json.at("min_value").get<double>(),
                            .max_value = json.at("max_value").get<double>(),
                            .rate = json.at("rate").get<double>()};
  from_json(json.at("axis"), options.axis);
  value = {Constraint(json.at("name").get<std::string>().c_str()).kind(), options};
}

class Writer final : public Fields {
 public:
  Json json = Json::object();

 private:
  void field(const char* name, const Field& value) override {
    try {
      std::visit([&](const auto* from) { json[name] = to_json(*from); }, value);
    } catch (const GraphError&) {
      throw GraphError("config",
                       fmt::format("{} is a function of the program's own: it has no name "
                                   "to be written down",
                                   name));
    }
  }
};

class Reader final : public Fields {
 public:
  explicit Reader(Json from) : json_(std::move(from)) {
    if (!json_.is_object())
      throw FormatError("make_layer", "a configuration is a JSON object, got " + json_.dump());
  }
  void refuse_others() const {
    for (const auto& [name, value] : json_.items())
      if (!known_.contains(name)) throw FormatError("make_layer", "there is no option " + name);
  }

 private:
  void field(const char* name, const Field& value) override {
    known_.insert(name);
    if (const auto found = json_.find(name); found != json_.end())
      std::visit([&](auto* to) { from_json(*found, *to); }, value);
  }

  Json json_;
  std::set<std::string> known_;
};

}  // namespace

std::string write_fields(void (*visit)(Fields& f, void* of), void* of) {
  Writer writer;
  visit(writer, of);
  return writer.json.dump();
}

void read_fields(std::string_view json, const std::function<void(Fields&)>& visit) {
  try {
    Reader reader(Json::parse(json));
    visit(reader);
    reader.refuse_others();
  } catch (const Json::exception& error) {
    throw FormatError("make_layer", error.what());
  }
}

}  // namespace carousel::nn::detail
