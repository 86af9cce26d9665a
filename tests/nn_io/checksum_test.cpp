#include <carousel/nn/io/checksum.h>

#include <boost/test/unit_test.hpp>
#include <numeric>

using namespace carousel;

namespace {

std::vector<std::byte> bytes_of(std::string_view text) {
  std::vector<std::byte> out(text.size());
  std::transform(text.begin(), text.end(), out.begin(), [](char c) { return std::byte(c); });
  return out;
}

// 0, 1, 2, ... mod 251.
std::vector<std::byte> ramp(std::size_t n) {
  std::vector<std::byte> out(n);
  for (std::size_t i = 0; i < n; ++i) out[i] = std::byte(i % 251);
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(checksum)

// RFC 3720, appendix B.4, and the usual check value.
BOOST_AUTO_TEST_CASE(crc32c_published_vectors) {
  std::vector<std::byte> up(32), down(32);
  for (int i = 0; i < 32; ++i) up[i] = std::byte(i), down[i] = std::byte(31 - i);
  const std::pair<std::vector<std::byte>, std::uint32_t> vectors[] = {
      {bytes_of("123456789"), 0xe3069283},
      {std::vector<std::byte>(32, std::byte{0}), 0x8a9136aa},
      {std::vector<std::byte>(32, std::byte{0xff}), 0x62a8ab43},
      {up, 0x46dd794e},
      {down, 0x113fdb5c},
      {{}, 0}};
  for (const auto& [bytes, crc] : vectors) {
    BOOST_TEST(io::crc32c(bytes) == crc);
    BOOST_TEST(io::crc32c_portable(bytes) == crc);
  }
}

BOOST_AUTO_TEST_CASE(crc32c_by_pieces_and_by_tables_agree) {
  const auto bytes = ramp(300);
  const std::span<const std::byte> all(bytes);
  const std::uint32_t whole = io::crc32c(all);
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    BOOST_TEST(io::crc32c(all.subspan(cut), io::crc32c(all.first(cut))) == whole);
    BOOST_TEST(io::crc32c(all.first(cut)) == io::crc32c_portable(all.first(cut)));
    BOOST_TEST(io::crc32c_portable(all.subspan(cut), io::crc32c_portable(all.first(cut))) == whole);
  }
}

// FIPS 180-4 examples (NIST).
BOOST_AUTO_TEST_CASE(sha256_published_vectors) {
  const std::pair<std::string, const char*> vectors[] = {
      {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
      {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
      {std::string(1000000, 'a'),
       "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"}};
  for (const auto& [text, digest] : vectors)
    for (const bool portable : {false, true}) {
      io::Sha256 hash(portable);
      hash.update(bytes_of(text));
      BOOST_TEST(io::to_hex(hash.finish()) == digest);
    }
}

BOOST_AUTO_TEST_CASE(sha256_by_pieces) {
  const auto bytes = ramp(700);
  for (std::size_t n : {0u, 1u, 55u, 56u, 63u, 64u, 65u, 119u, 128u, 700u}) {
    const std::span<const std::byte> part = std::span(bytes).first(n);
    const auto whole = io::sha256(part);
    for (std::size_t piece : {1u, 3u, 64u, 70u, 193u}) {
      io::Sha256 hash(piece % 2 == 0);
      for (std::size_t at = 0; at < n; at += piece)
        hash.update(part.subspan(at, std::min(piece, n - at)));
      BOOST_TEST((hash.finish() == whole));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
