#include <carousel/nn/io/checksum.h>
#include <carousel/nn/io/footer.h>
#include <carousel/nn/io/hdf5_file.h>
#include <carousel/nn/io/hdf5_types.h>
#include <carousel/nn/io/input_file.h>
#include <carousel/tensor/error.h>
#include <fmt/format.h>
#include <hdf5.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <unordered_map>

namespace carousel::io {

struct FileReader::State {
  explicit State(const std::string& path) : input(path), footer(read_footer(input)) {
    for (const FileEntry& each : footer.entries) by_name.emplace(each.name, &each);
    input.limit(footer.hdf5_bytes);
    store.emplace(input);
    const Hdf5Lock lock;
    const Hdf5Handle access = make_file_access(*store);
    file = {H5Fopen("checkpoint", H5F_ACC_RDONLY, access.id()), H5Fclose};
    store->check();
    if (!file) refuse("HDF5 can't open it");
  }
  ~State() {
    const Hdf5Lock lock;
    file.close();
  }

  [[noreturn]] void refuse(const std::string& why) const {
    throw FormatError("load", input.path() + ": " + why);
  }

  const FileEntry& entry(const std::string& name, bool is_text, std::size_t bytes) const;
  // Fills `out` from the data set of `entry`, which must hold exactly that.
  void read(const FileEntry& entry, std::span<std::byte> out);

  InputFile input;
  Footer footer;
  std::unordered_map<std::string_view, const FileEntry*> by_name;
  std::optional<LatchedStore> store;
  Hdf5Handle file;
};

namespace {

bool has_shape(const Hdf5Handle& space, const Shape& shape) {
  std::array<hsize_t, H5S_MAX_RANK> sizes;
  const int rank = H5Sget_simple_extent_dims(space.id(), sizes.data(), nullptr);
  return rank == shape.rank() &&
         std::equal(shape.begin(), shape.end(), sizes.begin(),
                    [](std::int64_t a, hsize_t b) { return static_cast<hsize_t>(a) == b; });
}

}  // namespace

void FileReader::State::read(const FileEntry& entry, std::span<std::byte> out) {
  const Hdf5Lock lock;
  const Hdf5Handle wanted = entry.is_text ? hdf5_text_type(entry.bytes) : hdf5_type(entry.dtype);
  const Hdf5Handle dataset(H5Dopen2(file.id(), entry.name.c_str(), H5P_DEFAULT), H5Dclose);
  const Hdf5Handle type(dataset ? H5Dget_type(dataset.id()) : -1, H5Tclose);
  const Hdf5Handle space(dataset ? H5Dget_space(dataset.id()) : -1, H5Sclose);
  if (!type || !space || H5Tequal(type.id(), wanted.id()) <= 0 || !has_shape(space, entry.shape))
    refuse(fmt::format("what HDF5 holds as {} is not what the footer says", entry.name));
  const bool read =
      H5Dread(dataset.id(), wanted.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, out.data()) >= 0;
  store->check();
  if (!read) refuse("HDF5 can't read " + entry.name);
  // Text of length 0 takes a byte in HDF5 that is none of the entry's.
  if (crc32c(out.first(entry.bytes)) != entry.crc32c)
    refuse(fmt::format("is damaged: the CRC-32C of {} differs", entry.name));
}

const FileEntry& FileReader::State::entry(const std::string& name, bool is_text,
                                          std::size_t bytes) const {
  const auto found = by_name.find(name);
  if (found == by_name.end() || found->second->is_text != is_text)
    refuse(fmt::format("holds no {} {}", is_text ? "text" : "tensor", name));
  const FileEntry& entry = *found->second;
  if (!is_text && entry.bytes != bytes)
    refuse(fmt::format("{} has {} bytes, not {}", name, entry.bytes, bytes));
  return entry;
}

FileReader::FileReader(const std::string& path) : state_(std::make_unique<State>(path)) {}
FileReader::~FileReader() = default;
FileReader::FileReader(FileReader&&) noexcept = default;
FileReader& FileReader::operator=(FileReader&&) noexcept = default;

const std::string& FileReader::path() const { return state_->input.path(); }
const std::vector<FileEntry>& FileReader::entries() const { return state_->footer.entries; }

const FileEntry* FileReader::find(std::string_view name) const {
  const auto found = state_->by_name.find(name);
  return found == state_->by_name.end() ? nullptr : found->second;
}

void FileReader::read(const std::string& name, std::span<std::byte> out) const {
  state_->read(state_->entry(name, false, out.size()), out);
}

Tensor FileReader::tensor(const std::string& name) const {
  const FileEntry* found = find(name);
  const FileEntry& entry = state_->entry(name, false, found ? found->bytes : 0);
  Tensor out;
  void* memory = detail::make_host(out, entry.shape, entry.dtype);
  state_->read(entry, {static_cast<std::byte*>(memory), entry.bytes});
  return out;
}

std::string FileReader::text(const std::string& name) const {
  const FileEntry& entry = state_->entry(name, true, 0);
  std::string out(std::max<std::size_t>(entry.bytes, 1), '\0');
  state_->read(entry, std::as_writable_bytes(std::span(out)));
  out.resize(entry.bytes);
  return out;
}

}  // namespace carousel::io
