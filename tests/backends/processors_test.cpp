// Never more threads than the process may use: its affinity, its control groups' quotas.
#include <cmath>
#include <filesystem>
#include <fstream>

#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <carousel/backends/cpu/processors.h>
#include <carousel/tensor/threads.h>
#include <tests/file_support.h>

using namespace carousel;
using carousel::test::Folder;

namespace {

struct File {
  std::string path, text;
};

struct Case {
  const char* what;
  std::vector<File> files;
  std::string groups;
  double quota;
};

void write(const std::filesystem::path& path, const std::string& text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path) << text;
}

// The exit status of `body` in a child that may run on one processor only.
template <class Body>
int on_one_processor(const Body& body) {
  const pid_t child = fork();
  if (child == 0) {
    cpu_set_t all, one;
    CPU_ZERO(&one);
    if (sched_getaffinity(0, sizeof all, &all) != 0) _exit(98);
    for (int i = 0; i < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++i)
      if (CPU_ISSET(i, &all)) CPU_SET(i, &one);
    if (sched_setaffinity(0, sizeof one, &one) != 0) _exit(99);
    _exit(body());
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(processors)

BOOST_AUTO_TEST_CASE(quotas_of_control_groups) {
  const double none = HUGE_VAL;
  const Case cases[] = {
      {"no groups", {}, "", none},
      {"v2, in a container", {{"cpu.max", "150000 100000\n"}}, "0::/\n", 1.5},
      {"v2, no limit", {{"cpu.max", "max 100000\n"}}, "0::/\n", none},
      {"v2, its own group", {{"a/b/cpu.max", "50000 100000\n"}}, "0::/a/b\n", 0.5},
      {"v2, the smallest above it",
       {{"a/b/cpu.max", "800000 100000\n"}, {"a/cpu.max", "300000 100000\n"}},
       "0::/a/b\n",
       3},
      {"v2, another's group", {{"c/cpu.max", "50000 100000\n"}}, "0::/a\n", none},
      {"v1",
       {{"cpu/d/cpu.cfs_quota_us", "250000\n"}, {"cpu/d/cpu.cfs_period_us", "100000\n"}},
       "5:memory:/d\n4:cpu,cpuacct:/d\n",
       2.5},
      {"v1, no limit",
       {{"cpu/cpu.cfs_quota_us", "-1\n"}, {"cpu/cpu.cfs_period_us", "100000\n"}},
       "4:cpuacct,cpu:/gone\n",
       none},
      {"v1, other controllers",
       {{"cpu/cpu.cfs_quota_us", "100000\n"}, {"cpu/cpu.cfs_period_us", "100000\n"}},
       "3:cpuset:/\n",
       none},
      {"nonsense", {{"cpu.max", "many\n"}}, "0::/\nx\n", none},
  };
  for (const Case& c : cases) {
    const Folder root;
    for (const File& file : c.files) write(root / file.path, file.text);
    BOOST_TEST(cpu::group_quota(root.path(), c.groups) == c.quota, c.what);
  }
}

BOOST_AUTO_TEST_CASE(the_affinity_mask_bounds_the_threads) {
  BOOST_TEST(on_one_processor([] { return cpu::usable_processors(); }) == 1);
  BOOST_TEST(on_one_processor([] {
               set_num_threads(8);
               return num_threads();
             }) == 1);
}

BOOST_AUTO_TEST_SUITE_END()
