// The memory behind tensors.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include <carousel/tensor/device.h>
#include <carousel/tensor/ref.h>

namespace carousel {
class Backend;
}

namespace carousel::detail {

// One allocation on a device. `handle` is a host pointer on the CPU, the device's own handle
// elsewhere.
class Block : public RefCounted {
 public:
  // Throws DeviceError when the device is out of memory.
  Block(Backend& backend, std::size_t bytes);
  ~Block() override;

  Backend& backend() const { return *backend_; }
  void* handle() const { return handle_; }
  std::size_t bytes() const { return bytes_; }

 private:
  Backend* backend_;
  void* handle_;
  std::size_t bytes_;
};

// A span of a block with a version of its own: several storages may lie in one block. All views of
// a tensor share its storage, and so its version.
class Storage : public RefCounted {
 public:
  Storage(Ref<Block> block, std::int64_t byte_offset, std::size_t bytes)
      : block_(std::move(block)), byte_offset_(byte_offset), bytes_(bytes) {}
  ~Storage() override;

  Block& block() const { return *block_; }
  std::int64_t byte_offset() const { return byte_offset_; }
  std::size_t bytes() const { return bytes_; }
  // CPU only: where the span begins.
  char* host() const { return static_cast<char*>(block_->handle()) + byte_offset_; }

  // Counts writes; a tensor saved for backward remembers it.
  std::uint32_t version() const { return version_.load(std::memory_order_relaxed); }
  void bump_version() { version_.fetch_add(1, std::memory_order_relaxed); }

  // A backend's immutable derived form of these bytes (packed weights) for one version, published
  // by compare-and-swap; freed with the storage.
  std::atomic<RefCounted*>& pack() { return pack_; }

 private:
  Ref<Block> block_;
  std::int64_t byte_offset_;
  std::size_t bytes_;
  std::atomic<std::uint32_t> version_{0};
  std::atomic<RefCounted*> pack_{nullptr};
};

// A block and the storage that spans it. bytes may be 0.
Ref<Storage> new_storage(Device device, std::size_t bytes);

}  // namespace carousel::detail
