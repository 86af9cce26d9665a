#include <carousel/nn/io/state.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/error.h>
#include <fmt/format.h>

#include <set>
#include <vector>

namespace carousel::io {
namespace {

void check_entry(const FileReader& reader, const NamedTensor& wanted) {
  const FileEntry* entry = reader.find(wanted.name);
  const std::string shape = to_string(wanted.tensor.shape());
  if (!entry || entry->is_text)
    throw FormatError("load", fmt::format("{} is of another architecture: it lacks {}, which has "
                                          "shape {} here",
                                          reader.path(), wanted.name, shape));
  if (entry->shape != wanted.tensor.shape())
    throw ShapeError("load",
                     fmt::format("{} is of another architecture: {} has shape {} there, {} "
                                 "here",
                                 reader.path(), wanted.name, to_string(entry->shape), shape));
  if (entry->dtype != wanted.tensor.dtype())
    throw DTypeError("load",
                     fmt::format("{}: {} is {} there, {} here", reader.path(), wanted.name,
                                 to_string(entry->dtype), to_string(wanted.tensor.dtype())));
}

// The file may hold nothing below `group` that is not wanted.
void check_no_more(const FileReader& reader, std::string_view group,
                   std::span<const NamedTensor> wanted) {
  const std::string below = std::string(group) + "/";
  std::set<std::string_view> names;
  for (const NamedTensor& each : wanted) names.insert(each.name);
  for (const FileEntry& entry : reader.entries()) {
    if (entry.is_text || !entry.name.starts_with(below)) continue;
    if (!names.contains(entry.name))
      throw FormatError("load", fmt::format("{} is of another architecture: it has {} of shape {}, "
                                            "which is not here",
                                            reader.path(), entry.name, to_string(entry.shape)));
  }
}

}  // namespace

void put_all(FileWriter& writer, std::span<const NamedTensor> tensors) {
  for (const NamedTensor& each : tensors) writer.put(each.name, each.tensor);
}

void check_all(const FileReader& reader, std::string_view group,
               std::span<const NamedTensor> tensors) {
  for (const NamedTensor& each : tensors) check_entry(reader, each);
  check_no_more(reader, group, tensors);
}

void restore_all(const FileReader& reader, std::string_view group,
                 std::span<const NamedTensor> tensors) {
  check_all(reader, group, tensors);
  std::vector<Tensor> loaded;
  for (const NamedTensor& each : tensors) {
    loaded.push_back(reader.tensor(each.name));
    if (each.tensor.device().kind != DeviceKind::cpu)
      loaded.back() = detail::run_transfer(loaded.back(), each.tensor.device());
  }
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    detail::run_copy_into(tensors[i].tensor, loaded[i]);
    tensors[i].tensor.impl().storage->bump_version();
  }
}

}  // namespace carousel::io
