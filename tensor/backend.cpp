#include <carousel/tensor/backend.h>

#include <atomic>
#include <map>
#include <mutex>

#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/error.h>

namespace carousel {

// The built-in backends, explicitly. Each returns null for an index that it does not have.
namespace cpu {
Backend* find_backend(int index);
int device_count();
}  // namespace cpu
#ifdef CAROUSEL_HAS_OPENCL
namespace opencl {
Backend* find_backend(int index);
int device_count();
}  // namespace opencl
#endif

namespace {

Backend* find(Device device) {
  static Backend* const host = cpu::find_backend(0);
  if (device.kind == DeviceKind::cpu) return device.index == 0 ? host : nullptr;
#ifdef CAROUSEL_HAS_OPENCL
  if (device.kind == DeviceKind::opencl) return opencl::find_backend(device.index);
#endif
  return nullptr;
}

std::atomic<FallbackPolicy> policy{FallbackPolicy::error};
std::atomic<std::int64_t> fallbacks[kKernelCount];

// Operations that ran as their composed twins; a lock is nothing beside what those cost.
std::mutex composed_mutex;
std::map<std::string, std::int64_t>& composed() {
  static auto* counts = new std::map<std::string, std::int64_t>;  // outlives every operation
  return *counts;
}

}  // namespace

Backend& backend(Device device) {
  Backend* found = find(device);
  if (found == nullptr) [[unlikely]]
    throw DeviceError("device", device.kind == DeviceKind::meta
                                    ? "meta holds shapes only: a meta tensor has no data"
                                    : "there is no device " + to_string(device) + " here (" +
                                          std::to_string(device_count(device.kind)) + " found)");
  return *found;
}

int device_count(DeviceKind kind) {
  if (kind == DeviceKind::cpu) return cpu::device_count();
#ifdef CAROUSEL_HAS_OPENCL
  if (kind == DeviceKind::opencl) return opencl::device_count();
#endif
  return 0;
}

void set_fallback_policy(FallbackPolicy p) { policy = p; }
FallbackPolicy fallback_policy() { return policy; }

std::int64_t fallback_count(Kernel kernel) { return fallbacks[static_cast<std::size_t>(kernel)]; }

std::string explain_fallbacks() {
  std::string text;
  for (std::size_t i = 0; i < kKernelCount; ++i) {
    const auto kernel = static_cast<Kernel>(i);
    if (const std::int64_t count = fallback_count(kernel))
      text += std::string(name_of(kernel)) + ": " + std::to_string(count) + " times on the CPU\n";
  }
  const std::lock_guard lock(composed_mutex);
  for (const auto& [op, count] : composed())
    text += op + ": " + std::to_string(count) + " times composed of other kernels\n";
  return text.empty() ? "no kernel has fallen back to the CPU, no operation to a composed one\n"
                      : text;
}

namespace detail {
bool fall_back(bool missing, Kernel kernel, DType dtype, Device device) {
  if (!missing) return false;
  if (device.kind == DeviceKind::cpu || policy == FallbackPolicy::error)
    throw DeviceError(name_of(kernel), "no kernel for " + std::string(to_string(dtype)) + " on " +
                                           to_string(device) +
                                           "; FallbackPolicy::copy_to_cpu would run it on the CPU");
  ++fallbacks[static_cast<std::size_t>(kernel)];
  return true;
}

bool has_device_kernel(Kernel kernel, const Tensor& x) {
  return x.device().kind != DeviceKind::meta &&
         has_kernel(backend(x.device()).kernels(), kernel, x.dtype());
}

bool runs_fused(const char* op, Kernel kernel, const Tensor& x) {
  if (has_device_kernel(kernel, x)) return true;
  if (x.device().kind != DeviceKind::meta) count_composed(op);
  return false;
}

void count_composed(const char* op) {
  const std::lock_guard lock(composed_mutex);
  ++composed()[op];
}
}  // namespace detail

}  // namespace carousel
