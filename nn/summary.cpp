#include <algorithm>
#include <cstdio>
#include <numeric>

#include <fmt/format.h>

#include <carousel/nn/module.h>

namespace carousel::nn {
namespace {

// "(None, 10, 50)": the batch is free.
std::string shape_text(const Shape& shape) {
  std::string text = "(None";
  for (int i = 1; i < shape.rank(); ++i) text += fmt::format(", {}", shape[i]);
  return text + (shape.rank() <= 1 ? ",)" : ")");
}

// 10400 -> "10,400".
std::string grouped(std::int64_t count) {
  std::string text = std::to_string(count);
  for (auto at = static_cast<std::int64_t>(text.size()) - 3; at > 0; at -= 3)
    text.insert(static_cast<std::size_t>(at), ",");
  return text;
}

std::string size_text(double bytes) {
  const char* units[] = {"B", "KB", "MB", "GB"};
  std::size_t unit = 0;
  for (; bytes >= 1024 && unit < 3; ++unit) bytes /= 1024;
  return fmt::format("{:.2f} {}", bytes, units[unit]);
}

struct Count {
  std::int64_t numel = 0;
  double bytes = 0;
  std::string text() const { return fmt::format("{} ({})", grouped(numel), size_text(bytes)); }
  void add(const Tensor& x) {
    numel += x.numel();
    bytes += static_cast<double>(x.numel()) * static_cast<double>(size_of(x.dtype()));
  }
};

bool all_built(Module& root) {
  bool built = true;
  detail::walk(
      root, [&](const std::string&, Module& part) { built = built && part.built(); }, nullptr);
  return built;
}

std::string cut(const std::string& text, std::size_t width) {
  return text.size() <= width ? text : text.substr(0, width - 3) + "...";
}

// One line a row, and one more for each further connection.
std::string table(const std::vector<std::vector<std::string>>& lines,
                  const std::vector<int>& widths) {
  std::string text;
  for (const auto& line : lines) {
    text += ' ';
    for (std::size_t i = 0; i < line.size(); ++i) {
      const auto width = static_cast<std::size_t>(widths[i]);
      text += fmt::format("{:<{}}", cut(line[i], width - 1), width);
    }
    text += '\n';
  }
  return text;
}

}  // namespace

std::string Module::parameters_text(Module& module) {
  if (!all_built(module)) return "?";
  std::int64_t count = 0;
  for (const NamedTensor& each : module.named(Role::buffer)) count += each.tensor.numel();
  return std::to_string(count);
}

std::vector<Module::SummaryRow> Module::summary_rows() {
  std::vector<SummaryRow> rows;
  for (auto& [child, module] : children())
    rows.push_back({fmt::format("{} ({})", child, module->type_name()),
                    module->shaped_ ? shape_text(module->output_shape_) : "?",
                    parameters_text(*module)});
  return rows;
}

std::string Module::summary() {
  build_if_promised();
  const std::vector<SummaryRow> rows = summary_rows();
  const bool connected =
      std::ranges::any_of(rows, [](const SummaryRow& row) { return !row.connected.empty(); });
  std::vector<std::vector<std::string>> head{{"Layer (type)", "Output Shape", "Param #"}}, lines;
  std::vector<int> widths{28, 25, 12};
  if (connected) head[0].push_back("Connected to"), widths.push_back(24);
  for (const SummaryRow& row : rows) {
    lines.push_back({row.layer, row.shape, row.parameters});
    if (!connected) continue;
    lines.back().push_back(row.connected.empty() ? "" : row.connected[0]);
    for (std::size_t i = 1; i < row.connected.size(); ++i)
      lines.push_back({"", "", "", row.connected[i]});
  }
  const auto total_width = static_cast<std::size_t>(std::reduce(widths.begin(), widths.end(), 1));
  const std::string thin(total_width, '_'), thick(total_width, '=');
  std::string text = fmt::format("Model: \"{}\"\n{}\n{}{}\n{}{}\n", name(), thin,
                                 table(head, widths), thick, table(lines, widths), thick);
  if (!all_built(*this)) return text + "Total params: ?\n" + thin + "\n";
  Count total, trained;
  for (const NamedTensor& each : named(Role::buffer)) {
    total.add(each.tensor);
    if (each.tensor.requires_grad()) trained.add(each.tensor);
  }
  const Count rest{total.numel - trained.numel, total.bytes - trained.bytes};
  return text +
         fmt::format("Total params: {}\nTrainable params: {}\nNon-trainable params: {}\n{}\n",
                     total.text(), trained.text(), rest.text(), thin);
}

void Module::print_summary() {
  const std::string text = summary();
  std::fwrite(text.data(), 1, text.size(), stdout);
}

std::vector<std::pair<std::string, Module*>> Module::children() {
  std::vector<std::pair<std::string, Module*>> list;
  detail::walk(
      *this,
      [&](const std::string& path, Module& part) {
        if (!path.empty() && path.find('/') == std::string::npos) list.emplace_back(path, &part);
      },
      nullptr);
  return list;
}

Module& Module::get_layer(std::string_view path) {
  Module* found = nullptr;
  std::string known;
  detail::walk(
      *this,
      [&](const std::string& at, Module& part) {
        if (at.empty()) return;
        if (at == path && !found) found = &part;
        known += (known.empty() ? "" : ", ") + at;
      },
      nullptr);
  if (found) return *found;
  throw ValueError("get_layer",
                   fmt::format("{} has no layer '{}'; it has: {}", name(), path, known));
}

Module& Module::get_layer(int index) {
  const auto list = children();
  const int count = static_cast<int>(list.size());
  if (index < -count || index >= count)
    throw IndexError("get_layer",
                     fmt::format("{} has {} layers, no layer {}", name(), count, index));
  return *list[static_cast<std::size_t>(index < 0 ? index + count : index)].second;
}

}  // namespace carousel::nn
