// Numbers that peers make, too.
#pragma once

#include <cstdint>
#include <vector>

#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/impl.h>
#include <carousel/tensor/tensor.h>

namespace carousel::bench {

// In [-scale, scale), by (seed, index) alone; peers make the same.
inline Tensor numbers(const Shape& shape, unsigned seed, float scale = 1.0f) {
  Tensor out;
  auto* at = static_cast<float*>(detail::make_host(out, shape, f32));
  for (std::int64_t i = 0; i < shape.numel(); ++i) {
    auto x = static_cast<std::uint64_t>(i) * 64 + seed;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    at[i] = (static_cast<float>((x ^ (x >> 31)) >> 40) / (1 << 23) - 1.0f) * scale;
  }
  return out;
}

// Integers from 0 below `end`, likewise.
inline Tensor integers(const Shape& shape, unsigned seed, std::int64_t end) {
  Tensor out;
  auto* at = static_cast<std::int64_t*>(detail::make_host(out, shape, i64));
  for (std::int64_t i = 0; i < shape.numel(); ++i) at[i] = (i * 7919 + seed) * 104729 % end;
  return out;
}

// f32 tensors as the numbers in them.
inline std::vector<std::vector<float>> to_vectors(const std::vector<Tensor>& tensors) {
  std::vector<std::vector<float>> all;
  for (const Tensor& x : tensors) all.push_back(x.to_vector<float>());
  return all;
}

}  // namespace carousel::bench
