#include <carousel/tensor/ref.h>

namespace carousel::detail {
namespace {

struct DropQueue {
  RefCounted* head;
  bool draining;
};
thread_local DropQueue queue __attribute__((tls_model("initial-exec")));

}  // namespace

void RefCounted::drop(RefCounted* object) noexcept {
  if (queue.draining) {
    object->next_dropped_ = queue.head;
    queue.head = object;
    return;
  }
  queue.draining = true;
  object->dispose();
  while (queue.head != nullptr) {
    RefCounted* next = queue.head;
    queue.head = next->next_dropped_;
    next->dispose();
  }
  queue.draining = false;
}

}  // namespace carousel::detail
