#include <carousel/nn/io/input_file.h>
#include <carousel/tensor/error.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace carousel::io {

InputFile::InputFile(const std::string& path) : path_(path.empty() ? "\"\"" : path) {
  // Non-blocking, or the open of a fifo would wait for a writer.
  fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd_ < 0) fail(std::strerror(errno));
  struct stat status;
  const bool known = ::fstat(fd_, &status) == 0;
  if (known && S_ISREG(status.st_mode)) {
    size_ = static_cast<std::uint64_t>(status.st_size);
    return;
  }
  const std::string why = known ? "is not a regular file" : std::strerror(errno);
  ::close(fd_);
  fail(why);
}

InputFile::~InputFile() { ::close(fd_); }

void InputFile::fail(const std::string& why) const { throw IoError("load", path_ + ": " + why); }

void InputFile::read_at(std::uint64_t offset, std::span<std::byte> bytes) {
  while (!bytes.empty()) {
    const std::size_t n = std::min(bytes.size(), std::size_t{1} << 30);
    const ssize_t got = ::pread(fd_, bytes.data(), n, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail(std::strerror(errno));
    if (got == 0) fail("has become shorter while it was read");
    offset += static_cast<std::uint64_t>(got);
    bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
}

void InputFile::write_at(std::uint64_t, std::span<const std::byte>) { fail("is open for reading"); }
void InputFile::truncate(std::uint64_t) { fail("is open for reading"); }

}  // namespace carousel::io
