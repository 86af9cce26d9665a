#include <carousel/nn/io/hdf5_driver.h>
#include <carousel/tensor/error.h>
#include <hdf5.h>

// From 1.13 on, what a driver needs stands in a header of its own.
#if __has_include(<H5FDdevelop.h>)
#include <H5FDdevelop.h>
#endif

#include <algorithm>
#include <new>
#include <utility>

namespace carousel::io {

static_assert(sizeof(hid_t) == sizeof(std::int64_t), "HDF5 1.10 or newer is needed");

namespace {
constexpr std::size_t kPage = 4096;
}

template <class Action>
void LatchedStore::attempt(Action action) noexcept {
  try {
    action();
  } catch (...) {
    if (!error_) error_ = std::current_exception();
  }
}

void LatchedStore::read_at(std::uint64_t offset, std::span<std::byte> bytes) noexcept {
  std::fill(bytes.begin(), bytes.end(), std::byte{0});
  if (offset < size_)
    attempt([&] {
      store_.read_at(offset, bytes.first(std::min<std::uint64_t>(bytes.size(), size_ - offset)));
    });
  const std::uint64_t end = offset + bytes.size();
  for (auto it = pages_.lower_bound(offset / kPage); it != pages_.end(); ++it) {
    const std::uint64_t from = std::max(offset, it->first * kPage);
    const std::uint64_t to = std::min(end, (it->first + 1) * kPage);
    if (from >= to) break;
    std::copy_n(it->second.begin() + static_cast<std::ptrdiff_t>(from % kPage), to - from,
                bytes.begin() + static_cast<std::ptrdiff_t>(from - offset));
  }
}

void LatchedStore::keep_page_bytes(std::uint64_t offset, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    auto [page, fresh] = pages_.try_emplace(offset / kPage, kPage);
    if (fresh) attempt([&, page = page] { store_.read_at(page->first * kPage, page->second); });
    const std::size_t n = std::min<std::size_t>(bytes.size(), kPage - offset % kPage);
    std::copy_n(bytes.begin(), n,
                page->second.begin() + static_cast<std::ptrdiff_t>(offset % kPage));
    offset += n;
    bytes = bytes.subspan(n);
  }
}

void LatchedStore::write_at(std::uint64_t offset, std::span<const std::byte> bytes,
                            bool keep) noexcept {
  size_ = std::max(size_, offset + bytes.size());
  if (!failed()) attempt([&] { store_.write_at(offset, bytes); });
  if (failed() && keep) attempt([&] { keep_page_bytes(offset, bytes); });
}

void LatchedStore::truncate(std::uint64_t size) noexcept {
  size_ = size;
  if (!failed()) attempt([&] { store_.truncate(size); });
}

namespace {

// What a file access property list carries; HDF5 copies it as bytes.
struct DriverInfo {
  LatchedStore* store;
};

struct DriverFile {
  H5FD_t base;  // first: HDF5 sees only this
  LatchedStore* store;
  haddr_t end_of_allocation;
};

LatchedStore& store_of(const H5FD_t* file) {
  return *reinterpret_cast<const DriverFile*>(file)->store;
}

H5FD_t* open_file(const char*, unsigned, hid_t access, haddr_t) {
  const auto* info = static_cast<const DriverInfo*>(H5Pget_driver_info(access));
  if (!info) return nullptr;
  auto* file = new (std::nothrow) DriverFile{};
  if (!file) return nullptr;
  file->store = info->store;
  return &file->base;
}

herr_t close_file(H5FD_t* file) {
  delete reinterpret_cast<DriverFile*>(file);
  return 0;
}

herr_t query(const H5FD_t*, unsigned long* flags) {
  // No sieve buffer: tensors go from their own memory straight to the store.
  *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA;
  return 0;
}

haddr_t get_end_of_allocation(const H5FD_t* file, H5FD_mem_t) {
  return reinterpret_cast<const DriverFile*>(file)->end_of_allocation;
}

herr_t set_end_of_allocation(H5FD_t* file, H5FD_mem_t, haddr_t address) {
  reinterpret_cast<DriverFile*>(file)->end_of_allocation = address;
  return 0;
}

haddr_t get_end_of_file(const H5FD_t* file, H5FD_mem_t) { return store_of(file).size(); }

herr_t read(H5FD_t* file, H5FD_mem_t, hid_t, haddr_t address, std::size_t size, void* buffer) {
  store_of(file).read_at(address, {static_cast<std::byte*>(buffer), size});
  return 0;
}

herr_t write(H5FD_t* file, H5FD_mem_t type, hid_t, haddr_t address, std::size_t size,
             const void* buffer) {
  store_of(file).write_at(address, {static_cast<const std::byte*>(buffer), size},
                          type != H5FD_MEM_DRAW);
  return 0;
}

herr_t truncate(H5FD_t* file, hid_t, hbool_t) {
  const haddr_t end = reinterpret_cast<const DriverFile*>(file)->end_of_allocation;
  if (store_of(file).size() != end) store_of(file).truncate(end);
  return 0;
}

// Fields by name: 1.14 put further ones before and between those of 1.10.
H5FD_class_t make_class() {
  H5FD_class_t c{};
#ifdef H5FD_CLASS_VERSION
  c.version = H5FD_CLASS_VERSION;
  c.value = static_cast<H5FD_class_value_t>(601);  // from the range that needs no registration
#endif
  c.name = "carousel";
  c.maxaddr = HADDR_MAX;
  c.fc_degree = H5F_CLOSE_STRONG;
  c.fapl_size = sizeof(DriverInfo);
  c.open = open_file;
  c.close = close_file;
  c.query = query;
  c.get_eoa = get_end_of_allocation;
  c.set_eoa = set_end_of_allocation;
  c.get_eof = get_end_of_file;
  c.read = read;
  c.write = write;
  c.truncate = truncate;
  const H5FD_mem_t single[] = H5FD_FLMAP_SINGLE;
  std::copy(std::begin(single), std::end(single), c.fl_map);
  return c;
}

std::mutex& hdf5_mutex() {
  static auto* mutex = new std::mutex;  // outlives every static that may still save
  return *mutex;
}

}  // namespace

Hdf5Lock::Hdf5Lock() : lock_(hdf5_mutex()) {
  H5E_auto2_t handler = nullptr;
  H5Eget_auto2(H5E_DEFAULT, &handler, &handler_data_);
  handler_ = reinterpret_cast<void*>(handler);
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

Hdf5Lock::~Hdf5Lock() {
  H5Eset_auto2(H5E_DEFAULT, reinterpret_cast<H5E_auto2_t>(handler_), handler_data_);
}

Hdf5Handle make_file_access(LatchedStore& store) {
  static const H5FD_class_t driver_class = make_class();
  static hid_t driver = H5I_INVALID_HID;
  // Not valid any more if someone has called H5close() meanwhile.
  if (driver < 0 || H5Iis_valid(driver) <= 0) driver = H5FDregister(&driver_class);
  const DriverInfo info{&store};
  Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  if (driver < 0 || !access || H5Pset_driver(access.id(), driver, &info) < 0)
    throw IoError("hdf5", "the library did not take the file driver");
  return access;
}

}  // namespace carousel::io
