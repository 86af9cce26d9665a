#include <carousel/autograd/anomaly.h>

#include <dlfcn.h>
#include <execinfo.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <memory>

namespace carousel::detail {
namespace {

// `addr2line` where it is installed and the caller has debug information.
std::string source_line(const char* file, std::uintptr_t address) {
  char command[1024];
  const int length = std::snprintf(command, sizeof command, "addr2line -e '%s' 0x%zx 2>/dev/null",
                                   file, static_cast<std::size_t>(address));
  if (length <= 0 || length >= static_cast<int>(sizeof command) || std::strchr(file, '\''))
    return {};
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(popen(command, "r"), pclose);
  char line[512] = "";
  if (!pipe || !std::fgets(line, sizeof line, pipe.get())) return {};
  std::string text(line, std::strcspn(line, "\n"));
  return text.empty() || text[0] == '?' ? std::string() : text;
}

std::string describe(void* address, const Dl_info& info) {
  // A return address points behind the call.
  const auto at = reinterpret_cast<std::uintptr_t>(address) - 1;
  std::string line =
      source_line(info.dli_fname, at - reinterpret_cast<std::uintptr_t>(info.dli_fbase));
  if (line.empty()) line = source_line(info.dli_fname, at);
  if (!line.empty()) return line;
  char text[512];
  std::snprintf(text, sizeof text, "%s+0x%zx (build with -g for the line)",
                info.dli_sname != nullptr ? info.dli_sname : info.dli_fname,
                static_cast<std::size_t>(at - reinterpret_cast<std::uintptr_t>(info.dli_fbase)));
  return text;
}

}  // namespace

std::string forward_line() {
  std::array<void*, 64> frames;
  const int count = backtrace(frames.data(), static_cast<int>(frames.size()));
  Dl_info own{};
  dladdr(reinterpret_cast<void*>(&forward_line), &own);
  bool inside = false;  // a sanitizer's backtrace() begins with a frame of its own
  for (int i = 0; i < count; ++i) {
    Dl_info info{};
    if (dladdr(frames[static_cast<std::size_t>(i)], &info) == 0 || info.dli_fname == nullptr)
      continue;
    const bool library = info.dli_fbase == own.dli_fbase ||
                         (info.dli_sname != nullptr && std::strstr(info.dli_sname, "N8carousel"));
    if (inside && !library) return describe(frames[static_cast<std::size_t>(i)], info);
    inside = inside || library;
  }
  return "an unknown line";
}

}  // namespace carousel::detail
