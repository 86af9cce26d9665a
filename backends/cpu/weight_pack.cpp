#include <carousel/backends/cpu/weight_pack.h>

#include <atomic>
#include <thread>

namespace carousel::cpu {
namespace {

using carousel::detail::Ref;
using carousel::detail::RefCounted;

std::atomic<std::int64_t> published{0}, alive{0};

// A storage's slot while this thread alone may change it. The lock is the pointer's lowest bit, set
// by compare-and-swap and held for a few instructions: without it a pack could be freed between
// reading its address and taking a reference.
class LockedSlot {
 public:
  explicit LockedSlot(carousel::detail::Storage& storage) : slot_(storage.pack()) {
    constexpr int kSpins = 64;
    for (int spins = 0;; ++spins) {
      RefCounted* content = slot_.load(std::memory_order_relaxed);
      if (!is_locked(content) &&
          slot_.compare_exchange_weak(content, locked(content), std::memory_order_acquire,
                                      std::memory_order_relaxed)) {
        content_ = static_cast<WeightPack*>(content);
        return;
      }
      if (spins >= kSpins) std::this_thread::yield();
    }
  }
  ~LockedSlot() { slot_.store(content_, std::memory_order_release); }
  LockedSlot(const LockedSlot&) = delete;
  LockedSlot& operator=(const LockedSlot&) = delete;

  WeightPack* content() const { return content_; }
  // What was there before is the caller's.
  Ref<WeightPack> exchange(Ref<WeightPack> pack) {
    return Ref<WeightPack>::adopt(std::exchange(content_, pack.detach()));
  }

 private:
  static bool is_locked(RefCounted* content) {
    return (reinterpret_cast<std::uintptr_t>(content) & 1) != 0;
  }
  static RefCounted* locked(RefCounted* content) {
    return reinterpret_cast<RefCounted*>(reinterpret_cast<std::uintptr_t>(content) | 1);
  }

  std::atomic<RefCounted*>& slot_;
  WeightPack* content_ = nullptr;
};

}  // namespace

WeightPack::WeightPack() { alive.fetch_add(1, std::memory_order_relaxed); }
WeightPack::~WeightPack() { alive.fetch_sub(1, std::memory_order_relaxed); }

OpenedPack open_weight_pack(carousel::detail::Storage& storage, const WeightPackKey& key,
                            std::int64_t elements) {
  Ref<WeightPack> stale;
  {
    LockedSlot slot(storage);
    if (slot.content() && slot.content()->key() == key)
      return {Ref<WeightPack>::share(slot.content()), true};
    if (slot.content()) stale = slot.exchange(nullptr);
  }
  Ref<WeightPack> own =
      stale && stale->unique() ? std::move(stale) : carousel::detail::make_ref<WeightPack>();
  own->begin(key, elements);
  return {std::move(own), false};
}

void publish_weight_pack(carousel::detail::Storage& storage, Ref<WeightPack> pack) {
  Ref<WeightPack> other;  // freed when the slot isn't locked any more
  LockedSlot slot(storage);
  if (slot.content() && slot.content()->key() == pack->key()) return;
  other = slot.exchange(std::move(pack));
  published.fetch_add(1, std::memory_order_relaxed);
}

bool asked_before(carousel::detail::Storage& storage, const WeightPackKey& key) {
  WeightPackKey note = key;
  note.element = 0;
  Ref<WeightPack> other;  // freed when the slot isn't locked any more
  LockedSlot slot(storage);
  if (slot.content() && (slot.content()->key() == key || slot.content()->key() == note))
    return true;
  if (!slot.content() || !slot.content()->unique())
    other = slot.exchange(carousel::detail::make_ref<WeightPack>());
  slot.content()->note(key);
  return false;
}

WeightPackCounts weight_pack_counts() {
  return {published.load(std::memory_order_relaxed), alive.load(std::memory_order_relaxed)};
}

}  // namespace carousel::cpu
