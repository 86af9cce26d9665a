#include <carousel/tensor/error.h>
#include <grp.h>
#include <sys/stat.h>
#include <tests/faults/checkpoint_support.h>

#include <boost/test/unit_test.hpp>

using namespace carousel;
using namespace carousel::test;
namespace fs = std::filesystem;

namespace {

std::string refusal(const std::string& path) {
  return error_of<IoError>([&] { save_generation(path, 2); });
}

mode_t mode_of(const std::string& path) {
  struct stat status;
  return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(target)

BOOST_AUTO_TEST_CASE(what_is_no_regular_file_is_refused) {
  const Folder folder;
  fs::create_directory(folder / "folder");
  BOOST_TEST_REQUIRE(mkfifo((folder / "fifo").c_str(), 0600) == 0);
  fs::create_symlink("/dev/null", folder / "to_device");
  fs::create_symlink("nowhere", folder / "dangling");
  fs::create_symlink("loop", folder / "loop");
  write_contents(folder / "file", "x");
  const std::pair<std::string, const char*> cases[] = {
      {folder / "folder", "is a folder, not a regular file"},
      {folder / "fifo", "is a fifo, not a regular file"},
      {"/dev/null", "is a device, not a regular file"},
      {folder / "to_device", "leads to a device, not to a regular file"},
      {folder / "dangling", "a symbolic link that leads nowhere (No such file or directory)"},
      {folder / "loop", "a symbolic link that leads nowhere (Too many levels of symbolic links)"},
      {folder / "file/a.h5", "Not a directory"},
      {folder / "absent/a.h5",
       "creating a temporary file in its folder failed: No such file or directory"},
      {folder / std::string(300, 'n'), "File name too long"}};
  const auto before = folder.count();
  for (const auto& [path, why] : cases) BOOST_TEST(refusal(path) == "[save] " + path + ": " + why);
  BOOST_TEST(refusal("") == "[save] \"\": a file name is needed");
  BOOST_TEST(folder.count() == before);
  BOOST_TEST(fs::is_fifo(folder / "fifo"));
  BOOST_TEST(fs::is_character_file("/dev/null"));
}

BOOST_AUTO_TEST_CASE(a_link_is_followed_and_stays) {
  const Folder folder, other;
  save_generation(other / "real.h5", 1);
  fs::create_symlink(other / "real.h5", folder / "latest.h5");
  save_generation(folder / "latest.h5", 2);
  BOOST_TEST(fs::is_symlink(folder / "latest.h5"));
  BOOST_TEST(load_generation(other / "real.h5") == 2);
  BOOST_TEST(folder.count() == 1);
  BOOST_TEST(other.count() == 1);
}

BOOST_AUTO_TEST_CASE(permissions) {
  const Folder folder;
  const std::string path = folder / "a.h5";
  const mode_t before = umask(027);
  save_generation(path, 1);
  umask(before);
  BOOST_TEST(mode_of(path) == 0640);
  for (const mode_t mode : {0600, 0444, 0664}) {
    chmod(path.c_str(), mode);
    save_generation(path, 2);
    BOOST_TEST(mode_of(path) == mode);
  }
}

BOOST_AUTO_TEST_CASE(a_path_without_folder) {
  const Folder folder;
  const int status = in_child([&] {
    fs::current_path(folder.path());
    save_generation("a.h5", 5);
    return load_generation("a.h5") == 5 ? 0 : 1;
  });
  BOOST_TEST(status == 0);
  BOOST_TEST(load_generation(folder / "a.h5") == 5);
}

BOOST_AUTO_TEST_CASE(a_folder_without_permission) {
  const Folder folder;
  const std::string path = folder / "a.h5";
  save_generation(path, 1);
  chmod(folder.path().c_str(), 0555);
  const int status = in_child([&] {
    if (geteuid() == 0 && (setgroups(0, nullptr) || setgid(65534) || setuid(65534))) return 98;
    const std::string wanted =
        "[save] " + path + ": creating a temporary file in its folder failed: Permission denied";
    return refusal(path) == wanted && refusal(folder / "new.h5").ends_with("Permission denied") ? 0
                                                                                                : 1;
  });
  chmod(folder.path().c_str(), 0755);
  BOOST_TEST(status == 0);
  BOOST_TEST(load_generation(path) == 1);
  BOOST_TEST(folder.count() == 1);
}

BOOST_AUTO_TEST_SUITE_END()
