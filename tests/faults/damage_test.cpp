#include <carousel/tensor/error.h>
#include <tests/faults/checkpoint_support.h>

#include <boost/test/unit_test.hpp>
#include <cstring>

using namespace carousel;
using namespace carousel::test;

namespace {

std::string refusal(const std::string& path) {
  const std::string text = error_of<FormatError>([&] { load_generation(path); });
  const std::string prefix = "[load] " + path + ": ";
  return text.starts_with(prefix) ? text.substr(prefix.size()) : text;
}

const std::string kNoFooter =
    "has no Carousel footer: it is cut off, or was not written by Carousel (other programs' files "
    "can't be read yet)";

}  // namespace

BOOST_AUTO_TEST_SUITE(damage)

BOOST_AUTO_TEST_CASE(cut_off_at_every_length) {
  const Folder folder;
  save_generation(folder / "whole.h5", 7);
  const std::string whole = contents(folder / "whole.h5"), path = folder / "cut.h5";
  for (std::size_t length = 0; length < whole.size(); ++length) {
    write_contents(path, whole.substr(0, length));
    if (refusal(path) != kNoFooter) BOOST_ERROR("cut to " << length << " bytes: " << refusal(path));
  }
  write_contents(path, whole);
  BOOST_TEST(load_generation(path) == 7);
}

BOOST_AUTO_TEST_CASE(every_byte_flipped) {
  const Folder folder;
  save_generation(folder / "whole.h5", 7);
  const std::string whole = contents(folder / "whole.h5"), path = folder / "flipped.h5";
  std::size_t refused = 0;
  for (std::size_t at = 0; at < whole.size(); ++at)
    for (const unsigned flip : {0x01u, 0x80u, 0xffu}) {
      std::string bytes = whole;
      bytes[at] = static_cast<char>(static_cast<unsigned char>(bytes[at]) ^ flip);
      write_contents(path, bytes);
      const std::string why = refusal(path);
      const std::size_t from_end = whole.size() - at;
      const char* wanted = from_end <= 8                     ? "has no Carousel footer"
                           : from_end > 44 && from_end <= 48 ? "its format version is "
                           : from_end > 48 && from_end <= 64
                               ? "is damaged: the lengths in its footer"
                               : "is damaged: its SHA-256 is ";
      if (!why.starts_with(wanted)) BOOST_ERROR("byte " << at << " ^ " << flip << ": " << why);
      ++refused;
    }
  BOOST_TEST(refused == 3 * whole.size());
}

BOOST_AUTO_TEST_CASE(bytes_inserted_or_added) {
  const Folder folder;
  save_generation(folder / "whole.h5", 7);
  const std::string whole = contents(folder / "whole.h5"), path = folder / "longer.h5";
  write_contents(path, whole + '\n');
  BOOST_TEST(refusal(path) == kNoFooter);
  write_contents(path, whole.substr(0, 100) + '\0' + whole.substr(100));
  BOOST_TEST(refusal(path) == "is damaged: the lengths in its footer do not add up");
  write_contents(path, whole + whole);
  BOOST_TEST(refusal(path) == "is damaged: the lengths in its footer do not add up");
}

BOOST_AUTO_TEST_CASE(foreign_files) {
  const Folder folder;
  const std::string path = folder / "foreign.h5";
  save_generation(path, 7);
  const std::string whole = contents(path);
  std::uint64_t hdf5_bytes;
  std::memcpy(&hdf5_bytes, whole.data() + whole.size() - 64, 8);
  BOOST_TEST_REQUIRE(whole.substr(1, 3) == "HDF");
  // A sound HDF5 file, but not one of ours.
  write_contents(path, whole.substr(0, hdf5_bytes));
  BOOST_TEST(refusal(path) == kNoFooter);
  write_contents(path, std::string(1000, 'x'));
  BOOST_TEST(refusal(path) == kNoFooter);
  write_contents(path, "");
  BOOST_TEST(refusal(path) == kNoFooter);
}

// Damage that comes after the file was checked and opened is caught tensor by tensor.
BOOST_AUTO_TEST_CASE(changed_while_open) {
  const Folder folder;
  const std::string path = folder / "a.h5";
  save_generation(path, 7);
  const io::FileReader reader(path);
  const io::FileEntry& entry = reader.entries().front();
  std::fstream(path, std::ios::in | std::ios::out).seekp(entry.offset + 5).put('x');
  std::vector<std::byte> out(entry.bytes);
  BOOST_TEST(error_of<FormatError>([&] { reader.read(entry.name, out); }) ==
             "[load] " + path + ": is damaged: the CRC-32C of " + entry.name + " differs");
  BOOST_TEST(reader.text("/generation") == "7");
}

BOOST_AUTO_TEST_SUITE_END()
