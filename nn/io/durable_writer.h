// A file that appears whole or not at all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace carousel::io {

// Writes to a temporary file in the target's folder; commit() makes it durable and puts it in the
// target's place in one step, so that a full disk, a kill or a power cut leaves the old file or the
// new one. Every failure is an IoError with the path and the system's own words.
//
// A target that exists and is no regular file (a folder, fifo, device) is refused at once. A
// symbolic link is followed: the file it leads to is replaced and the link stays; one that leads
// nowhere is refused. The new file has the permissions of the old one, else those of the umask.
// What killed programs left of their own saves in this folder is removed. One thread at a time.
class DurableWriter {
 public:
  explicit DurableWriter(const std::string& path);
  // Removes the temporary file if there was no commit.
  ~DurableWriter();
  DurableWriter(const DurableWriter&) = delete;
  DurableWriter& operator=(const DurableWriter&) = delete;

  void write_at(std::uint64_t offset, std::span<const std::byte> bytes);
  // Bytes beyond the end read as zeros.
  void read_at(std::uint64_t offset, std::span<std::byte> bytes) const;
  void truncate(std::uint64_t size);
  std::uint64_t size() const { return size_; }

  // fsync, close, rename, fsync of the folder. A failure of the last one is reported too, though
  // the new file is then in place.
  void commit();

 private:
  [[noreturn]] void fail(const char* doing, int error) const;
  // Throws unless the system call gives 0; one that was interrupted is made again.
  template <class Call>
  void check(const char* doing, const Call& call) const;
  void open_temporary();
  void adopt_permissions();
  void sync_folder() const;

  std::string path_, target_, folder_, temporary_;
  int fd_ = -1;
  std::uint64_t size_ = 0;
};

// For tests: while it lives, writers of this thread open `path` in place of their temporary file.
class OpenInstead {
 public:
  explicit OpenInstead(const char* path);
  ~OpenInstead();
  OpenInstead(const OpenInstead&) = delete;
  OpenInstead& operator=(const OpenInstead&) = delete;
};

// For tests: while it lives, this step of this thread's writers ("fsync", "closing", "renaming",
// "fsync of the folder", ...) is not made but fails with this errno.
struct FailInstead {
  FailInstead(std::string_view what, int with);
  ~FailInstead();
  FailInstead(const FailInstead&) = delete;
  FailInstead& operator=(const FailInstead&) = delete;
  const std::string_view doing;
  const int error;
};

}  // namespace carousel::io
