// Device memory that one kernel call needs for itself.
#pragma once

#include <carousel/backends/opencl/queue.h>

namespace carousel::opencl {

// Goes back to the pool when it dies; the queue is in order, so commands already enqueued may still
// use it.
class Workspace {
 public:
  Workspace(Queue& queue, std::size_t bytes)
      : queue_(queue), bytes_(bytes), memory_(queue.pool().allocate(bytes)) {}
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;
  ~Workspace() { queue_.pool().deallocate(memory_, bytes_); }

  cl_mem memory() const { return memory_; }

 private:
  Queue& queue_;
  std::size_t bytes_;
  cl_mem memory_;
};

}  // namespace carousel::opencl
