#include <carousel/tensor/slab.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <new>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CAROUSEL_PLAIN_NEW 1  // let the sanitizer see every object on its own
#else
#define CAROUSEL_PLAIN_NEW 0
#endif

// Without this each access from a shared library is a function call.
#define CAROUSEL_FAST_TLS __attribute__((tls_model("initial-exec")))

namespace carousel::detail {
namespace {

constexpr std::size_t kStep = 64, kLargest = 2048, kClasses = kLargest / kStep;
constexpr std::size_t kChunk = std::size_t{1} << 16;
constexpr int kKeep = 512, kMove = 256;  // a thread keeps at most kKeep of a class

struct Free {
  Free* next;
};

struct Global {
  std::mutex mutex;
  Free* lists[kClasses] = {};
};
// Leaked: objects may be freed after static destructors have run.
Global& global() {
  static Global* const instance = new Global;
  return *instance;
}

struct Cache {
  Free* lists[kClasses];
  int counts[kClasses];
  bool ended, watched;
};
thread_local Cache cache CAROUSEL_FAST_TLS;

std::atomic<bool> fault_armed{false};
std::atomic<long> fault_countdown{-1};

void give_back(std::size_t index, int keep) noexcept {
  Global& shared = global();
  const std::lock_guard lock(shared.mutex);
  while (cache.counts[index] > keep) {
    Free* item = cache.lists[index];
    cache.lists[index] = item->next;
    item->next = shared.lists[index];
    shared.lists[index] = item;
    --cache.counts[index];
  }
}

// Hands a thread's lists over when it ends.
struct Watch {
  ~Watch() {
    for (std::size_t i = 0; i < kClasses; ++i) give_back(i, 0);
    cache.ended = true;
  }
};
void watch_thread() {
  static thread_local Watch watch;
  (void)watch;
  cache.watched = true;
}

void* refill(std::size_t index) {
  if (!cache.watched) watch_thread();
  Global& shared = global();
  {
    const std::lock_guard lock(shared.mutex);
    for (int i = 0; i < kMove && shared.lists[index] != nullptr; ++i) {
      Free* item = shared.lists[index];
      shared.lists[index] = item->next;
      item->next = cache.lists[index];
      cache.lists[index] = item;
      ++cache.counts[index];
    }
  }
  const std::size_t size = (index + 1) * kStep;
  if (cache.lists[index] == nullptr) {
    char* chunk = static_cast<char*>(::operator new (kChunk, std::align_val_t{kStep}));
    for (std::size_t at = 0; at + size <= kChunk; at += size) {
      Free* item = reinterpret_cast<Free*>(chunk + at);
      item->next = cache.lists[index];
      cache.lists[index] = item;
      ++cache.counts[index];
    }
  }
  Free* item = cache.lists[index];
  cache.lists[index] = item->next;
  --cache.counts[index];
  return item;
}

}  // namespace

void fail_allocation(long k) noexcept {
  fault_countdown = k;
  fault_armed = k >= 0;
}

void count_allocation() {
  if (!fault_armed.load(std::memory_order_relaxed)) [[likely]]
    return;
  if (fault_countdown.fetch_sub(1) == 0) {
    fault_armed = false;
    throw std::bad_alloc();
  }
}

void* slab_allocate(std::size_t bytes) {
  count_allocation();
  if (CAROUSEL_PLAIN_NEW || bytes > kLargest)
    return ::operator new (bytes, std::align_val_t{kStep});
  const std::size_t index = bytes == 0 ? 0 : (bytes - 1) / kStep;
  Free* item = cache.lists[index];
  if (item == nullptr || cache.ended) [[unlikely]]
    return cache.ended ? ::operator new ((index + 1) * kStep, std::align_val_t{kStep})
                       : refill(index);
  cache.lists[index] = item->next;
  --cache.counts[index];
  return item;
}

void slab_free(void* memory, std::size_t bytes) noexcept {
  if (memory == nullptr) return;
  if (CAROUSEL_PLAIN_NEW || bytes > kLargest) {
    ::operator delete (memory, std::align_val_t{kStep});
    return;
  }
  const std::size_t index = bytes == 0 ? 0 : (bytes - 1) / kStep;
  Free* item = static_cast<Free*>(memory);
  item->next = cache.lists[index];
  cache.lists[index] = item;
  if (!cache.watched && !cache.ended) [[unlikely]]
    watch_thread();
  if (++cache.counts[index] > kKeep) [[unlikely]]
    give_back(index, kKeep - kMove);
  else if (cache.ended) [[unlikely]]
    give_back(index, 0);
}

}  // namespace carousel::detail
