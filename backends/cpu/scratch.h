// Memory for the length of one kernel, from the caching allocator.
#pragma once

#include <cstddef>

#include <carousel/backends/cpu/allocator.h>

namespace carousel::cpu {

class Scratch {
 public:
  // Throws DeviceError when there is no memory left.
  explicit Scratch(std::size_t bytes) : bytes_(bytes), data_(allocate(bytes)) {}
  ~Scratch() { deallocate(data_, bytes_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  template <class T = char>
  T* as() const {
    return static_cast<T*>(data_);
  }

 private:
  std::size_t bytes_;
  void* data_;
};

}  // namespace carousel::cpu
