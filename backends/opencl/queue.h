// One device's context and in-order queue, with the programs and the memory that live there.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <carousel/backends/opencl/device.h>
#include <carousel/backends/opencl/pool.h>
#include <carousel/tensor/kernels.h>

namespace carousel::opencl {

// What a value check was about, for the text of the error.
// index: negative ones count from the end; id: they don't; norm: of gradients, not finite.
enum class Checked : std::uint8_t { index, id, label, norm };

class Queue final : public Context {
 public:
  explicit Queue(const DeviceInfo& device);

  const DeviceInfo& device() const { return device_; }
  cl_command_queue handle() const { return queue_; }
  Pool& pool() { return pool_; }

  // Guards kernel arguments and the launches that read them; the API itself may be called from
  // any thread.
  std::mutex& launch_mutex() { return launch_mutex_; }
  // The kernel NAME of programs/PROGRAM.cl compiled for element types t and u; built at the first
  // call. Under launch_mutex().
  cl_kernel kernel(std::string_view program, DType t, DType u, std::string_view name);
  // Called after each enqueued command: hands work to the device now and then.
  void submitted();

  // What value checks write: {which, position, value, bound}, `which` being 0 while all is well.
  cl_mem error_word() const { return error_word_; }
  // An id other than 0 for `which`, that stands for an operation and what it was given.
  std::int64_t check_id(std::string_view op, Checked what);
  // A kernel that may write the error word has been enqueued.
  void check_submitted();
  // Waits for everything; throws what a check has found (IndexError, NumericError), and forgets
  // it.
  void finish();
  // Blocking copies between a buffer and host memory.
  void write(cl_mem buffer, std::size_t offset, const void* from, std::size_t bytes);
  void read(cl_mem buffer, std::size_t offset, void* to, std::size_t bytes);

 private:
  cl_program build(std::string_view program, DType t, DType u);
  std::string build_options(DType t, DType u) const;
  void throw_pending_error();

  const DeviceInfo& device_;
  cl_context context_;
  cl_command_queue queue_;
  Pool pool_;
  std::mutex launch_mutex_;
  std::unordered_map<std::string, cl_program> programs_;
  std::unordered_map<std::string, cl_kernel> kernels_;
  int unflushed_ = 0;

  std::mutex check_mutex_;
  cl_mem error_word_ = nullptr;
  struct Check {
    std::string op;
    Checked what;
  };
  std::vector<Check> known_checks_;
  bool checks_pending_ = false;
};

}  // namespace carousel::opencl
