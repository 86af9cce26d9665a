#include <carousel/backends/opencl/backend.h>

#include <memory>
#include <mutex>

#include <carousel/backends/opencl/kernels.h>
#include <carousel/backends/opencl/tuning.h>
#include <carousel/tensor/storage.h>

namespace carousel::opencl {
namespace {

cl_mem memory_of(const detail::Storage& storage) {
  return static_cast<cl_mem>(storage.block().handle());
}

std::size_t position(const detail::Storage& storage, std::int64_t byte_offset) {
  return static_cast<std::size_t>(storage.byte_offset() + byte_offset);
}

}  // namespace

OpenCLBackend::OpenCLBackend(const DeviceInfo& device) : queue_(device) {
  fill_tables(tables_, device);
  apply_tuning(device, tuning_folder());
}

void* OpenCLBackend::allocate(std::size_t bytes) { return queue_.pool().allocate(bytes); }

void OpenCLBackend::deallocate(void* handle, std::size_t bytes) noexcept {
  queue_.pool().deallocate(static_cast<cl_mem>(handle), bytes);
}

void OpenCLBackend::trim() noexcept { queue_.pool().trim(); }

void OpenCLBackend::upload(detail::Storage& to, std::int64_t byte_offset, const void* from,
                           std::size_t bytes) {
  queue_.write(memory_of(to), position(to, byte_offset), from, bytes);
}

void OpenCLBackend::download(const detail::Storage& from, std::int64_t byte_offset, void* to,
                             std::size_t bytes) {
  queue_.read(memory_of(from), position(from, byte_offset), to, bytes);
}

void OpenCLBackend::synchronize() { queue_.finish(); }

int device_count() { return static_cast<int>(devices().size()); }

Backend* find_backend(int index) {
  if (index < 0 || index >= device_count()) return nullptr;
  // Leaked, as the devices are: tensors may outlive every static object.
  static auto* const mutex = new std::mutex;
  static auto* const found =
      new std::vector<std::unique_ptr<OpenCLBackend>>(static_cast<std::size_t>(device_count()));
  const std::lock_guard lock(*mutex);
  std::unique_ptr<OpenCLBackend>& slot = (*found)[static_cast<std::size_t>(index)];
  if (slot == nullptr)
    slot = std::make_unique<OpenCLBackend>(devices()[static_cast<std::size_t>(index)]);
  return slot.get();
}

}  // namespace carousel::opencl
