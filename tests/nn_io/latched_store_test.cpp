#include <carousel/nn/io/hdf5_driver.h>
#include <carousel/tensor/error.h>

#include <boost/test/unit_test.hpp>
#include <cstring>
#include <random>

using namespace carousel;

namespace {

// In memory; every write after the first `good` ones fails.
class FailingStore final : public io::ByteStore {
 public:
  explicit FailingStore(int good) : good_(good) {}
  std::uint64_t size() const override { return bytes.size(); }
  void read_at(std::uint64_t offset, std::span<std::byte> out) override {
    for (std::size_t i = 0; i < out.size(); ++i)
      out[i] = offset + i < bytes.size() ? bytes[offset + i] : std::byte{0};
  }
  void write_at(std::uint64_t offset, std::span<const std::byte> in) override {
    if (writes++ >= good_) throw IoError("save", "failed write " + std::to_string(writes));
    bytes.resize(std::max<std::size_t>(bytes.size(), offset + in.size()));
    std::copy(in.begin(), in.end(), bytes.begin() + offset);
  }
  void truncate(std::uint64_t size) override { bytes.resize(size); }

  std::vector<std::byte> bytes;
  int writes = 0;

 private:
  int good_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(latched_store)

// Whenever the store begins to fail, what was written reads back, and the first failure is told.
BOOST_AUTO_TEST_CASE(reads_back_what_it_could_not_write) {
  const int writes = 60;
  for (int good = 0; good <= writes; ++good) {
    FailingStore below(good);
    io::LatchedStore store(below);
    std::vector<std::byte> shadow(40000, std::byte{0});
    std::mt19937 random(good);
    for (int i = 0; i < writes; ++i) {
      std::vector<std::byte> bytes(1 + random() % 9000, std::byte(i + 1));
      const std::uint64_t at = random() % (shadow.size() - bytes.size());
      store.write_at(at, bytes, true);
      std::copy(bytes.begin(), bytes.end(), shadow.begin() + at);
    }
    std::vector<std::byte> out(shadow.size());
    store.read_at(0, out);
    BOOST_TEST((out == shadow), "failing after " << good << " writes");
    store.read_at(4095, std::span(out).first(4098));
    BOOST_TEST(std::equal(out.begin(), out.begin() + 4098, shadow.begin() + 4095));

    BOOST_TEST(store.failed() == (good < writes));
    BOOST_TEST(below.writes == std::min(good + 1, writes));  // and no further attempt
    if (good < writes)
      BOOST_CHECK_EXCEPTION(store.check(), IoError, [&](const IoError& e) {
        return e.what() == "[save] failed write " + std::to_string(good + 1);
      });
    else
      BOOST_CHECK_NO_THROW(store.check());
  }
}

BOOST_AUTO_TEST_CASE(data_that_is_not_read_back_is_not_kept) {
  FailingStore below(0);
  io::LatchedStore store(below);
  store.write_at(0, std::vector<std::byte>(100, std::byte{1}), false);
  std::byte out{7};
  store.read_at(50, {&out, 1});
  BOOST_TEST((out == std::byte{0}));
  BOOST_TEST(store.size() == 100);
}

BOOST_AUTO_TEST_SUITE_END()
