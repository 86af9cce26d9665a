#include <carousel/nn/io/durable_writer.h>
#include <carousel/nn/io/temporary_file.h>
#include <carousel/tensor/error.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>

namespace carousel::io {
namespace {

thread_local const char* open_instead = nullptr;
thread_local FailInstead* fail_instead = nullptr;

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
  throw IoError("save", fmt::format("{}: {}", path, why));
}

const char* kind_of(mode_t mode) {
  if (S_ISDIR(mode)) return "a folder";
  if (S_ISFIFO(mode)) return "a fifo";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

// The file that `path` leads to; it exists as a regular file or not at all.
std::string resolve_target(const std::string& path) {
  if (path.empty()) refuse("\"\"", "a file name is needed");
  struct stat status;
  if (::lstat(path.c_str(), &status) != 0) {
    if (errno != ENOENT) refuse(path, std::strerror(errno));
    return path;
  }
  if (S_ISREG(status.st_mode)) return path;
  if (!S_ISLNK(status.st_mode))
    refuse(path, fmt::format("is {}, not a regular file", kind_of(status.st_mode)));
  const std::unique_ptr<char, void (*)(void*)> real(::realpath(path.c_str(), nullptr), &std::free);
  if (!real)
    refuse(path, fmt::format("a symbolic link that leads nowhere ({})", std::strerror(errno)));
  if (::stat(real.get(), &status) != 0) refuse(path, std::strerror(errno));
  if (!S_ISREG(status.st_mode))
    refuse(path, fmt::format("leads to {}, not to a regular file", kind_of(status.st_mode)));
  return real.get();
}

// The umask without changing it, which would show in other threads.
mode_t current_umask() {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen("/proc/self/status", "re"),
                                                             &std::fclose);
  char line[256];
  unsigned mask = 077;
  while (file && std::fgets(line, sizeof line, file.get()))
    if (std::sscanf(line, "Umask: %o", &mask) == 1) break;
  return static_cast<mode_t>(mask);
}

template <class Call>
ssize_t retry(Call call) {
  ssize_t n;
  do n = call();
  while (n < 0 && errno == EINTR);
  return n;
}

constexpr std::size_t kLargestTransfer = std::size_t{1} << 30;  // Linux moves at most 2 GiB a call

}  // namespace

DurableWriter::DurableWriter(const std::string& path) : path_(path), target_(resolve_target(path)) {
  const std::size_t slash = target_.rfind('/');
  folder_ = slash == std::string::npos ? "." : slash == 0 ? "/" : target_.substr(0, slash);
  remove_stale_temporaries(folder_);
  open_temporary();
}

DurableWriter::~DurableWriter() {
  if (fd_ >= 0) ::close(fd_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void DurableWriter::fail(const char* doing, int error) const {
  refuse(path_, fmt::format("{} failed: {}", doing, std::strerror(error)));
}

template <class Call>
void DurableWriter::check(const char* doing, const Call& call) const {
  if (fail_instead && fail_instead->doing == doing) fail(doing, fail_instead->error);
  if (retry(call) != 0) fail(doing, errno);
}

void DurableWriter::open_temporary() {
  if (open_instead) {
    fd_ = ::open(open_instead, O_RDWR | O_CLOEXEC);
    if (fd_ < 0) fail("opening the temporary file", errno);
    return;
  }
  for (int attempt = 0; attempt < 100; ++attempt) {
    std::uint64_t random = 0;
    if (::getrandom(&random, sizeof random, 0) != sizeof random) fail("getrandom", errno);
    const std::string name = temporary_name(folder_, random);
    fd_ = ::open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd_ >= 0 && claim_temporary(fd_)) {
      temporary_ = name;
      return;
    }
    if (fd_ >= 0)
      ::close(std::exchange(fd_, -1));
    else if (errno != EEXIST && errno != EINTR)
      break;
  }
  fail("creating a temporary file in its folder", errno);
}

void DurableWriter::write_at(std::uint64_t offset, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const std::size_t n = std::min(bytes.size(), kLargestTransfer);
    const ssize_t written =
        retry([&] { return ::pwrite(fd_, bytes.data(), n, static_cast<off_t>(offset)); });
    if (written < 0) fail("writing", errno);
    if (written == 0) fail("writing", ENOSPC);
    offset += static_cast<std::uint64_t>(written);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    size_ = std::max(size_, offset);
  }
}

void DurableWriter::read_at(std::uint64_t offset, std::span<std::byte> bytes) const {
  while (!bytes.empty()) {
    const std::size_t n = std::min(bytes.size(), kLargestTransfer);
    const ssize_t got =
        retry([&] { return ::pread(fd_, bytes.data(), n, static_cast<off_t>(offset)); });
    if (got < 0) fail("reading back", errno);
    if (got == 0) break;
    offset += static_cast<std::uint64_t>(got);
    bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
  std::fill(bytes.begin(), bytes.end(), std::byte{0});
}

void DurableWriter::truncate(std::uint64_t size) {
  check("setting the length", [&] { return ::ftruncate(fd_, static_cast<off_t>(size)); });
  size_ = size;
}

void DurableWriter::adopt_permissions() {
  struct stat old;
  const bool replaces = ::stat(target_.c_str(), &old) == 0;
  const mode_t mode = replaces ? old.st_mode & 0777 : 0666 & ~current_umask();
  check("setting the permissions", [&] { return ::fchmod(fd_, mode); });
}

void DurableWriter::commit() {
  adopt_permissions();
  // After a failed fsync the pages may be gone and a second one would lie: this attempt is lost.
  check("fsync", [&] { return ::fsync(fd_); });
  // The claim on the file outlives its closing, up to the new name.
  struct Claim {
    ~Claim() { ::close(fd); }
    const int fd;
  } const claim{::fcntl(fd_, F_DUPFD_CLOEXEC, 0)};
  if (claim.fd < 0) fail("duplicating the descriptor", errno);
  // Interrupted or not, the descriptor is gone.
  check("closing", [&] {
    const int closed = ::close(std::exchange(fd_, -1));
    return closed != 0 && errno == EINTR ? 0 : closed;
  });
  check("renaming", [&] { return ::rename(temporary_.c_str(), target_.c_str()); });
  temporary_.clear();
  sync_folder();
}

void DurableWriter::sync_folder() const {
  const int folder = ::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) fail("opening the folder for fsync", errno);
  const std::unique_ptr<const int, void (*)(const int*)> closing(
      &folder, [](const int* fd) { ::close(*fd); });
  check("fsync of the folder", [&] {
    const int synced = ::fsync(folder);
    return synced != 0 && errno == EINVAL ? 0 : synced;  // a file system that has no such thing
  });
}

OpenInstead::OpenInstead(const char* path) { open_instead = path; }
OpenInstead::~OpenInstead() { open_instead = nullptr; }

FailInstead::FailInstead(std::string_view what, int with) : doing(what), error(with) {
  fail_instead = this;
}
FailInstead::~FailInstead() { fail_instead = nullptr; }

}  // namespace carousel::io
