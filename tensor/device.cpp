#include <carousel/tensor/device.h>

#include <charconv>

#include <carousel/tensor/error.h>

namespace carousel {

Device::Device(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string_view name = text.substr(0, colon);
  bool good = true;
  if (name == "cpu")
    kind = DeviceKind::cpu;
  else if (name == "meta")
    kind = DeviceKind::meta;
  else if (name == "opencl")
    kind = DeviceKind::opencl;
  else
    good = false;
  if (colon != std::string_view::npos) {
    const std::string_view number = text.substr(colon + 1);
    const auto [end, code] = std::from_chars(number.data(), number.data() + number.size(), index);
    good = good && kind == DeviceKind::opencl && code == std::errc() &&
           end == number.data() + number.size() && index >= 0;
  }
  if (!good)
    throw ValueError("device",
                     "'" + std::string(text) + "' is no device: say cpu, meta, opencl or opencl:N");
}

std::string to_string(Device device) {
  if (device.kind == DeviceKind::cpu) return "cpu";
  if (device.kind == DeviceKind::meta) return "meta";
  return "opencl:" + std::to_string(device.index);
}

}  // namespace carousel
