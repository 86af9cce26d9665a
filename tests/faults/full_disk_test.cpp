#include <carousel/nn/io/durable_writer.h>
#include <carousel/tensor/error.h>
#include <sys/resource.h>
#include <tests/faults/checkpoint_support.h>

#include <boost/test/unit_test.hpp>
#include <csignal>

using namespace carousel;
using namespace carousel::test;

namespace {

// Saves generation 2 where no file may grow beyond `limit` bytes. 0: saved; 3: refused as it
// should be, and so was a second attempt.
int save_under_limit(const std::string& path, std::uint64_t limit, int tensors, std::int64_t n) {
  std::signal(SIGXFSZ, SIG_IGN);
  const rlimit bound{limit, limit};
  if (setrlimit(RLIMIT_FSIZE, &bound) != 0) return 98;
  const std::string wanted = "[save] " + path + ": writing failed: File too large";
  const auto save = [&] {
    return error_of<IoError>([&] { save_generation(path, 2, tensors, n); });
  };
  const std::string first = save();
  if (first == "nothing was thrown") return 0;
  return first == wanted && save() == wanted ? 3 : 97;
}

void fill_up(int tensors, std::int64_t n, std::uint64_t step) {
  const Folder folder, other;
  save_generation(other / "b.h5", 2, tensors, n);
  const std::uint64_t size = contents(other / "b.h5").size();
  const std::string path = folder / "a.h5";
  save_generation(path, 1);
  const std::string old = contents(path);
  for (std::uint64_t limit = 0; limit < size; limit += step) {
    const int status = in_child([&] { return save_under_limit(path, limit, tensors, n); });
    if (status != (3 << 8)) BOOST_ERROR("limit " << limit << ": wait status " << status);
    BOOST_TEST_REQUIRE((contents(path) == old));
    BOOST_TEST_REQUIRE(folder.count() == 1);
  }
  BOOST_TEST(in_child([&] { return save_under_limit(path, size, tensors, n); }) == 0);
  BOOST_TEST(load_generation(path) == 2);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(full_disk)

BOOST_AUTO_TEST_CASE(at_every_4_kib) { fill_up(3, 20000, 4096); }

BOOST_AUTO_TEST_CASE(within_the_metadata_of_many_tensors) { fill_up(4000, 2, 256 * 1024); }

BOOST_AUTO_TEST_CASE(no_space_at_all) {
  const Folder folder;
  const std::string path = folder / "a.h5";
  save_generation(path, 1);
  const int status = in_child([&] {
    const io::OpenInstead full("/dev/full");
    const std::string text = error_of<IoError>([&] { save_generation(path, 2); });
    return text == "[save] " + path + ": writing failed: No space left on device" ? 0 : 1;
  });
  BOOST_TEST(status == 0);
  BOOST_TEST(load_generation(path) == 1);
  BOOST_TEST(folder.count() == 1);
  save_generation(path, 3);
  BOOST_TEST(load_generation(path) == 3);
}

BOOST_AUTO_TEST_SUITE_END()
