#include <carousel/backends/cpu/processors.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <string_view>
#include <thread>

#if defined(__linux__)
#include <sched.h>
#endif

namespace carousel::cpu {
namespace {

// The first numbers in a file; how many of them there are.
int read_numbers(const std::string& path, double& first, double& second) {
  std::FILE* file = std::fopen(path.c_str(), "r");
  if (!file) return 0;
  const int found = std::fscanf(file, "%lf %lf", &first, &second);
  std::fclose(file);
  return std::max(found, 0);
}

// Of one group alone. "max" and -1 are no limits.
double quota_of(const std::string& folder) {
  double quota = 0, period = 0, unused = 0;
  if (read_numbers(folder + "/cpu.max", quota, period) == 2 && quota > 0 && period > 0)
    return quota / period;
  if (read_numbers(folder + "/cpu.cfs_quota_us", quota, unused) >= 1 && quota > 0 &&
      read_numbers(folder + "/cpu.cfs_period_us", period, unused) >= 1 && period > 0)
    return quota / period;
  return HUGE_VAL;
}

// All that a small file holds.
std::string contents(const char* path) {
  std::string text(1 << 16, '\0');
  std::FILE* file = std::fopen(path, "r");
  if (!file) return {};
  text.resize(std::fread(text.data(), 1, text.size(), file));
  std::fclose(file);
  return text;
}

// Whether v1's list of controllers ("cpu,cpuacct") has the one that grants time.
bool grants_time(std::string_view controllers) {
  const std::string list = "," + std::string(controllers) + ",";
  return list.find(",cpu,") != std::string::npos;
}

int affinity_count() {
#if defined(__linux__)
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
#endif
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

}  // namespace

double group_quota(const std::string& root, const std::string& groups) {
  double quota = HUGE_VAL;
  for (std::size_t begin = 0; begin < groups.size();) {
    const std::size_t end = std::min(groups.find('\n', begin), groups.size());
    const std::string line = groups.substr(begin, end - begin);  // "4:cpu,cpuacct:/docker/1f"
    begin = end + 1;
    const std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    if (!controllers.empty() && !grants_time(controllers)) continue;
    const std::string base = controllers.empty() ? root : root + "/cpu";
    std::string path = line.substr(second + 1);
    while (path.ends_with('/')) path.pop_back();
    for (;; path.resize(path.rfind('/'))) {
      quota = std::min(quota, quota_of(base + path));
      if (path.find('/') == std::string::npos) break;
    }
  }
  return quota;
}

int usable_processors() {
  const int processors = affinity_count();
  const double quota = std::ceil(group_quota("/sys/fs/cgroup", contents("/proc/self/cgroup")));
  return quota < processors ? std::max(1, static_cast<int>(quota)) : processors;
}

}  // namespace carousel::cpu
