// Memory for small objects: tensor handles, graph nodes, short buffers.
#pragma once

#include <cstddef>

namespace carousel::detail {

// 64-byte aligned, from a per-thread list; sizes over 2 KiB go to operator new.
// An object may be freed on another thread, or after its own thread has ended.
// Throws std::bad_alloc.
void* slab_allocate(std::size_t bytes);
// `bytes` as given to slab_allocate.
void slab_free(void* memory, std::size_t bytes) noexcept;

// Test seam: the k-th allocation from now on (0 = the next one) throws std::bad_alloc, once;
// -1 disarms. Counts slab allocations and device blocks of every thread.
void fail_allocation(long k) noexcept;
// What fail_allocation counts; called by each allocator before it gives memory out.
void count_allocation();

}  // namespace carousel::detail
