#include <carousel/tensor/error.h>
#include <signal.h>
#include <tests/faults/checkpoint_support.h>
#include <tests/support/full.h>

#include <boost/test/unit_test.hpp>
#include <random>

using namespace carousel;
using namespace carousel::test;

namespace {

constexpr std::int64_t kElements = 50000;

// Saves generation after generation, telling each that is done to `pipe`, until it is killed.
[[noreturn]] void save_for_ever(const std::string& path, int first, int pipe) {
  for (int generation = first;; ++generation) {
    save_generation(path, generation, 3, kElements);
    if (write(pipe, &generation, sizeof generation) != sizeof generation) _exit(1);
  }
}

// Starts that, kills it after `delay` microseconds; the last generation it said was done.
int kill_during_save(const std::string& path, int first, useconds_t delay) {
  int ends[2];
  BOOST_TEST_REQUIRE(pipe(ends) == 0);
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) save_for_ever(path, first, ends[1]);
  close(ends[1]);
  usleep(delay);
  kill(child, SIGKILL);
  int status = 0, generation = first - 1, last = first - 1;
  waitpid(child, &status, 0);
  BOOST_TEST(WIFSIGNALED(status));
  while (read(ends[0], &generation, sizeof generation) == sizeof generation) last = generation;
  close(ends[0]);
  return last;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(killed)

BOOST_AUTO_TEST_CASE(during_a_save_leaves_the_old_or_the_new_file) {
  const int kills = full_tests() ? 1000 : 50;
  const Folder folder;
  const std::string path = folder / "a.h5";
  save_generation(path, 0, 3, kElements);
  std::mt19937 random(20260);
  int generation = 0, interrupted = 0, lost = 0;
  for (int i = 0; i < kills; ++i) {
    const int done = kill_during_save(path, generation + 1, random() % 30000);
    const int found = load_generation(path);  // throws if the file is neither
    const bool old_or_new = found == done || found == done + 1;
    BOOST_TEST(old_or_new, "found " << found << " after " << done);
    lost += !old_or_new;
    interrupted += folder.count() > 1;
    // The next save clears up what the kill has left.
    save_generation(path, found, 3, kElements);
    BOOST_TEST(folder.count() == 1);
    generation = found;
  }
  figure("checkpoints lost in " + std::to_string(kills) + " kills, " + std::to_string(interrupted) +
             " of them during a save",
         lost, 0);
  BOOST_TEST(interrupted > kills / 4);  // else the test would prove little
}

BOOST_AUTO_TEST_SUITE_END()
