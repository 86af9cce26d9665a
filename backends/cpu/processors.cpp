#include <carousel/backends/cpu/processors.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <thread>

#if defined(__linux__)
#include <sched.h>
#endif

namespace carousel::cpu {
namespace {

// The first numbers in a file; how many of them there are.
int read_numbers(const char* path, double& first, double& second) {
  std::FILE* file = std::fopen(path, "r");
  if (!file) return 0;
  const int found = std::fscanf(file, "%lf %lf", &first, &second);
  std::fclose(file);
  return std::max(found, 0);
}

// Processors' worth of time that the control group grants; infinite without a limit ("max", -1).
double group_quota() {
  double quota = 0, period = 0, unused = 0;
  if (read_numbers("/sys/fs/cgroup/cpu.max", quota, period) == 2 && period > 0)
    return quota / period;
  if (read_numbers("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", quota, unused) >= 1 && quota > 0 &&
      read_numbers("/sys/fs/cgroup/cpu/cpu.cfs_period_us", period, unused) >= 1 && period > 0)
    return quota / period;
  return HUGE_VAL;
}

int affinity_count() {
#if defined(__linux__)
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
#endif
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

}  // namespace

int usable_processors() {
  const int processors = affinity_count();
  const double quota = std::ceil(group_quota());
  return quota < processors ? std::max(1, static_cast<int>(quota)) : processors;
}

}  // namespace carousel::cpu
