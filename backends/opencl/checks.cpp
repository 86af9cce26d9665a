#include <carousel/backends/opencl/checks.h>

#include <carousel/backends/opencl/launch.h>

namespace carousel::opencl {

void check_values(Queue& queue, const char* op, const Operand& values, DType dtype,
                  std::int64_t count, const Range& range) {
  if (count == 0) return;
  const std::int64_t which = queue.check_id(op, range.what);
  Launch(queue, "check", dtype, dtype, "check_kernel")
      .buffer(queue.error_word())
      .buffer(values)
      .value(begin_of(values, dtype))
      .value(count)
      .value(range.low)
      .value(range.high)
      .value(which)
      .value(std::int64_t{range.ignore.has_value()})
      .value(range.ignore.value_or(0))
      .groups(1);
  queue.check_submitted();
}

}  // namespace carousel::opencl
