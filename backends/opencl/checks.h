// Checks of values that only the device knows.
#pragma once

#include <cstdint>
#include <optional>

#include <carousel/backends/opencl/queue.h>

namespace carousel::opencl {

struct Range {
  Checked what;
  std::int64_t low, high;                // good values are in [low, high)
  std::optional<std::int64_t> ignore{};  // and this one
};

// Enqueues a check of `count` dense integers. The first bad one is kept in the queue's error word:
// optimizer kernels do nothing from then on, and the next read-back throws IndexError for `op`.
void check_values(Queue& queue, const char* op, const Operand& values, DType dtype,
                  std::int64_t count, const Range& range);

}  // namespace carousel::opencl
