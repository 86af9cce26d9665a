// Checksums of files: CRC-32C per tensor, SHA-256 of the whole.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace carousel::io {

// CRC-32C (Castagnoli polynomial, as in RFC 3720). Pass an earlier result as `crc` to go on.
// Uses the processor's instruction where there is one.
std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t crc = 0);

// The same by tables, on any processor.
std::uint32_t crc32c_portable(std::span<const std::byte> bytes, std::uint32_t crc = 0);

using Sha256Digest = std::array<std::byte, 32>;

// SHA-256 (FIPS 180-4), fed in pieces. Uses the processor's instructions where there are some,
// unless `portable`.
class Sha256 {
 public:
  explicit Sha256(bool portable = false);
  void update(std::span<const std::byte> bytes);
  // The digest of all that came in. Call once, last.
  Sha256Digest finish();

 private:
  using State = std::array<std::uint32_t, 8>;
  // Takes in whole blocks of 64 bytes.
  using Compress = void (*)(State& state, const std::byte* blocks, std::size_t count);

  Compress compress_;
  State state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
               0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<std::byte, 64> block_{};
  std::size_t filled_ = 0;
  std::uint64_t length_ = 0;
};

Sha256Digest sha256(std::span<const std::byte> bytes);

// Lower-case hexadecimal.
std::string to_hex(std::span<const std::byte> bytes);

}  // namespace carousel::io
