// Random numbers: Philox4x32-10, value i is f(seed, stream, offset + i), the same on every device.
#pragma once

#include <cstdint>

#include <carousel/tensor/tensor.h>

namespace carousel {

// Where a stream of random numbers stands; drawing n numbers advances it by n, n f64 normals by 2n.
// Copyable, saved as its three integers.
struct Generator {
  std::uint64_t seed = 0;
  std::uint64_t stream = 0;
  std::uint64_t offset = 0;
};

// In [low, high).
Tensor rand(const Shape& shape, Generator& generator, const TensorOptions& options = {});
Tensor uniform(const Shape& shape, double low, double high, Generator& generator,
               const TensorOptions& options = {});
Tensor randn(const Shape& shape, Generator& generator, const TensorOptions& options = {});
Tensor normal(const Shape& shape, double mean, double stddev, Generator& generator,
              const TensorOptions& options = {});
// Integers in [low, high), i64 unless a dtype is given.
Tensor randint(const Shape& shape, std::int64_t low, std::int64_t high, Generator& generator,
               const TensorOptions& options = {.dtype = i64});
// 1 with this probability, else 0.
Tensor bernoulli(const Shape& shape, double probability, Generator& generator,
                 const TensorOptions& options = {});
// Of 0 .. count - 1, i64.
Tensor permutation(std::int64_t count, Generator& generator, Device device = {});
// x * mask / (1 - rate), the mask being 1 with probability 1 - rate. rate in [0, 1): ValueError.
Tensor dropout(const Tensor& x, double rate, Generator& generator);

}  // namespace carousel
