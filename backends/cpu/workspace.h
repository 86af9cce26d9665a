// Memory that a thread keeps between kernel calls, so that none allocates after warm-up.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>

namespace carousel::cpu {

class Workspace {
 public:
  Workspace() = default;
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;
  ~Workspace() { release(); }

  // At least `count` elements, 64-byte aligned, contents undefined; valid until the next call.
  template <class T>
  T* get(std::int64_t count) {
    const std::size_t bytes = static_cast<std::size_t>(count) * sizeof(T);
    if (bytes > bytes_) grow(bytes);
    return static_cast<T*>(memory_);
  }

 private:
  static constexpr std::align_val_t kAlignment{64};

  void grow(std::size_t bytes) {
    release();
    memory_ = ::operator new(bytes, kAlignment);
    bytes_ = bytes;
  }
  void release() {
    if (memory_) ::operator delete(memory_, kAlignment);
    memory_ = nullptr;
    bytes_ = 0;
  }

  void* memory_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace carousel::cpu
