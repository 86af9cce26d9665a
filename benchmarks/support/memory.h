// How much memory a call takes at its peak.
#pragma once

#include <cstdio>
#include <cstring>

namespace carousel::bench {

// A line of /proc/self/status in bytes; 0 where there is none.
inline double status_bytes(const char* key) {
  std::FILE* file = std::fopen("/proc/self/status", "r");
  if (!file) return 0;
  char line[256];
  double kilobytes = 0;
  while (std::fgets(line, sizeof line, file))
    if (std::strncmp(line, key, std::strlen(key)) == 0)
      std::sscanf(line + std::strlen(key), ": %lf", &kilobytes);
  std::fclose(file);
  return kilobytes * 1024;
}

// Growth of resident memory during f(), at its peak, over what is resident before.
template <class F>
double peak_growth(F&& f) {
  if (std::FILE* file = std::fopen("/proc/self/clear_refs", "w")) {
    std::fputs("5", file);  // the peak begins anew
    std::fclose(file);
  }
  const double before = status_bytes("VmRSS");
  f();
  return status_bytes("VmHWM") - before;
}

}  // namespace carousel::bench
