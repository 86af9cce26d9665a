// Containers on slabs.
#pragma once

#include <cstddef>

#include <carousel/tensor/slab.h>

namespace carousel::detail {

// For standard containers that come and go with every batch.
template <class T>
struct SlabAllocator {
  using value_type = T;
  SlabAllocator() = default;
  template <class U>
  SlabAllocator(const SlabAllocator<U>&) noexcept {}  // NOLINT: allocators convert
  T* allocate(std::size_t count) { return static_cast<T*>(slab_allocate(count * sizeof(T))); }
  void deallocate(T* memory, std::size_t count) noexcept { slab_free(memory, count * sizeof(T)); }
  friend bool operator==(SlabAllocator, SlabAllocator) { return true; }
};

}  // namespace carousel::detail
