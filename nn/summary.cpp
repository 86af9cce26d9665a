#include <cstdio>
#include <set>

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

constexpr int kFirst = 28, kSecond = 25, kThird = 12;

}  // namespace

std::string Module::summary() {
  build_if_promised();
  const std::string thin(kFirst + kSecond + kThird + 1, '_'), thick(thin.size(), '=');
  const auto line = [](const std::string& a, const std::string& b, const std::string& c) {
    return fmt::format(" {:<{}}{:<{}}{:<{}}\n", cut(a, kFirst - 1), kFirst, cut(b, kSecond - 1),
                       kSecond, c, kThird);
  };
  std::string text = fmt::format("Model: \"{}\"\n{}\n", name(), thin);
  text += line("Layer (type)", "Output Shape", "Param #") + thick + "\n";
  for (auto& [child, module] : children()) {
    const std::string shape = module->shaped_ ? shape_text(module->output_shape_) : "?";
    const std::string count = all_built(*module) ? std::to_string(module->num_parameters()) : "?";
    text += line(fmt::format("{} ({})", child, module->type_name()), shape, count);
  }
  text += thick + "\n";
  if (!all_built(*this)) return text + "Total params: ?\n" + thin + "\n";
  Count total, trained;
  for (const NamedTensor& each : named_parameters()) {
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
