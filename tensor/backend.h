// A device that holds tensors and runs kernels.
#pragma once

#include <cstddef>
#include <cstdint>

#include <carousel/tensor/device.h>
#include <carousel/tensor/kernels.h>

namespace carousel {

namespace detail {
class Storage;
}

class Backend {
 public:
  virtual ~Backend() = default;

  // A block's handle, 64-byte aligned on the CPU; bytes may be 0. Frees caches before it gives up
  // with DeviceError.
  virtual void* allocate(std::size_t bytes) = 0;
  virtual void deallocate(void* handle, std::size_t bytes) noexcept = 0;
  // Gives unused memory back to the system.
  virtual void trim() noexcept = 0;

  // Bytes between host memory and a storage. `download` waits for all work before it and throws
  // what an asynchronous kernel has found wrong.
  virtual void upload(detail::Storage& to, std::int64_t byte_offset, const void* from,
                      std::size_t bytes) = 0;
  virtual void download(const detail::Storage& from, std::int64_t byte_offset, void* to,
                        std::size_t bytes) = 0;
  virtual void synchronize() = 0;

  virtual Context& context() = 0;
  virtual const KernelTables& kernels() const = 0;
};

// The backend of a device; DeviceError if there is none (or for `meta`, which has no memory).
Backend& backend(Device device);

// How many devices of this kind the machine offers.
int device_count(DeviceKind kind);

// What happens when a device lacks a kernel: an error (default), or the CPU's kernel on copies.
enum class FallbackPolicy { error, copy_to_cpu };
void set_fallback_policy(FallbackPolicy policy);
FallbackPolicy fallback_policy();
// How often a kernel has run on the CPU in place of a device since the program began.
std::int64_t fallback_count(Kernel kernel);
// What has run slower than it could: one line a kernel that has fallen back ("sort: 3 times on the
// CPU"), and one an operation whose device lacks its kernel ("lstm: 2 times composed of other
// kernels"); or that there is none.
std::string explain_fallbacks();

}  // namespace carousel
