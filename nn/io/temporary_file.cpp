#include <carousel/nn/io/temporary_file.h>
#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <memory>
#include <optional>
#include <string_view>

namespace carousel::io {
namespace {

constexpr std::string_view kBegin = ".carousel-", kEnd = ".tmp";

// The PID in such a name; nothing if it is another kind of name.
std::optional<pid_t> process_in(std::string_view name) {
  if (!name.starts_with(kBegin) || !name.ends_with(kEnd)) return {};
  name.remove_prefix(kBegin.size()), name.remove_suffix(kEnd.size());
  const char* const last = name.data() + name.size();
  pid_t process = 0;
  std::uint64_t random = 0;
  const auto [dash, bad_pid] = std::from_chars(name.data(), last, process);
  if (bad_pid != std::errc() || process < 1 || last - dash != 17 || *dash != '-') return {};
  const auto [end, bad_random] = std::from_chars(dash + 1, last, random, 16);
  if (bad_random != std::errc() || end != last) return {};
  return process;
}

// Our own number on a file that nobody claims: an earlier process had it.
bool is_gone(pid_t process) {
  return process == ::getpid() || (::kill(process, 0) != 0 && errno == ESRCH);
}

// Holds the lock meanwhile: whoever has just made the file waits for it, and then sees it gone.
void remove_unclaimed(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return;
  struct stat status;
  if (::fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && ::flock(fd, LOCK_EX | LOCK_NB) == 0)
    ::unlink(path.c_str());
  ::close(fd);
}

}  // namespace

std::string temporary_name(const std::string& folder, std::uint64_t random) {
  return fmt::format("{}/{}{}-{:016x}{}", folder, kBegin, ::getpid(), random, kEnd);
}

bool claim_temporary(int fd) {
  // Where there are no locks, nobody gets one to remove the file.
  while (::flock(fd, LOCK_EX) != 0 && errno == EINTR) {
  }
  struct stat status;
  return ::fstat(fd, &status) != 0 || status.st_nlink > 0;
}

void remove_stale_temporaries(const std::string& folder) {
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(::opendir(folder.c_str()), &::closedir);
  while (const dirent* entry = entries ? ::readdir(entries.get()) : nullptr) {
    const std::optional<pid_t> process = process_in(entry->d_name);
    if (!process || !is_gone(*process)) continue;
    remove_unclaimed(folder + "/" + entry->d_name);
  }
}

}  // namespace carousel::io
