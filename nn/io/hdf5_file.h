// Named tensors and texts in an HDF5 file with a checksummed footer (docs/checkpoints.md).
#pragma once

#include <carousel/tensor/dtype.h>
#include <carousel/tensor/shape.h>
#include <carousel/tensor/tensor.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace carousel::io {

// Dense row-major elements in host memory.
struct TensorView {
  DType dtype = DType::f32;
  Shape shape;
  const void* data = nullptr;
};

// Writes one file. Names are absolute paths, `/model/lstm/recurrent_kernel`; the groups between are
// made as needed. Elements go straight from the caller's memory to the file. Nothing is seen under
// the target's name before commit(); without it nothing stays. Throws IoError where the system
// refuses (DurableWriter tells what is refused), ValueError for a name that is no such path, is
// taken, or runs through a tensor. After an IoError the writer is of no further use.
class FileWriter {
 public:
  explicit FileWriter(const std::string& path);
  ~FileWriter();
  FileWriter(FileWriter&&) noexcept;
  FileWriter& operator=(FileWriter&&) noexcept;

  void put(const std::string& name, const TensorView& tensor);
  // Of any layout and device; one tensor at a time is made dense and brought to the host.
  void put(const std::string& name, const Tensor& tensor);
  void put_text(const std::string& name, std::string_view text);
  void commit();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// What the footer says of a tensor or text.
struct FileEntry {
  std::string name;
  bool is_text = false;
  DType dtype = DType::f32;  // of a tensor
  Shape shape;               // of a tensor
  std::uint64_t bytes = 0;   // of the elements or the text
  std::uint64_t offset = 0;  // in the file
  std::uint32_t crc32c = 0;
};

// Reads one file. The constructor checks every byte of it against the footer before HDF5 sees any,
// and throws FormatError naming the file: no footer (a foreign file, or a truncated one), a newer
// format, a changed byte; IoError where the system refuses. The file is open while this lives.
class FileReader {
 public:
  explicit FileReader(const std::string& path);
  ~FileReader();
  FileReader(FileReader&&) noexcept;
  FileReader& operator=(FileReader&&) noexcept;

  const std::string& path() const;
  // In the order they were put.
  const std::vector<FileEntry>& entries() const;
  // Null if there is no such name; else valid as long as the reader.
  const FileEntry* find(std::string_view name) const;

  // Fills `out`, whose size must be the entry's; the checksum is compared once more. FormatError
  // if there is no such tensor.
  void read(const std::string& name, std::span<std::byte> out) const;
  // A new tensor on the CPU.
  Tensor tensor(const std::string& name) const;
  std::string text(const std::string& name) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace carousel::io
