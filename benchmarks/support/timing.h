// How long calls take.
#pragma once

#include <cstdint>
#include <functional>

namespace carousel::bench {

// Of one call, in seconds.
struct Time {
  double median = 1e30, min = 1e30;
};

void keep_best(Time& best, const Time& time);

// Seconds by a clock that never goes back.
double now();

// At least 7 samples over at least 0.5 s, each of so many calls that it takes 0.2 ms or more.
Time time_calls(const std::function<void(std::int64_t count)>& calls);

}  // namespace carousel::bench
