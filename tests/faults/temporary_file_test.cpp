// What killed programs leave behind.
#include <carousel/nn/io/temporary_file.h>
#include <fcntl.h>
#include <sys/file.h>
#include <tests/faults/checkpoint_support.h>

#include <boost/test/unit_test.hpp>

using namespace carousel;
using namespace carousel::test;
namespace fs = std::filesystem;

namespace {

// The number of a process that has ended.
pid_t ended_process() {
  const pid_t child = fork();
  if (child == 0) _exit(0);
  waitpid(child, nullptr, 0);
  return child;
}

std::string name_of(pid_t process) {
  return ".carousel-" + std::to_string(process) + "-0123456789abcdef.tmp";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(temporary_file)

BOOST_AUTO_TEST_CASE(a_save_removes_those_of_dead_processes_only) {
  const Folder folder;
  const std::string dead = "carousel-" + std::to_string(ended_process());
  const std::string stale[] = {"." + dead + "-0123456789abcdef.tmp",
                               "." + dead + "-ffffffffffffffff.tmp", name_of(getpid())};
  const std::string kept[] = {name_of(getppid()),
                              dead + "-0123456789abcdef.tmp",
                              "." + dead + "-0123456789abcdef.tmp.h5",
                              "." + dead + "-0123456789abcde.tmp",
                              "." + dead + "-0123456789abcdeg.tmp",
                              "." + dead + ".tmp",
                              ".carousel--5-0123456789abcdef.tmp",
                              ".carousel-0-0123456789abcdef.tmp",
                              "a.tmp"};
  for (const std::string& name : stale) write_contents(folder / name, "x");
  for (const std::string& name : kept) write_contents(folder / name, "x");
  save_generation(folder / "a.h5", 1);
  for (const std::string& name : stale) BOOST_TEST(!fs::exists(folder / name), name);
  for (const std::string& name : kept) BOOST_TEST(fs::exists(folder / name), name);
}

// Its process can't be seen from another container, but it holds its file.
BOOST_AUTO_TEST_CASE(a_file_in_use_stays) {
  const Folder folder;
  const std::string path = folder / name_of(ended_process());
  const int fd = open(path.c_str(), O_RDWR | O_CREAT, 0600);
  BOOST_TEST(io::claim_temporary(fd));
  save_generation(folder / "a.h5", 1);
  BOOST_TEST(fs::exists(path));
  close(fd);
  save_generation(folder / "a.h5", 2);
  BOOST_TEST(!fs::exists(path));
}

BOOST_AUTO_TEST_CASE(a_file_removed_before_it_was_claimed_is_not_used) {
  const Folder folder;
  const int fd = open((folder / "a").c_str(), O_RDWR | O_CREAT, 0600);
  fs::remove(folder / "a");
  BOOST_TEST(!io::claim_temporary(fd));
  close(fd);
}

BOOST_AUTO_TEST_CASE(what_is_no_file_stays) {
  const Folder folder;
  const std::string path = folder / name_of(ended_process());
  fs::create_directory(path);
  fs::create_symlink("elsewhere", folder / name_of(ended_process()));
  save_generation(folder / "a.h5", 1);
  BOOST_TEST(folder.count() == 3);
}

BOOST_AUTO_TEST_CASE(two_writers_of_one_program_do_not_disturb_each_other) {
  const Folder folder;
  io::FileWriter first(folder / "a.h5"), second(folder / "b.h5");
  first.put("/x", Tensor{1.0f});
  second.put("/x", Tensor{2.0f});
  first.commit();
  second.commit();
  BOOST_TEST(io::FileReader(folder / "a.h5").tensor("/x").to_vector<float>()[0] == 1);
  BOOST_TEST(io::FileReader(folder / "b.h5").tensor("/x").to_vector<float>()[0] == 2);
}

BOOST_AUTO_TEST_SUITE_END()
