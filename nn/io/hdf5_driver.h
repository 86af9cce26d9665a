// HDF5 reading from and writing to something of ours. No HDF5 header is needed to include this.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <map>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

namespace carousel::io {

// What lies under an HDF5 file. Failures are thrown.
class ByteStore {
 public:
  virtual ~ByteStore() = default;
  virtual std::uint64_t size() const = 0;
  virtual void read_at(std::uint64_t offset, std::span<std::byte> bytes) = 0;
  virtual void write_at(std::uint64_t offset, std::span<const std::byte> bytes) = 0;
  virtual void truncate(std::uint64_t size) = 0;
};

// Stands between HDF5 and a store. HDF5 can't be told of a failed write: it would neither close
// the file nor survive the end of the program. So the first failure is kept here, HDF5 hears that
// all is well, and goes on with what it believes to have written.
class LatchedStore {
 public:
  explicit LatchedStore(ByteStore& store) : store_(store) {}

  std::uint64_t size() const { return size_; }
  void read_at(std::uint64_t offset, std::span<std::byte> bytes) noexcept;
  // `keep`: HDF5 may read this back (metadata); after a failure it is held in memory.
  void write_at(std::uint64_t offset, std::span<const std::byte> bytes, bool keep) noexcept;
  void truncate(std::uint64_t size) noexcept;

  bool failed() const { return error_ != nullptr; }
  // Throws the first failure, if there was one.
  void check() const {
    if (error_) std::rethrow_exception(error_);
  }

 private:
  template <class Action>
  void attempt(Action action) noexcept;
  void keep_page_bytes(std::uint64_t offset, std::span<const std::byte> bytes);

  ByteStore& store_;
  std::uint64_t size_ = store_.size();
  std::exception_ptr error_;
  std::map<std::uint64_t, std::vector<std::byte>> pages_;  // by number; only after a failure
};

// Owns an HDF5 id (hid_t).
class Hdf5Handle {
 public:
  using Close = int (*)(std::int64_t);
  Hdf5Handle() = default;
  Hdf5Handle(std::int64_t id, Close closer) : id_(id), close_(closer) {}
  Hdf5Handle(Hdf5Handle&& other) noexcept
      : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  Hdf5Handle& operator=(Hdf5Handle&& other) noexcept {
    std::swap(id_, other.id_), std::swap(close_, other.close_);
    return *this;
  }
  ~Hdf5Handle() { close(); }

  explicit operator bool() const { return id_ >= 0; }
  std::int64_t id() const { return id_; }
  bool close() { return id_ < 0 || close_(std::exchange(id_, -1)) >= 0; }

 private:
  std::int64_t id_ = -1;
  Close close_ = nullptr;
};

// HDF5 is not safe for threads everywhere: whoever calls it holds this one process-wide lock. While
// it is held, HDF5 prints no errors of its own.
class Hdf5Lock {
 public:
  Hdf5Lock();
  ~Hdf5Lock();
  Hdf5Lock(const Hdf5Lock&) = delete;
  Hdf5Lock& operator=(const Hdf5Lock&) = delete;

 private:
  std::lock_guard<std::mutex> lock_;
  void* handler_ = nullptr;
  void* handler_data_ = nullptr;
};

// A file access property list for a file that lies in `store`, which must outlive the file. Call
// under Hdf5Lock.
Hdf5Handle make_file_access(LatchedStore& store);

}  // namespace carousel::io
