// The OpenCL 1.2 API, and its status codes as errors.
#pragma once

#ifndef CL_TARGET_OPENCL_VERSION
#define CL_TARGET_OPENCL_VERSION 120
#endif
#include <CL/cl.h>

#include <string>
#include <string_view>

namespace carousel::opencl {

// "CL_OUT_OF_RESOURCES"; CLBlast's own codes too; "code -9999" for an unknown one.
std::string status_name(cl_int status);

[[noreturn]] void fail(cl_int status, std::string_view call, std::string_view device);

// DeviceError "[opencl] clEnqueueWriteBuffer failed with CL_OUT_OF_RESOURCES on ..." unless status
// is CL_SUCCESS.
inline void check(cl_int status, std::string_view call, std::string_view device) {
  if (status != CL_SUCCESS) [[unlikely]]
    fail(status, call, device);
}

// Whether a call failed for want of memory, so that it may succeed once caches are given back.
inline bool is_out_of_memory(cl_int status) {
  return status == CL_MEM_OBJECT_ALLOCATION_FAILURE || status == CL_OUT_OF_RESOURCES ||
         status == CL_OUT_OF_HOST_MEMORY;
}

}  // namespace carousel::opencl
