// Memory that a thread keeps between kernel calls, so that none allocates after warm-up.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>

#include <sys/mman.h>

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
  static constexpr std::size_t kHugePage = std::size_t{1} << 21;

  // From 512 KiB on in huge pages: small ones fall into the sets of L2 as they come, and the same
  // product then takes up to 10 % longer in one process than in the next.
  void grow(std::size_t bytes) {
    release();
    const bool huge = bytes >= kHugePage / 4;
    if (huge) bytes = (bytes + kHugePage - 1) / kHugePage * kHugePage;
    const std::align_val_t alignment{huge ? kHugePage : 64};
    memory_ = ::operator new(bytes, alignment);
    alignment_ = alignment;
    bytes_ = bytes;
    if (huge) madvise(memory_, bytes, MADV_HUGEPAGE);
  }
  void release() {
    if (memory_) ::operator delete(memory_, alignment_);
    memory_ = nullptr;
    bytes_ = 0;
  }

  void* memory_ = nullptr;
  std::align_val_t alignment_{64};
  std::size_t bytes_ = 0;
};

}  // namespace carousel::cpu
