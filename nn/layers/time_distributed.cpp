#include <carousel/nn/layers/time_distributed.h>

#include <nlohmann/json.hpp>

#include <carousel/nn/make_layer.h>

namespace carousel::nn {
namespace {

constexpr const char* kOp = "time_distributed";

std::unique_ptr<Module> only(std::initializer_list<LayerEntry> layers) {
  if (layers.size() != 1)
    throw ValueError(kOp, "wraps one layer, got " + std::to_string(layers.size()));
  return layers.begin()->take();
}

}  // namespace

TimeDistributed::TimeDistributed(std::initializer_list<LayerEntry> layer)
    : TimeDistributed(only(layer)) {}

TimeDistributed::TimeDistributed(std::unique_ptr<Module> layer) : layer_(std::move(layer)) {
  if (!layer_) throw ValueError(kOp, "there is no layer");
}

Value TimeDistributed::forward(const Value& x) {
  if (x.rank() < 3)
    throw ShapeError(kOp, "needs (batch, time, ...), got shape " + to_string(x.shape()));
  Shape rows{x.dim(0) * x.dim(1)};
  for (int axis = 2; axis < x.rank(); ++axis) rows.append(x.dim(axis));
  const Tensor y = (*layer_)(x.reshape(rows));
  Shape shape{x.dim(0), x.dim(1)};
  for (int axis = 1; axis < y.rank(); ++axis) shape.append(y.dim(axis));
  return Value::masked(y.reshape(shape), x.mask);
}

std::string TimeDistributed::config() const {
  return nlohmann::json{{"name", has_own_name() ? name() : std::string()},
                        {"layer",
                         {{"type", detail::registered_type(*layer_)},
                          {"config", nlohmann::json::parse(layer_->config())}}}}
      .dump();
}

}  // namespace carousel::nn
