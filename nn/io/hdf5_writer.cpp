#include <carousel/nn/io/checksum.h>
#include <carousel/nn/io/durable_writer.h>
#include <carousel/nn/io/footer.h>
#include <carousel/nn/io/hdf5_file.h>
#include <carousel/nn/io/hdf5_types.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/error.h>
#include <fmt/format.h>
#include <hdf5.h>

#include <algorithm>
#include <array>
#include <set>

namespace carousel::io {
namespace {

// The durable writer as HDF5 sees it.
class OutputStore final : public ByteStore {
 public:
  explicit OutputStore(DurableWriter& writer) : writer_(writer) {}
  std::uint64_t size() const override { return writer_.size(); }
  void read_at(std::uint64_t offset, std::span<std::byte> bytes) override {
    writer_.read_at(offset, bytes);
  }
  void write_at(std::uint64_t offset, std::span<const std::byte> bytes) override {
    writer_.write_at(offset, bytes);
  }
  void truncate(std::uint64_t size) override { writer_.truncate(size); }

 private:
  DurableWriter& writer_;
};

Hdf5Handle create_file(LatchedStore& store) {
  const Hdf5Handle access = make_file_access(store);
  const Hdf5Handle creation(H5Pcreate(H5P_FILE_CREATE), H5Pclose);
  H5Pset_obj_track_times(creation.id(), false);  // equal contents, equal bytes
  H5Pset_libver_bounds(access.id(), H5F_LIBVER_V18, H5F_LIBVER_V110);
  H5Pset_alignment(access.id(), 1024, 64);
  return {H5Fcreate("checkpoint", H5F_ACC_TRUNC, creation.id(), access.id()), H5Fclose};
}

void check_name(const std::string& name) {
  const auto refuse = [&](const char* why) {
    throw ValueError("save", fmt::format("the name \"{}\" {}", name, why));
  };
  if (name.size() < 2 || name[0] != '/') refuse("must begin with / and name something");
  for (std::size_t at = 1; at <= name.size();) {
    const std::size_t end = std::min(name.find('/', at), name.size());
    const std::string part = name.substr(at, end - at);
    if (part.empty() || part == "." || part == "..") refuse("has an empty part, or one of dots");
    at = end + 1;
  }
  for (const char c : name)
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7f)
      refuse("has a character that is not printable ASCII");
}

}  // namespace

struct FileWriter::State {
  explicit State(const std::string& target) : path(target), writer(target) {
    const Hdf5Lock lock;
    file = create_file(store);
    store.check();
    if (!file) throw IoError("save", path + ": HDF5 could not create the file");
  }
  ~State() {
    const Hdf5Lock lock;
    file.close();
  }

  // Under Hdf5Lock: closes the file, then throws what went wrong below it.
  void check() {
    if (!store.failed() && file) return;
    file.close();
    store.check();
    throw IoError("save", path + ": the file is closed");
  }

  // Makes the groups above `name` that are not there yet.
  void make_groups(const std::string& name);
  void check_free(const std::string& name) const;
  void put(FileEntry entry, const Hdf5Handle& type, const Hdf5Handle& space, const void* data);

  std::string path;
  DurableWriter writer;
  OutputStore output{writer};
  LatchedStore store{output};
  Hdf5Handle file;
  std::set<std::string, std::less<>> names, groups;
  std::vector<FileEntry> entries;
};

void FileWriter::State::make_groups(const std::string& name) {
  const Hdf5Handle creation(H5Pcreate(H5P_GROUP_CREATE), H5Pclose);
  H5Pset_obj_track_times(creation.id(), false);
  for (std::size_t slash = name.find('/', 1); slash != std::string::npos;
       slash = name.find('/', slash + 1)) {
    const std::string group = name.substr(0, slash);
    if (!groups.insert(group).second) continue;
    const Hdf5Handle made(
        H5Gcreate2(file.id(), group.c_str(), H5P_DEFAULT, creation.id(), H5P_DEFAULT), H5Gclose);
    if (!made) throw IoError("save", fmt::format("{}: HDF5 refused the group {}", path, group));
  }
}

void FileWriter::State::put(FileEntry entry, const Hdf5Handle& type, const Hdf5Handle& space,
                            const void* data) {
  make_groups(entry.name);
  const Hdf5Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  H5Pset_obj_track_times(creation.id(), false);
  H5Pset_fill_time(creation.id(), H5D_FILL_TIME_NEVER);
  H5Pset_alloc_time(creation.id(), H5D_ALLOC_TIME_EARLY);
  const Hdf5Handle dataset(H5Dcreate2(file.id(), entry.name.c_str(), type.id(), space.id(),
                                      H5P_DEFAULT, creation.id(), H5P_DEFAULT),
                           H5Dclose);
  const bool done =
      dataset && H5Dwrite(dataset.id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0;
  check();
  if (!done) throw IoError("save", fmt::format("{}: HDF5 refused {}", path, entry.name));
  if (entry.bytes > 0) entry.offset = H5Dget_offset(dataset.id());
  entry.crc32c = crc32c({static_cast<const std::byte*>(data), entry.bytes});
  names.insert(entry.name);
  entries.push_back(std::move(entry));
}

void FileWriter::State::check_free(const std::string& name) const {
  check_name(name);
  const auto refuse = [&](const char* why, const std::string& other) {
    throw ValueError("save", fmt::format("the name \"{}\" {} \"{}\"", name, why, other));
  };
  if (names.contains(name)) refuse("is taken by", name);
  if (groups.contains(name)) refuse("is a part of others' names:", *groups.lower_bound(name));
  for (std::size_t slash = name.find('/', 1); slash != std::string::npos;
       slash = name.find('/', slash + 1))
    if (names.contains(name.substr(0, slash))) refuse("runs through", name.substr(0, slash));
}

FileWriter::FileWriter(const std::string& path) : state_(std::make_unique<State>(path)) {}
FileWriter::~FileWriter() = default;
FileWriter::FileWriter(FileWriter&&) noexcept = default;
FileWriter& FileWriter::operator=(FileWriter&&) noexcept = default;

void FileWriter::put(const std::string& name, const TensorView& tensor) {
  state_->check_free(name);
  FileEntry entry;
  entry.name = name;
  entry.dtype = tensor.dtype;
  entry.shape = tensor.shape;
  entry.bytes = static_cast<std::uint64_t>(
      checked_mul(tensor.shape.numel(), static_cast<std::int64_t>(size_of(tensor.dtype)), "save"));
  std::array<hsize_t, kMaxRank> sizes;
  std::copy(tensor.shape.begin(), tensor.shape.end(), sizes.begin());

  const Hdf5Lock lock;
  state_->check();
  const int rank = tensor.shape.rank();
  const Hdf5Handle space(
      rank == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(rank, sizes.data(), nullptr), H5Sclose);
  state_->put(std::move(entry), hdf5_type(tensor.dtype), space, tensor.data);
}

void FileWriter::put(const std::string& name, const Tensor& tensor) {
  Tensor host = tensor.is_contiguous() ? tensor : detail::run_copy(tensor);
  if (host.device().kind != DeviceKind::cpu) host = detail::run_transfer(host, {});
  const detail::TensorImpl& impl = host.impl();
  const char* data = impl.storage->host() + impl.offset * size_of(impl.dtype);
  put(name, TensorView{impl.dtype, impl.shape, data});
}

void FileWriter::put_text(const std::string& name, std::string_view text) {
  state_->check_free(name);
  FileEntry entry;
  entry.name = name;
  entry.is_text = true;
  entry.bytes = text.size();
  const Hdf5Lock lock;
  state_->check();
  const Hdf5Handle space(H5Screate(H5S_SCALAR), H5Sclose);
  state_->put(std::move(entry), hdf5_text_type(text.size()), space,
              text.empty() ? "" : text.data());
}

void FileWriter::commit() {
  State& state = *state_;
  {
    const Hdf5Lock lock;
    state.check();
    const bool closed = state.file.close();
    state.store.check();
    if (!closed) throw IoError("save", state.path + ": HDF5 could not close the file");
  }
  write_footer(state.writer, state.writer.size(), state.entries);
  state.writer.commit();
}

}  // namespace carousel::io
