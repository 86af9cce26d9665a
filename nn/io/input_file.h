// A file that is read by position.
#pragma once

#include <carousel/nn/io/hdf5_driver.h>

#include <string>

namespace carousel::io {

// A regular file, open for reading as long as this lives; what is renamed over its path meanwhile
// does not matter. Throws IoError: it can't be opened, is no regular file, can't be read, or has
// become shorter.
class InputFile final : public ByteStore {
 public:
  explicit InputFile(const std::string& path);
  ~InputFile() override;
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  const std::string& path() const { return path_; }
  std::uint64_t size() const override { return size_; }
  // From now on only the first `size` bytes are there.
  void limit(std::uint64_t size) { size_ = size; }
  void read_at(std::uint64_t offset, std::span<std::byte> bytes) override;
  void write_at(std::uint64_t, std::span<const std::byte>) override;
  void truncate(std::uint64_t) override;

 private:
  [[noreturn]] void fail(const std::string& why) const;

  std::string path_;
  int fd_ = -1;
  std::uint64_t size_ = 0;
};

}  // namespace carousel::io
