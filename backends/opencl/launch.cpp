#include <carousel/backends/opencl/launch.h>

#include <cmath>
#include <limits>

#include <fmt/format.h>

#include <carousel/tensor/storage.h>

namespace carousel::opencl {
namespace {

// C++ leaves the conversion of a float beyond the target's range undefined.
template <class I>
I saturate(const Scalar& value) {
  if (!value.is_floating()) return static_cast<I>(value.integer());
  const double real = value.real();
  if (std::isnan(real)) return 0;
  if (real <= static_cast<double>(std::numeric_limits<I>::min()))
    return std::numeric_limits<I>::min();
  if (real >= static_cast<double>(std::numeric_limits<I>::max()))
    return std::numeric_limits<I>::max();
  return static_cast<I>(real);
}

}  // namespace

std::int64_t begin_of(const Operand& operand, DType dtype) {
  if (operand.storage == nullptr) return 0;
  return operand.storage->byte_offset() / static_cast<std::int64_t>(size_of(dtype)) +
         operand.offset;
}

cl_mem memory_of(const Operand& operand) {
  return operand.storage == nullptr ? nullptr
                                    : static_cast<cl_mem>(operand.storage->block().handle());
}

Launch::Launch(Queue& queue, std::string_view program, DType t, DType u, std::string_view name)
    : queue_(queue),
      lock_(queue.launch_mutex()),
      name_(name),
      kernel_(queue.kernel(program, t, u, name)) {}

Launch& Launch::argument(const void* value, std::size_t bytes) {
  const cl_int status = clSetKernelArg(kernel_, next_, bytes, value);
  if (status != CL_SUCCESS)
    fail(status, fmt::format("clSetKernelArg({}, {})", name_, next_), queue_.device().name);
  ++next_;
  return *this;
}

Launch& Launch::buffer(cl_mem memory) {
  return argument(&memory, sizeof(cl_mem));  // NOLINT(bugprone-sizeof-expression): the handle
}

Launch& Launch::buffer(const Operand& operand) { return buffer(memory_of(operand)); }

Launch& Launch::scalar(const Scalar& v, DType dtype) {
  switch (dtype) {
    case DType::f32:
      return value(static_cast<float>(v.real()));
    case DType::f64:
      return value(v.real());
    case DType::i32:
      return value(saturate<std::int32_t>(v));
    case DType::i64:
      return value(saturate<std::int64_t>(v));
    case DType::boolean:
      break;
  }
  return value(static_cast<std::uint8_t>(v.real() != 0));
}

void Launch::items(std::int64_t count) { groups((count + kGroup - 1) / kGroup); }

void Launch::groups(std::int64_t count) {
  if (count == 0) return;
  const auto local = static_cast<std::size_t>(kGroup);
  const std::size_t global = static_cast<std::size_t>(count) * local;
  const auto enqueue = [&] {
    return clEnqueueNDRangeKernel(queue_.handle(), kernel_, 1, nullptr, &global, &local, 0, nullptr,
                                  nullptr);
  };
  cl_int status = enqueue();
  if (is_out_of_memory(status)) {  // buffers are often allocated only when first used
    queue_.pool().trim();
    status = enqueue();
  }
  if (status != CL_SUCCESS)
    fail(status, fmt::format("clEnqueueNDRangeKernel({})", name_), queue_.device().name);
  queue_.submitted();
}

}  // namespace carousel::opencl
