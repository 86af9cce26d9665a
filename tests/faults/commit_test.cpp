// The last steps of a save, each failing.
#include <carousel/nn/io/durable_writer.h>
#include <carousel/tensor/error.h>
#include <tests/faults/checkpoint_support.h>

#include <boost/test/unit_test.hpp>
#include <cerrno>

using namespace carousel;
using namespace carousel::test;

BOOST_AUTO_TEST_SUITE(commit)

BOOST_AUTO_TEST_CASE(a_step_that_fails_leaves_the_old_file) {
  const struct {
    const char* doing;
    int error;
    const char* text;
  } cases[] = {{"setting the permissions", EPERM, "Operation not permitted"},
               {"fsync", EIO, "Input/output error"},
               {"closing", EDQUOT, "Disk quota exceeded"},
               {"renaming", EXDEV, "Invalid cross-device link"}};
  const Folder folder;
  const std::string path = folder / "a.h5";
  save_generation(path, 1);
  const std::string old = contents(path);
  for (const auto& each : cases) {
    const io::FailInstead failing(each.doing, each.error);
    BOOST_TEST(error_of<IoError>([&] { save_generation(path, 2); }) ==
               "[save] " + path + ": " + each.doing + " failed: " + each.text);
    BOOST_TEST((contents(path) == old));
    BOOST_TEST(folder.count() == 1);
  }
  save_generation(path, 3);
  BOOST_TEST(load_generation(path) == 3);
}

// The new file is in place then, but a power cut may still bring the old one back.
BOOST_AUTO_TEST_CASE(a_folder_that_does_not_sync_is_reported) {
  const Folder folder;
  const std::string path = folder / "a.h5";
  save_generation(path, 1);
  const io::FailInstead failing("fsync of the folder", EIO);
  BOOST_TEST(error_of<IoError>([&] { save_generation(path, 2); }) ==
             "[save] " + path + ": fsync of the folder failed: Input/output error");
  BOOST_TEST(load_generation(path) == 2);
  BOOST_TEST(folder.count() == 1);
}

BOOST_AUTO_TEST_CASE(a_target_that_becomes_a_folder_meanwhile) {
  const Folder folder;
  const std::string path = folder / "a.h5";
  io::DurableWriter writer(path);
  std::filesystem::create_directory(path);
  BOOST_TEST(error_of<IoError>([&] { writer.commit(); }) ==
             "[save] " + path + ": renaming failed: Is a directory");
}

BOOST_AUTO_TEST_SUITE_END()
