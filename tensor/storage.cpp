#include <carousel/tensor/storage.h>

#include <carousel/tensor/backend.h>

namespace carousel::detail {

Block::Block(Backend& backend, std::size_t bytes)
    : backend_(&backend), handle_(backend.allocate(bytes)), bytes_(bytes) {}

Block::~Block() { backend_->deallocate(handle_, bytes_); }

Storage::~Storage() {
  if (RefCounted* pack = pack_.load(std::memory_order_acquire)) pack->release();
}

Ref<Storage> new_storage(Device device, std::size_t bytes) {
  auto block = make_ref<Block>(backend(device), bytes);
  return make_ref<Storage>(std::move(block), 0, bytes);
}

}  // namespace carousel::detail
