#include <carousel/backends/opencl/pool.h>

#include <algorithm>
#include <bit>

#include <fmt/format.h>

#include <carousel/tensor/error.h>

namespace carousel::opencl {

// Four classes to each power of two.
std::size_t Pool::size_class(std::size_t bytes) const {
  constexpr std::size_t kSmallest = 256;
  if (bytes <= kSmallest) return kSmallest;
  const std::size_t step = std::bit_floor(bytes) / 4;
  const std::size_t rounded = (bytes + step - 1) / step * step;
  return std::max(bytes, std::min(rounded, device_->largest_buffer));
}

cl_mem Pool::allocate(std::size_t bytes) {
  if (bytes == 0) return nullptr;
  if (bytes > device_->largest_buffer)
    throw DeviceError("opencl", fmt::format("a buffer of {} bytes exceeds the largest, {}, of {}",
                                            bytes, device_->largest_buffer, device_->name));
  const std::size_t size = size_class(bytes);
  {
    const std::lock_guard lock(mutex_);
    const auto found = free_.find(size);
    if (found != free_.end() && !found->second.empty()) {
      cl_mem buffer = found->second.back();
      found->second.pop_back();
      cached_ -= size;
      return buffer;
    }
  }
  cl_int status = CL_SUCCESS;
  cl_mem buffer = clCreateBuffer(context_, CL_MEM_READ_WRITE, size, nullptr, &status);
  if (is_out_of_memory(status)) {
    trim();
    buffer = clCreateBuffer(context_, CL_MEM_READ_WRITE, size, nullptr, &status);
  }
  if (status != CL_SUCCESS)
    fail(status, fmt::format("clCreateBuffer({} bytes)", size), device_->name);
  return buffer;
}

void Pool::deallocate(cl_mem buffer, std::size_t bytes) noexcept {
  if (buffer == nullptr) return;
  const std::size_t size = size_class(bytes);
  try {
    const std::lock_guard lock(mutex_);
    free_[size].push_back(buffer);
    cached_ += size;
  } catch (...) {  // no memory for the list: give the buffer back
    clReleaseMemObject(buffer);
  }
}

void Pool::trim() noexcept {
  const std::lock_guard lock(mutex_);
  for (auto& [size, buffers] : free_) {
    for (cl_mem buffer : buffers) clReleaseMemObject(buffer);
    buffers.clear();
  }
  cached_ = 0;
}

std::size_t Pool::cached_bytes() const {
  const std::lock_guard lock(mutex_);
  return cached_;
}

}  // namespace carousel::opencl
