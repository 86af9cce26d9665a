// How functional models show themselves: summary(), to_dot().
#include <fmt/format.h>

#include <carousel/nn/graph.h>
#include <carousel/nn/model.h>

namespace carousel::nn {
namespace {

// Inside a quoted label of Graphviz.
std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result;
}

}  // namespace

std::vector<Module::SummaryRow> Model::summary_rows() {
  std::vector<SummaryRow> rows;
  for (const Feed& feed : feeds_)
    rows.push_back({feed.name + " (Input)", detail::size_text(feed.sizes), "0"});
  const std::size_t first = rows.size();
  for (const Part& part : parts_)
    rows.push_back({fmt::format("{} ({})", part.name, part.layer->type_name()), "",
                    parameters_text(*part.layer)});
  for (const Step& step : steps_) {
    SummaryRow& row = rows[first + static_cast<std::size_t>(step.part)];
    row.shape = detail::size_text(slots_[static_cast<std::size_t>(step.first_output)].sizes);
    for (const int input : step.inputs) row.connected.push_back(slot_name(input));
  }
  return rows;
}

std::string Model::to_dot() {
  std::string text = fmt::format("digraph \"{}\" {{\n  node [shape=box];\n", escaped(name()));
  const auto box = [&](const std::string& id, const std::string& type, const std::string& shape) {
    text +=
        fmt::format("  \"{0}\" [label=\"{0} ({1})\\n{2}\"];\n", escaped(id), escaped(type), shape);
  };
  for (const Feed& feed : feeds_) box(feed.name, "Input", detail::size_text(feed.sizes));
  std::string edges;
  const auto owner = [&](int slot) {
    const Slot& at = slots_[static_cast<std::size_t>(slot)];
    return at.part < 0 ? slot_name(slot) : parts_[static_cast<std::size_t>(at.part)].name;
  };
  std::vector<bool> drawn(parts_.size());
  for (const Step& step : steps_) {
    const auto part = static_cast<std::size_t>(step.part);
    const auto& sizes = slots_[static_cast<std::size_t>(step.first_output)].sizes;
    if (!drawn[part])
      box(parts_[part].name, parts_[part].layer->type_name(), detail::size_text(sizes));
    drawn[part] = true;
    for (const int input : step.inputs)
      edges +=
          fmt::format("  \"{}\" -> \"{}\";\n", escaped(owner(input)), escaped(parts_[part].name));
  }
  return text + edges + "}\n";
}

}  // namespace carousel::nn
