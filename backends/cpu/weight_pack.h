// Weights as the recurrent kernels read them, packed once for each version of their storage: the
// one lazy cache of the library.
#pragma once

#include <cstddef>
#include <cstdint>

#include <carousel/backends/cpu/workspace.h>
#include <carousel/tensor/recurrent_cell.h>
#include <carousel/tensor/storage.h>

namespace carousel::cpu {

// What a pack was made from, and for.
struct WeightPackKey {
  const void* weights;
  std::uint32_t version;         // of the storage
  const RecurrentCell* cell;     // null: for the product with the transposed matrix
  bool recurrent;                // the products of all phases, else the input's
  std::int64_t k, units, lanes;  // rows of the weights; of the layout
  std::int64_t stride;           // between a transposed matrix' columns; 0 for recurrent weights
  std::size_t element;           // bytes of one

  bool operator==(const WeightPackKey&) const = default;
};

// Not written to any more once it is published.
class WeightPack : public carousel::detail::RefCounted {
 public:
  WeightPack();
  ~WeightPack() override;

  // Makes it a pack for `key` yet to be written.
  void begin(const WeightPackKey& key, std::int64_t elements) {
    key_ = key;
    memory_.get<char>(elements * static_cast<std::int64_t>(key.element));
  }
  const WeightPackKey& key() const { return key_; }
  // Takes its memory for nothing as yet: somebody has asked for a pack with this key.
  void note(const WeightPackKey& key) {
    key_ = key;
    key_.element = 0;
  }
  template <class T>
  T* data() {
    return memory_.get<T>(0);
  }

 private:
  WeightPackKey key_{};
  Workspace memory_;
};

struct OpenedPack {
  carousel::detail::Ref<WeightPack> pack;
  bool ready;  // else the caller's own, to be written and published
};

// The pack published on `storage` if it is for `key`; else one of the caller's own, in the memory
// of a stale one that nobody uses. From any thread.
OpenedPack open_weight_pack(carousel::detail::Storage& storage, const WeightPackKey& key,
                            std::int64_t elements);
// Of several threads that publish for one key the first one succeeds.
void publish_weight_pack(carousel::detail::Storage& storage,
                         carousel::detail::Ref<WeightPack> pack);

// Whether `key` was asked for before, with nothing else asked or published in between: packing what
// is met once is work for nothing.
bool asked_before(carousel::detail::Storage& storage, const WeightPackKey& key);

struct WeightPackCounts {
  std::int64_t published;  // since the process began
  std::int64_t alive;
};
WeightPackCounts weight_pack_counts();

}  // namespace carousel::cpu
