#include <carousel/nn/io/checkpoint.h>
#include <carousel/nn/io/load_model.h>
#include <carousel/nn/make_layer.h>
#include <carousel/tensor/error.h>
#include <fmt/format.h>

#include <utility>

namespace carousel::nn {
namespace {

constexpr const char* kConfig = "/config";

}  // namespace

void put_model(io::FileWriter& writer, Sequential& model) {
  writer.put_text(kConfig, model.config());
  put_weights(writer, model);
}

Sequential read_model(const io::FileReader& reader) {
  const io::FileEntry* entry = reader.find(kConfig);
  if (!entry || !entry->is_text)
    throw FormatError("load_model", fmt::format("{} says not what the model is made of: it lacks "
                                                "{}",
                                                reader.path(), kConfig));
  const std::unique_ptr<Module> module = make_layer("Sequential", reader.text(kConfig));
  Sequential model = std::move(dynamic_cast<Sequential&>(*module));
  restore_weights(reader, model);
  return model;
}

void save_model(Sequential& model, const std::string& path) {
  io::FileWriter writer(path);
  put_model(writer, model);
  writer.commit();
}

Sequential load_model(const std::string& path) { return read_model(io::FileReader(path)); }

}  // namespace carousel::nn
