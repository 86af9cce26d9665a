#include "timing.h"

#include <algorithm>
#include <chrono>
#include <vector>

namespace carousel::bench {

void keep_best(Time& best, const Time& time) {
  best = {std::min(best.median, time.median), std::min(best.min, time.min)};
}

double now() {
  using namespace std::chrono;
  return duration<double>(steady_clock::now().time_since_epoch()).count();
}

Time time_calls(const std::function<void(std::int64_t count)>& calls) {
  const auto take = [&](std::int64_t count) {
    const double begin = now();
    calls(count);
    return now() - begin;
  };
  take(1);  // what a first call finds cold
  std::int64_t count = 1;
  while (take(count) < 2e-4) count *= 2;
  std::vector<double> samples;
  const double begin = now();
  while (samples.size() < 7 || now() - begin < 0.5)
    samples.push_back(take(count) / static_cast<double>(count));
  std::sort(samples.begin(), samples.end());
  return {samples[samples.size() / 2], samples.front()};
}

}  // namespace carousel::bench
