// How many processors this process may keep busy.
#pragma once

#include <string>

namespace carousel::cpu {

// At least 1: the processors of its affinity mask, or fewer where its control groups have a quota
// (a container started with --cpus=2 on a large machine).
int usable_processors();

// Processors' worth of time that control groups grant; infinite without a limit. `root` is where
// they are mounted, `groups` what /proc/self/cgroup says of a process: its groups and all above
// them count (cgroup v2's cpu.max, v1's cpu.cfs_quota_us).
double group_quota(const std::string& root, const std::string& groups);

}  // namespace carousel::cpu
