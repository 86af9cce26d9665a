// The random numbers of every backend: Philox4x32-10 (Salmon et al., 2011), and how its words
// become values. Element i of a stream is a function of (seed, stream, i) alone.
#pragma once

#include <array>
#include <cstdint>

namespace carousel::detail {

using PhiloxBlock = std::array<std::uint32_t, 4>;

// Ten rounds on (counter, stream) under the key `seed`.
constexpr PhiloxBlock philox(std::uint64_t seed, std::uint64_t stream, std::uint64_t counter) {
  PhiloxBlock x{static_cast<std::uint32_t>(counter), static_cast<std::uint32_t>(counter >> 32),
                static_cast<std::uint32_t>(stream), static_cast<std::uint32_t>(stream >> 32)};
  auto k0 = static_cast<std::uint32_t>(seed), k1 = static_cast<std::uint32_t>(seed >> 32);
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = 0xD2511F53ull * x[0], p1 = 0xCD9E8D57ull * x[2];
    x = {static_cast<std::uint32_t>(p1 >> 32) ^ x[1] ^ k0, static_cast<std::uint32_t>(p1),
         static_cast<std::uint32_t>(p0 >> 32) ^ x[3] ^ k1, static_cast<std::uint32_t>(p0)};
    k0 += 0x9E3779B9u, k1 += 0xBB67AE85u;
  }
  return x;
}

// Element i draws 64 bits: words 0 and 1 (even i) or 2 and 3 (odd i) of block i / 2, the first the
// low half.
constexpr std::uint64_t random_bits(std::uint64_t seed, std::uint64_t stream, std::uint64_t i) {
  const PhiloxBlock x = philox(seed, stream, i >> 1);
  const std::size_t w = (i & 1) * 2;
  return x[w] | static_cast<std::uint64_t>(x[w + 1]) << 32;
}

// From those bits:
//   uniform    u = top 24 bits * 2^-24 (f32), top 53 bits * 2^-53 (f64); T(alpha) +
//              T(beta - alpha) * u in that precision, without fma, but at most the number below
//              beta
//   bernoulli  1 where (bits >> 32) < floor(alpha * 2^32)
//   randint    alpha + high half of bits * (beta - alpha)
//   normal     Box-Muller: u1 = (low word + 0.5) * 2^-32, u2 = high word * 2^-32 (f32);
//              alpha + beta * sqrt(-2 ln u1) * cos(2 pi u2). f64: all of block i; u1 = (top 53 bits
//              of words 0, 1 + 0.5) * 2^-53, u2 = top 53 bits of words 2, 3 * 2^-53
//   permutation  Fisher-Yates: for j = count - 1 down to 1, swap p[j] with p[high half of
//              bits(j) * (j + 1)]
constexpr std::uint64_t multiply_high(std::uint64_t a, std::uint64_t b) {
  return static_cast<std::uint64_t>(static_cast<unsigned __int128>(a) * b >> 64);
}

}  // namespace carousel::detail
