#include <carousel/backends/cpu/allocator.h>

#include <bit>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>

#include <sys/mman.h>

#include <carousel/tensor/error.h>
#include <carousel/tensor/slab.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CAROUSEL_CACHE_BLOCKS 0  // let the sanitizer see each block's life and exact size
#else
#define CAROUSEL_CACHE_BLOCKS 1
#endif

namespace carousel::cpu {
namespace {

constexpr std::size_t kAlignment = 64, kLargestSlab = 2048;
// Sanitizers abort where the system would say no.
constexpr std::size_t kLargest = std::size_t{1} << (CAROUSEL_CACHE_BLOCKS ? 56 : 36);
constexpr std::size_t kHugePage = std::size_t{1} << 21;
#if !defined(NDEBUG) && CAROUSEL_CACHE_BLOCKS
constexpr std::size_t kGuard = 64;
#else
constexpr std::size_t kGuard = 0;
#endif
constexpr unsigned char kGuardByte = 0xC5;

struct Free {
  Free* next;
};

constexpr std::size_t kSteps = 4, kClasses = 64 * kSteps;

struct Cache {
  std::mutex mutex;
  Free* lists[kClasses] = {};
  std::size_t bytes = 0;
};
// Leaked: tensors may be freed after static destructors have run.
Cache& cache() {
  static Cache* const instance = new Cache;
  return *instance;
}

// Of a size class: its power of two and the step above it.
std::size_t index_of(std::size_t size) {
  const auto power = static_cast<std::size_t>(std::bit_width(size) - 1);
  return power * kSteps + ((size >> (power - 2)) & (kSteps - 1));
}

void* from_system(std::size_t size) {
  void* block = nullptr;
  if (posix_memalign(&block, size >= kHugePage ? kHugePage : kAlignment, size) != 0) return nullptr;
  if (size >= kHugePage) madvise(block, size, MADV_HUGEPAGE);
  return block;
}

void* take_free(std::size_t size) {
  if (!CAROUSEL_CACHE_BLOCKS) return nullptr;
  Cache& c = cache();
  const std::lock_guard lock(c.mutex);
  Free*& list = c.lists[index_of(size)];
  Free* block = list;
  if (block != nullptr) {
    list = block->next;
    c.bytes -= size;
  }
  return block;
}

void* take(std::size_t bytes) {
  if (bytes <= kLargestSlab) return carousel::detail::slab_allocate(bytes);
  carousel::detail::count_allocation();
  const std::size_t size = bytes < kLargest ? size_class(bytes) : 0;
  void* block = size == 0 ? nullptr : take_free(size);
  if (block == nullptr && size != 0) block = from_system(size);
  if (block == nullptr && size != 0) {
    trim();
    block = from_system(size);
  }
  if (block == nullptr)
    throw DeviceError("allocate", "cpu: " + std::to_string(bytes) + " bytes are not available");
  return block;
}

void give(void* block, std::size_t bytes) noexcept {
  if (bytes <= kLargestSlab) return carousel::detail::slab_free(block, bytes);
  if (!CAROUSEL_CACHE_BLOCKS) return std::free(block);
  const std::size_t size = size_class(bytes);
  Cache& c = cache();
  const std::lock_guard lock(c.mutex);
  Free*& list = c.lists[index_of(size)];
  list = ::new (block) Free{list};
  c.bytes += size;
}

[[maybe_unused]] void check_guard(const unsigned char* guard, const char* where) {
  for (std::size_t i = 0; i < kGuard; ++i)
    if (guard[i] != kGuardByte) {
      std::fprintf(stderr, "carousel: something wrote into a block's guard, %s\n", where);
      std::abort();
    }
}

}  // namespace

std::size_t size_class(std::size_t bytes) {
  if (!CAROUSEL_CACHE_BLOCKS || bytes <= kLargestSlab)
    return (bytes + kAlignment - 1) / kAlignment * kAlignment;
  const std::size_t step = std::bit_floor(bytes - 1) / kSteps;
  return (bytes + step - 1) / step * step;
}

void* allocate(std::size_t bytes) {
  if constexpr (kGuard == 0) return take(bytes);
  if (bytes >= kLargest) return take(bytes);
  auto* block = static_cast<unsigned char*>(take(bytes + 2 * kGuard));
  std::memset(block, kGuardByte, kGuard);
  std::memset(block + kGuard + bytes, kGuardByte, kGuard);
  return block + kGuard;
}

void deallocate(void* block, std::size_t bytes) noexcept {
  if (block == nullptr) return;
  if constexpr (kGuard == 0) return give(block, bytes);
  auto* guard = static_cast<unsigned char*>(block) - kGuard;
  check_guard(guard, "before its beginning");
  check_guard(guard + kGuard + bytes, "behind its end");
  give(guard, bytes + 2 * kGuard);
}

void trim() noexcept {
  Cache& c = cache();
  const std::lock_guard lock(c.mutex);
  for (Free*& list : c.lists)
    while (list != nullptr) {
      Free* next = list->next;
      std::free(list);
      list = next;
    }
  c.bytes = 0;
}

std::size_t cached_bytes() {
  Cache& c = cache();
  const std::lock_guard lock(c.mutex);
  return c.bytes;
}

}  // namespace carousel::cpu
