#include <carousel/nn/build.h>
#include <carousel/nn/io/checkpoint.h>
#include <carousel/nn/io/state.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/impl.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <vector>

namespace carousel::nn {
namespace {

using Json = nlohmann::json;

constexpr const char* kInput = "/input";

std::vector<io::NamedTensor> state_of(Module& module) {
  std::vector<io::NamedTensor> state;
  for (const auto& each : module.named_state())
    state.push_back({"/model/" + each.name, each.tensor});
  return state;
}

std::string input_text(const Module& module) {
  Json sizes = Json::array();
  for (const std::int64_t size : module.input_shape()) sizes.push_back(size);
  return Json{{"shape", sizes}, {"dtype", to_string(module.input_dtype())}}.dump();
}

DType parse_dtype(const std::string& name) {
  for (int i = 0; i < kDTypeCount; ++i)
    if (name == to_string(static_cast<DType>(i))) return static_cast<DType>(i);
  throw FormatError("load", fmt::format("no dtype is called '{}'", name));
}

struct SavedInput {
  Shape shape;
  DType dtype;
};

SavedInput read_input(const io::FileReader& reader) {
  if (!reader.find(kInput))
    throw FormatError("load", fmt::format("{} holds no model", reader.path()));
  try {
    const Json input = Json::parse(reader.text(kInput));
    const auto sizes = input.at("shape").get<std::vector<std::int64_t>>();
    return {Shape(std::span<const std::int64_t>(sizes)),
            parse_dtype(input.at("dtype").get<std::string>())};
  } catch (const Json::exception& e) {
    throw FormatError("load", fmt::format("{}: {}: {}", reader.path(), kInput, e.what()));
  }
}

// Whether all floating parameters and buffers are f64.
bool holds_doubles(const io::FileReader& reader) {
  bool some = false;
  for (const io::FileEntry& each : reader.entries()) {
    if (each.is_text || !each.name.starts_with("/model/") || !is_floating(each.dtype)) continue;
    if (each.dtype != f64) return false;
    some = true;
  }
  return some;
}

// A functional model of several inputs knows them itself, but for the precision.
void build_as_saved(const io::FileReader& reader, Module& module) {
  const SavedInput saved = read_input(reader);
  Values own = module.promised_inputs();
  if (own.size() > 1) {
    for (Value& each : own)
      if (is_floating(each.dtype()) && is_floating(saved.dtype))
        each = carousel::detail::empty(each.shape(), saved.dtype, DeviceKind::meta);
    module.build(own);
  } else {
    module.build(saved.shape, saved.dtype);
  }
  if (holds_doubles(reader)) module.to(f64);
}

}  // namespace

void put_weights(io::FileWriter& writer, Module& module) {
  const auto state = state_of(module);
  const std::string input = input_text(module);
  writer.put_text(kInput, input);
  io::put_all(writer, state);
}

void restore_weights(const io::FileReader& reader, Module& module) {
  if (module.built()) return io::restore_all(reader, "/model", state_of(module));
  const auto before = detail::Build::before(module);
  try {
    build_as_saved(reader, module);
    io::restore_all(reader, "/model", state_of(module));
  } catch (...) {
    detail::Build::unbuild(module, before);
    throw;
  }
}

void save_weights(Module& module, const std::string& path) {
  if (!module.built())
    throw GraphError("save", module.name() + " is not built: it has no weights yet");
  io::FileWriter writer(path);
  put_weights(writer, module);
  writer.commit();
}

void load_weights(Module& module, const std::string& path) {
  restore_weights(io::FileReader(path), module);
}

}  // namespace carousel::nn
