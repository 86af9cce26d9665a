// The OpenCL devices of this machine.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <carousel/backends/opencl/cl.h>

namespace carousel::opencl {

struct DeviceInfo {
  cl_platform_id platform;
  cl_device_id id;
  std::string name;            // "NVIDIA H100 (driver 550.54)"
  std::size_t largest_buffer;  // bytes
  bool has_f64;
  bool rounds_division;  // correctly rounded f32 division and square root on request
};

// Those that can compile our programs: GPUs first, then other accelerators, then CPUs, each in the
// platforms' order. Empty without an ICD. Enumerated once.
const std::vector<DeviceInfo>& devices();

}  // namespace carousel::opencl
