// Counts the memory that a program asks the system for. Include it in one file of a test program:
// it defines malloc.
#pragma once

#include <atomic>
#include <cerrno>
#include <cstddef>

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace carousel::test {

inline std::atomic<bool> counting{false};
inline std::atomic<long> system_calls{0};

inline void count_call() {
  if (counting.load(std::memory_order_relaxed)) system_calls.fetch_add(1);
}

}  // namespace carousel::test

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define CAROUSEL_COUNTS_MALLOC 1
// The program's own definitions come before the C library's, for shared libraries too.
extern "C" {
void* __libc_malloc(std::size_t bytes);
void* __libc_calloc(std::size_t count, std::size_t bytes);
void* __libc_realloc(void* memory, std::size_t bytes);
void* __libc_memalign(std::size_t alignment, std::size_t bytes);

void* malloc(std::size_t bytes) {
  carousel::test::count_call();
  return __libc_malloc(bytes);
}
void* calloc(std::size_t n, std::size_t bytes) {
  carousel::test::count_call();
  return __libc_calloc(n, bytes);
}
void* realloc(void* memory, std::size_t bytes) {
  carousel::test::count_call();
  return __libc_realloc(memory, bytes);
}
void* memalign(std::size_t alignment, std::size_t bytes) {
  carousel::test::count_call();
  return __libc_memalign(alignment, bytes);
}
void* aligned_alloc(std::size_t alignment, std::size_t bytes) {
  carousel::test::count_call();
  return __libc_memalign(alignment, bytes);
}
int posix_memalign(void** out, std::size_t alignment, std::size_t bytes) {
  carousel::test::count_call();
  *out = __libc_memalign(alignment, bytes);
  return *out == nullptr ? ENOMEM : 0;
}
void* mmap(void* at, std::size_t bytes, int protection, int flags, int file, off_t offset) {
  carousel::test::count_call();
  return reinterpret_cast<void*>(syscall(SYS_mmap, at, bytes, protection, flags, file, offset));
}
}
#else
#define CAROUSEL_COUNTS_MALLOC 0
#endif
