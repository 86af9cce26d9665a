// Memory of the CPU backend.
#pragma once

#include <cstddef>

namespace carousel::cpu {

// A 64-byte aligned block. Up to 2 KiB it comes from the slabs, else from a list of free blocks of
// its size class, else from the system (huge pages are asked for from 2 MiB on). When the system
// has none left, the free blocks are given back to it and it is asked again.
// Throws DeviceError `[allocate] cpu: N bytes are not available`.
void* allocate(std::size_t bytes);
// `bytes` as given to allocate. In debug builds aborts if the guard bytes around the block were
// overwritten.
void deallocate(void* block, std::size_t bytes) noexcept;

// Gives all free blocks back to the system.
void trim() noexcept;

// What allocate really reserves for a block: a power of two, or one of three steps between.
std::size_t size_class(std::size_t bytes);

// Bytes in free blocks that trim() would give back.
std::size_t cached_bytes();

}  // namespace carousel::cpu
