// One launch of one kernel.
#pragma once

#include <cstdint>
#include <mutex>
#include <span>
#include <string_view>

#include <carousel/backends/opencl/queue.h>

namespace carousel::opencl {

// Work items in every group. Kernels that share local memory count on it.
inline constexpr std::int64_t kGroup = 64;

// Binds arguments in their order, then enqueues. Holds the queue's launch mutex while it lives.
//   Launch(queue, "binary", f32, f32, "add").buffer(out).buffer(a).value(layout).items(count);
class Launch {
 public:
  Launch(Queue& queue, std::string_view program, DType t, DType u, std::string_view name);

  Launch& buffer(cl_mem memory);
  // The operand's block; its offset travels separately.
  Launch& buffer(const Operand& operand);
  // As the C type of dtype.
  Launch& scalar(const Scalar& value, DType dtype);
  // A struct or number that the kernel takes by value.
  template <class V>
  Launch& value(const V& v) {
    return argument(&v, sizeof v);
  }

  // An array that the kernel takes by value, in a struct.
  template <class V>
  Launch& values(std::span<const V> v) {
    return argument(v.data(), v.size_bytes());
  }

  // Enqueues at least `count` work items (kernels skip those beyond it); nothing for 0.
  void items(std::int64_t count);
  // Enqueues `count` groups of kGroup work items; nothing for 0.
  void groups(std::int64_t count);

 private:
  Launch& argument(const void* value, std::size_t bytes);

  Queue& queue_;
  std::unique_lock<std::mutex> lock_;
  std::string_view name_;
  cl_kernel kernel_;
  cl_uint next_ = 0;
};

// Where an operand begins, in elements of its block.
std::int64_t begin_of(const Operand& operand, DType dtype);
cl_mem memory_of(const Operand& operand);

// The backend's queue behind a kernel's context.
inline Queue& queue_of(Context& context) { return static_cast<Queue&>(context); }

}  // namespace carousel::opencl
