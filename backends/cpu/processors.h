// How many processors this process may keep busy.
#pragma once

namespace carousel::cpu {

// At least 1: the processors of its affinity mask, or fewer where its control group has a quota
// (a container started with --cpus=2 on a large machine).
int usable_processors();

}  // namespace carousel::cpu
