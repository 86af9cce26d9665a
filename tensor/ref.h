// Intrusive reference counting whose releases never recurse.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <carousel/tensor/slab.h>

namespace carousel::detail {

#ifdef CAROUSEL_COUNT_LOCKED
inline thread_local std::int64_t locked_instructions = 0;
inline void count_locked() { ++locked_instructions; }
#else
inline void count_locked() {}
#endif

// Base of shared objects. Born with one reference, which belongs to the creator.
class RefCounted {
 public:
  RefCounted() = default;
  RefCounted(const RefCounted&) = delete;
  RefCounted& operator=(const RefCounted&) = delete;
  virtual ~RefCounted() = default;

  void retain() noexcept {
    count_locked();
    refs_.fetch_add(1, std::memory_order_relaxed);
  }
  // Drops one reference; the last one disposes of the object, in a loop and never in a recursion,
  // however long the chain of objects that it alone keeps alive.
  void release() noexcept {
    if (refs_.load(std::memory_order_acquire) != 1) {
      count_locked();
      if (refs_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    }
    drop(this);
  }
  bool unique() const noexcept { return refs_.load(std::memory_order_acquire) == 1; }

  static void* operator new(std::size_t bytes) { return slab_allocate(bytes); }
  static void operator delete(void* memory, std::size_t bytes) noexcept {
    slab_free(memory, bytes);
  }

 protected:
  // Destroys and frees the object.
  virtual void dispose() noexcept { delete this; }

 private:
  static void drop(RefCounted* object) noexcept;

  std::atomic<std::uint32_t> refs_{1};
  RefCounted* next_dropped_ = nullptr;
};

// Owns one reference, or nothing.
template <class T>
class Ref {
 public:
  Ref() = default;
  Ref(std::nullptr_t) {}
  Ref(const Ref& other) noexcept : object_(other.object_) {
    if (object_) object_->retain();
  }
  template <class U>
  Ref(const Ref<U>& other) noexcept : object_(other.get()) {
    if (object_) object_->retain();
  }
  Ref(Ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  template <class U>
  Ref(Ref<U>&& other) noexcept : object_(other.detach()) {}
  Ref& operator=(Ref other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~Ref() {
    if (object_) object_->release();
  }

  // Takes over the creator's reference.
  static Ref adopt(T* object) noexcept {
    Ref ref;
    ref.object_ = object;
    return ref;
  }
  // Adds a reference of its own.
  static Ref share(T* object) noexcept {
    if (object) object->retain();
    return adopt(object);
  }
  T* detach() noexcept { return std::exchange(object_, nullptr); }

  T* get() const noexcept { return object_; }
  T* operator->() const noexcept { return object_; }
  T& operator*() const noexcept { return *object_; }
  explicit operator bool() const noexcept { return object_ != nullptr; }
  friend bool operator==(const Ref& a, const Ref& b) { return a.object_ == b.object_; }

 private:
  T* object_ = nullptr;
};

template <class T, class... Args>
Ref<T> make_ref(Args&&... args) {
  return Ref<T>::adopt(new T(std::forward<Args>(args)...));
}

}  // namespace carousel::detail
