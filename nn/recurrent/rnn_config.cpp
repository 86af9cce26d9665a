// Configurations of RNN and its cells:
//
//   {"return_sequences": true, ..., "cell": {"type": "LSTMCell", "config": {"units": 8, ...}}}
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include <carousel/nn/make_layer.h>
#include <carousel/nn/recurrent/rnn.h>

namespace carousel::nn {
namespace {

using Json = nlohmann::json;

Json described(const Cell& cell) {
  return {{"type", detail::registered_type(cell)}, {"config", Json::parse(cell.config())}};
}

std::unique_ptr<Cell> read_cell(const Json& json) {
  const std::string type = json.at("type").get<std::string>();
  std::unique_ptr<Module> made = make_layer(type, json.at("config").dump());
  auto* cell = dynamic_cast<Cell*>(made.get());
  if (!cell) throw FormatError("make_layer", fmt::format("'{}' is no cell", type));
  made.release();  // NOLINT(bugprone-unused-return-value): it is `cell`
  return std::unique_ptr<Cell>(cell);
}

}  // namespace

std::unique_ptr<Cell> detail::like(const Cell& cell) { return read_cell(described(cell)); }

void fields(Fields& f, RNNOptions& o) {
  f("return_sequences", o.return_sequences), f("return_state", o.return_state);
  f("go_backwards", o.go_backwards), f("stateful", o.stateful), f("unroll", o.unroll);
  f("zero_output_for_mask", o.zero_output_for_mask);
}

std::string RNN::config() const {
  Json config = Json::parse(Layer::config());
  config["cell"] = described(*cell_);
  return config.dump();
}

std::unique_ptr<Module> RNN::from_config(std::string_view text) {
  Json config = Json::parse(text);
  auto cell = read_cell(config.at("cell"));
  config.erase("cell");
  RNNOptions options;
  detail::read_fields(config.dump(), [&](Fields& f) { detail::all_fields(f, options); });
  return std::make_unique<RNN>(std::move(cell), std::move(options));
}

std::string StackedRNNCells::config() const {
  Json cells = Json::array();
  for (const auto& cell : cells_) cells.push_back(described(*cell));
  return Json{{"cells", cells}}.dump();
}

std::unique_ptr<Module> StackedRNNCells::from_config(std::string_view text) {
  const Json config = Json::parse(text);
  std::vector<std::unique_ptr<Cell>> cells;
  for (const Json& each : config.at("cells")) cells.push_back(read_cell(each));
  return std::make_unique<StackedRNNCells>(std::move(cells));
}

}  // namespace carousel::nn
