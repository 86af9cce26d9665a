#include <carousel/backends/opencl/queue.h>

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include <carousel/backends/opencl/program_sources.h>
#include <carousel/backends/opencl/update_source.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/error.h>

namespace carousel::opencl {
namespace {

// Commands between two clFlush calls: the device starts early, and the host pays little for it.
constexpr int kFlushEvery = 16;

using ErrorWord = std::array<std::int64_t, 4>;

cl_context make_context(const DeviceInfo& device) {
  const cl_context_properties properties[] = {
      CL_CONTEXT_PLATFORM, reinterpret_cast<cl_context_properties>(device.platform), 0};
  cl_int status = CL_SUCCESS;
  cl_context context = clCreateContext(properties, 1, &device.id, nullptr, nullptr, &status);
  check(status, "clCreateContext", device.name);
  return context;
}

cl_command_queue make_queue(cl_context context, const DeviceInfo& device) {
  cl_int status = CL_SUCCESS;
  cl_command_queue queue = clCreateCommandQueue(context, device.id, 0, &status);
  check(status, "clCreateCommandQueue", device.name);
  return queue;
}

const char* c_type(DType dtype) {
  constexpr const char* names[] = {"float", "double", "int", "long", "uchar"};
  return names[static_cast<std::size_t>(dtype)];
}

}  // namespace

Queue::Queue(const DeviceInfo& device)
    : device_(device),
      context_(make_context(device)),
      queue_(make_queue(context_, device)),
      pool_(context_, device_) {
  const ErrorWord none{};
  error_word_ = pool_.allocate(sizeof none);
  write(error_word_, 0, none.data(), sizeof none);
}

std::string Queue::build_options(DType t, DType u) const {
  std::string options = fmt::format("-D T={} -D T_{}=1 -D U={} -D U_{}=1", c_type(t), to_string(t),
                                    c_type(u), to_string(u));
  if (device_.has_f64) options += " -D HAS_F64=1";
  if (t != f64 && u != f64 && !device_.has_f64) options += " -cl-single-precision-constant";
  if (device_.rounds_division) options += " -cl-fp32-correctly-rounded-divide-sqrt";
  return options;
}

cl_program Queue::build(std::string_view program, DType t, DType u) {
  std::string source(program_source("prelude"));
  source += program_source(program);
  source += update_source(program);
  const char* text = source.data();
  const std::size_t length = source.size();
  cl_int status = CL_SUCCESS;
  cl_program built = clCreateProgramWithSource(context_, 1, &text, &length, &status);
  check(status, "clCreateProgramWithSource", device_.name);
  status = clBuildProgram(built, 1, &device_.id, build_options(t, u).c_str(), nullptr, nullptr);
  if (status == CL_SUCCESS) return built;
  std::string log(4096, '\0');
  clGetProgramBuildInfo(built, device_.id, CL_PROGRAM_BUILD_LOG, log.size(), log.data(), nullptr);
  log.resize(std::min(log.size(), log.find('\0')));
  clReleaseProgram(built);
  fail(status, fmt::format("clBuildProgram({}, {}, {})", program, to_string(t), to_string(u)),
       device_.name + ":\n" + log);
}

cl_kernel Queue::kernel(std::string_view program, DType t, DType u, std::string_view name) {
  std::string key = fmt::format("{}/{}/{}", program, to_string(t), to_string(u));
  const std::size_t program_length = key.size();
  key.append("/").append(name);
  const auto found = kernels_.find(key);
  if (found != kernels_.end()) [[likely]]
    return found->second;
  cl_program& built = programs_[key.substr(0, program_length)];
  if (built == nullptr) built = build(program, t, u);
  cl_int status = CL_SUCCESS;
  cl_kernel made = clCreateKernel(built, std::string(name).c_str(), &status);
  if (status != CL_SUCCESS)
    fail(status, fmt::format("clCreateKernel({} of {})", name, program), device_.name);
  return kernels_[key] = made;
}

void Queue::submitted() {
  if (++unflushed_ < kFlushEvery) return;
  unflushed_ = 0;
  check(clFlush(queue_), "clFlush", device_.name);
}

std::int64_t Queue::check_id(std::string_view op, Checked what) {
  const std::lock_guard lock(check_mutex_);
  auto found = std::find_if(known_checks_.begin(), known_checks_.end(), [&](const Check& known) {
    return known.op == op && known.what == what;
  });
  if (found == known_checks_.end()) found = known_checks_.insert(found, {std::string(op), what});
  return found - known_checks_.begin() + 1;
}

void Queue::check_submitted() {
  const std::lock_guard lock(check_mutex_);
  checks_pending_ = true;
}

void Queue::throw_pending_error() {
  const std::lock_guard lock(check_mutex_);
  if (!checks_pending_) return;
  ErrorWord word{};
  check(clEnqueueReadBuffer(queue_, error_word_, CL_TRUE, 0, sizeof word, word.data(), 0, nullptr,
                            nullptr),
        "clEnqueueReadBuffer", device_.name);
  checks_pending_ = false;
  const auto [which, position, value, bound] = word;
  if (which == 0) return;
  write(error_word_, 0, ErrorWord{}.data(), sizeof word);
  const auto& [op, what] = known_checks_[static_cast<std::size_t>(which - 1)];
  if (what == Checked::norm)
    carousel::detail::check_norm(op.c_str(), value != 0 ? HUGE_VAL : std::nan(""));
  const char* text = what == Checked::label ? "label {} in row {} is out of range for {} classes"
                     : what == Checked::id  ? "index {} at position {} is outside [0, {})"
                                            : "index {} at position {} is out of range for size {}";
  throw IndexError(op, fmt::format(fmt::runtime(text), value, position, bound));
}

void Queue::finish() {
  check(clFinish(queue_), "clFinish", device_.name);
  throw_pending_error();
}

void Queue::write(cl_mem buffer, std::size_t offset, const void* from, std::size_t bytes) {
  if (bytes == 0) return;
  check(clEnqueueWriteBuffer(queue_, buffer, CL_TRUE, offset, bytes, from, 0, nullptr, nullptr),
        "clEnqueueWriteBuffer", device_.name);
}

void Queue::read(cl_mem buffer, std::size_t offset, void* to, std::size_t bytes) {
  throw_pending_error();
  if (bytes == 0) return;
  check(clEnqueueReadBuffer(queue_, buffer, CL_TRUE, offset, bytes, to, 0, nullptr, nullptr),
        "clEnqueueReadBuffer", device_.name);
}

}  // namespace carousel::opencl
