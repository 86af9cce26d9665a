#include <carousel/nn/io/checkpoint.h>
#include <carousel/nn/io/load_model.h>
#include <carousel/nn/make_layer.h>
#include <carousel/tensor/error.h>
#include <fmt/format.h>

#include <utility>

namespace carousel::nn {
namespace {

constexpr const char *kConfig = "/config", *kType = "/type";

}  // namespace

void put_model(io::FileWriter& writer, Module& model) {
  writer.put_text(kType, detail::registered_type(model));
  writer.put_text(kConfig, model.config());
  put_weights(writer, model);
}

std::unique_ptr<Module> read_any_model(const io::FileReader& reader) {
  const io::FileEntry* entry = reader.find(kConfig);
  if (!entry || !entry->is_text)
    throw FormatError("load_model", fmt::format("{} says not what the model is made of: it lacks "
                                                "{}",
                                                reader.path(), kConfig));
  const std::string type = reader.find(kType) ? reader.text(kType) : "Sequential";
  std::unique_ptr<Module> model = make_layer(type, reader.text(kConfig));
  restore_weights(reader, *model);
  return model;
}

void save_model(Module& model, const std::string& path) {
  io::FileWriter writer(path);
  put_model(writer, model);
  writer.commit();
}

std::unique_ptr<Module> load_any_model(const std::string& path) {
  return read_any_model(io::FileReader(path));
}

}  // namespace carousel::nn
