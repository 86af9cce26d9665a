#include <carousel/nn/io/checksum.h>
#include <carousel/nn/io/footer.h>
#include <carousel/tensor/error.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <nlohmann/json.hpp>

namespace carousel::io {
namespace {

using nlohmann::json;

constexpr std::size_t kTrailerBytes = 64, kDigestAt = 24, kMagicAt = 56;
constexpr char kMagic[] = "CRSL-H5\n";
constexpr std::uint64_t kLongestTable = std::uint64_t{1} << 28;

using Trailer = std::array<std::byte, kTrailerBytes>;

template <class T>
void store(Trailer& trailer, std::size_t at, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i) trailer[at + i] = std::byte(value >> (8 * i) & 0xff);
}

template <class T>
T load(const Trailer& trailer, std::size_t at) {
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i)
    value |= static_cast<T>(std::to_integer<T>(trailer[at + i]) << (8 * i));
  return value;
}

// Feeds the first `size` bytes of a file to `hash`.
template <class File>
void hash_range(File& file, std::uint64_t size, Sha256& hash) {
  std::vector<std::byte> buffer(std::min<std::uint64_t>(size, 1 << 20));
  for (std::uint64_t at = 0; at < size;) {
    const auto piece = std::span(buffer).first(std::min<std::uint64_t>(buffer.size(), size - at));
    file.read_at(at, piece);
    hash.update(piece);
    at += piece.size();
  }
}

json to_json(const FileEntry& entry) {
  json out = {{"name", entry.name},
              {"dtype", entry.is_text ? "text" : to_string(entry.dtype)},
              {"offset", entry.offset},
              {"bytes", entry.bytes},
              {"crc32c", entry.crc32c}};
  if (!entry.is_text) out["shape"] = std::vector(entry.shape.begin(), entry.shape.end());
  return out;
}

FileEntry from_json(const json& in) {
  FileEntry entry;
  entry.name = in.at("name").get<std::string>();
  entry.offset = in.at("offset").get<std::uint64_t>();
  entry.bytes = in.at("bytes").get<std::uint64_t>();
  entry.crc32c = in.at("crc32c").get<std::uint32_t>();
  const auto dtype = in.at("dtype").get<std::string>();
  entry.is_text = dtype == "text";
  if (entry.is_text) return entry;
  entry.shape =
      Shape(std::span<const std::int64_t>(in.at("shape").get<std::vector<std::int64_t>>()));
  for (int i = 0; i < kDTypeCount; ++i)
    if (dtype == to_string(static_cast<DType>(i))) {
      entry.dtype = static_cast<DType>(i);
      return entry;
    }
  throw FormatError("load", "the dtype " + dtype + " is unknown");
}

void check_entry(const FileEntry& entry, std::uint64_t hdf5_bytes) {
  const bool inside = entry.bytes <= hdf5_bytes && entry.offset <= hdf5_bytes - entry.bytes;
  const auto width = static_cast<std::int64_t>(size_of(entry.dtype));
  const bool fits = entry.is_text || static_cast<std::uint64_t>(
                                         checked_mul(entry.shape.numel(), width)) == entry.bytes;
  if (!inside || !fits) throw FormatError("load", "the extent of " + entry.name + " is impossible");
}

[[noreturn]] void refuse(const InputFile& file, const std::string& why) {
  throw FormatError("load", file.path() + ": " + why);
}

Footer parse_table(const InputFile& file, const std::string& text, std::uint64_t hdf5_bytes) {
  Footer footer{hdf5_bytes, {}};
  try {
    const json table = json::parse(text);
    for (const json& entry : table.at("entries")) {
      footer.entries.push_back(from_json(entry));
      check_entry(footer.entries.back(), hdf5_bytes);
    }
  } catch (const std::exception& e) {
    refuse(file, std::string("the table in its footer makes no sense: ") + e.what());
  }
  return footer;
}

}  // namespace

void write_footer(DurableWriter& file, std::uint64_t hdf5_bytes,
                  const std::vector<FileEntry>& entries) {
  json table = {{"entries", json::array()}};
  for (const FileEntry& entry : entries) table["entries"].push_back(to_json(entry));
  const std::string text = table.dump();
  const auto text_bytes = std::as_bytes(std::span(text));

  Trailer trailer{};
  store(trailer, 0, hdf5_bytes);
  store(trailer, 8, static_cast<std::uint64_t>(text.size()));
  store(trailer, 16, kFormatVersion);

  Sha256 hash;
  hash_range(file, hdf5_bytes, hash);
  hash.update(text_bytes);
  hash.update(std::span(trailer).first(kDigestAt));
  const Sha256Digest digest = hash.finish();
  std::copy(digest.begin(), digest.end(), trailer.begin() + kDigestAt);
  std::memcpy(trailer.data() + kMagicAt, kMagic, 8);

  file.write_at(hdf5_bytes, text_bytes);
  file.write_at(hdf5_bytes + text.size(), trailer);
}

Footer read_footer(InputFile& file) {
  constexpr const char* kNoFooter =
      "has no Carousel footer: it is cut off, or was not written by Carousel (other programs' "
      "files "
      "can't be read yet)";
  const std::uint64_t size = file.size();
  Trailer trailer;
  if (size < kTrailerBytes) refuse(file, kNoFooter);
  file.read_at(size - kTrailerBytes, trailer);
  if (std::memcmp(trailer.data() + kMagicAt, kMagic, 8) != 0) refuse(file, kNoFooter);

  const auto version = load<std::uint32_t>(trailer, 16);
  if (version != kFormatVersion)
    refuse(file, fmt::format("its format version is {}; this library knows version {}", version,
                             kFormatVersion));
  const auto hdf5_bytes = load<std::uint64_t>(trailer, 0);
  const auto table_bytes = load<std::uint64_t>(trailer, 8);
  if (table_bytes > kLongestTable || table_bytes > size - kTrailerBytes ||
      hdf5_bytes != size - kTrailerBytes - table_bytes)
    refuse(file, "is damaged: the lengths in its footer do not add up");

  Sha256 hash;
  hash_range(file, size - kTrailerBytes + kDigestAt, hash);
  const Sha256Digest found = hash.finish();
  const auto expected = std::span(trailer).subspan(kDigestAt, found.size());
  if (!std::equal(found.begin(), found.end(), expected.begin()))
    refuse(file, fmt::format("is damaged: its SHA-256 is {}, its footer says {}", to_hex(found),
                             to_hex(expected)));

  std::string text(table_bytes, '\0');
  file.read_at(hdf5_bytes, std::as_writable_bytes(std::span(text)));
  return parse_table(file, text, hdf5_bytes);
}

}  // namespace carousel::io
