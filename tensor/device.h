// Where a tensor's data lies.
#pragma once

#include <string>
#include <string_view>

namespace carousel {

// `meta` tensors have a shape and a dtype but no data: front ends run on them to infer shapes.
enum class DeviceKind : unsigned char { cpu, opencl, meta };

struct Device {
  DeviceKind kind = DeviceKind::cpu;
  int index = 0;

  Device() = default;
  constexpr Device(DeviceKind k, int i = 0) : kind(k), index(i) {}
  // "cpu", "meta", "opencl" (the first), "opencl:1"; else ValueError.
  Device(std::string_view text);  // NOLINT: implicit, so that {.device = "opencl:0"} works
  Device(const char* text) : Device(std::string_view(text)) {}

  friend bool operator==(const Device&, const Device&) = default;
};

std::string to_string(Device device);

}  // namespace carousel
