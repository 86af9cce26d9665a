// OpenCL devices as backends: opencl:0 is the first of opencl::devices().
#pragma once

#include <carousel/backends/opencl/queue.h>
#include <carousel/tensor/backend.h>

namespace carousel::opencl {

class OpenCLBackend final : public Backend {
 public:
  explicit OpenCLBackend(const DeviceInfo& device);

  void* allocate(std::size_t bytes) override;
  void deallocate(void* handle, std::size_t bytes) noexcept override;
  void trim() noexcept override;
  void upload(detail::Storage& to, std::int64_t byte_offset, const void* from,
              std::size_t bytes) override;
  void download(const detail::Storage& from, std::int64_t byte_offset, void* to,
                std::size_t bytes) override;
  void synchronize() override;
  Context& context() override { return queue_; }
  const KernelTables& kernels() const override { return tables_; }

 private:
  Queue queue_;
  KernelTables tables_;
};

// Null for an index beyond the last device.
Backend* find_backend(int index);
int device_count();

}  // namespace carousel::opencl
