#include <carousel/backends/opencl/device.h>

#include <algorithm>

#include <fmt/format.h>

namespace carousel::opencl {
namespace {

template <class T>
T device_value(cl_device_id id, cl_device_info what) {
  T value{};
  check(clGetDeviceInfo(id, what, sizeof value, &value, nullptr), "clGetDeviceInfo", "a device");
  return value;
}

std::string device_text(cl_device_id id, cl_device_info what) {
  std::size_t bytes = 0;
  check(clGetDeviceInfo(id, what, 0, nullptr, &bytes), "clGetDeviceInfo", "a device");
  std::string text(bytes, '\0');
  check(clGetDeviceInfo(id, what, bytes, text.data(), nullptr), "clGetDeviceInfo", "a device");
  text.resize(std::min(text.size(), text.find('\0')));
  return text;
}

DeviceInfo describe(cl_platform_id platform, cl_device_id id) {
  DeviceInfo info{};
  info.platform = platform;
  info.id = id;
  info.name = fmt::format("{} (driver {})", device_text(id, CL_DEVICE_NAME),
                          device_text(id, CL_DRIVER_VERSION));
  info.largest_buffer = device_value<cl_ulong>(id, CL_DEVICE_MAX_MEM_ALLOC_SIZE);
  info.has_f64 = device_text(id, CL_DEVICE_EXTENSIONS).find("cl_khr_fp64") != std::string::npos;
  info.rounds_division = (device_value<cl_device_fp_config>(id, CL_DEVICE_SINGLE_FP_CONFIG) &
                          CL_FP_CORRECTLY_ROUNDED_DIVIDE_SQRT) != 0;
  return info;
}

void append_devices(cl_platform_id platform, cl_device_type type, std::vector<DeviceInfo>& found) {
  cl_uint count = 0;
  if (clGetDeviceIDs(platform, type, 0, nullptr, &count) != CL_SUCCESS || count == 0) return;
  std::vector<cl_device_id> ids(count);
  if (clGetDeviceIDs(platform, type, count, ids.data(), nullptr) != CL_SUCCESS) return;
  for (cl_device_id id : ids)
    if (device_value<cl_bool>(id, CL_DEVICE_AVAILABLE) != CL_FALSE &&
        device_value<cl_bool>(id, CL_DEVICE_COMPILER_AVAILABLE) != CL_FALSE)
      found.push_back(describe(platform, id));
}

std::vector<DeviceInfo> enumerate() {
  cl_uint count = 0;
  if (clGetPlatformIDs(0, nullptr, &count) != CL_SUCCESS || count == 0) return {};
  std::vector<cl_platform_id> platforms(count);
  if (clGetPlatformIDs(count, platforms.data(), nullptr) != CL_SUCCESS) return {};
  std::vector<DeviceInfo> found;
  for (const cl_device_type type :
       {CL_DEVICE_TYPE_GPU, CL_DEVICE_TYPE_ACCELERATOR, CL_DEVICE_TYPE_CPU})
    for (cl_platform_id platform : platforms)
      append_devices(platform, static_cast<cl_device_type>(type), found);
  return found;
}

}  // namespace

const std::vector<DeviceInfo>& devices() {
  // Leaked: drivers may be unloaded before static objects are destroyed.
  static const auto* const all = new std::vector<DeviceInfo>(enumerate());
  return *all;
}

}  // namespace carousel::opencl
