// Device memory that is kept for reuse.
#pragma once

#include <cstddef>
#include <mutex>
#include <unordered_map>
#include <vector>

#include <carousel/backends/opencl/device.h>

namespace carousel::opencl {

// Buffers by size class (at most a quarter larger than asked). The queue is in order, so a buffer
// may be handed out again while commands that use it are still on their way.
class Pool {
 public:
  Pool(cl_context context, const DeviceInfo& device) : context_(context), device_(&device) {}

  // Null for 0 bytes. DeviceError when the device is out of memory or the buffer is too large.
  cl_mem allocate(std::size_t bytes);
  void deallocate(cl_mem buffer, std::size_t bytes) noexcept;
  // Releases all that is unused.
  void trim() noexcept;
  // Bytes that wait for reuse.
  std::size_t cached_bytes() const;

 private:
  std::size_t size_class(std::size_t bytes) const;

  cl_context context_;
  const DeviceInfo* device_;
  mutable std::mutex mutex_;
  std::unordered_map<std::size_t, std::vector<cl_mem>> free_;
  std::size_t cached_ = 0;
};

}  // namespace carousel::opencl
