#include <carousel/nn/sequential.h>

#include <fmt/format.h>

namespace carousel::nn {

Sequential::Sequential(std::initializer_list<LayerEntry> layers) {
  layers_.reserve(layers.size());
  for (const LayerEntry& layer : layers) add(layer.take());
}

Sequential& Sequential::add(LayerEntry entry) {
  if (built())
    throw GraphError("add", name() + " is built: layers can be added before its first call only");
  std::unique_ptr<Module> layer = entry.take();
  if (!layer) throw ValueError("add", "there is no layer");
  const auto taken = [&](const std::string& name) {
    for (const Entry& each : layers_)
      if (each.name == name) return true;
    return false;
  };
  std::string name = layer->name();
  if (layer->has_own_name() && taken(name))
    throw ValueError("add", fmt::format("there is a layer '{}' already", name));
  for (int i = 1; taken(name); ++i) name = fmt::format("{}_{}", layer->name(), i);
  layers_.push_back({std::move(name), std::move(layer)});
  return *this;
}

Value Sequential::forward(const Value& x) {
  if (layers_.empty()) throw ValueError("sequential", "has no layers");
  Value value = x;
  for (const Entry& each : layers_) value = (*each.layer)(value);
  return value;
}

void Sequential::visit(Visitor& visitor) {
  for (Entry& each : layers_) visitor(each.name, *each.layer);
}

std::vector<std::int64_t> Sequential::promised_input_shape() const {
  if (layers_.empty()) return {};
  return promised_input_shape_of(*layers_[0].layer);
}

}  // namespace carousel::nn
