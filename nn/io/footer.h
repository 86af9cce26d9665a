// What stands after HDF5's end of file: a table of the tensors and the checksum of everything.
#pragma once

#include <carousel/nn/io/durable_writer.h>
#include <carousel/nn/io/hdf5_file.h>
#include <carousel/nn/io/input_file.h>

#include <vector>

namespace carousel::io {

// A file is: HDF5's bytes; the table (JSON); 64 bytes of trailer, little-endian:
//   u64 length of HDF5's part, u64 length of the table, u32 format version, u32 zero,
//   SHA-256 of all before it, "CRSL-H5\n".
inline constexpr std::uint32_t kFormatVersion = 1;

// Appends table and trailer to a file of which HDF5 has written the first `hdf5_bytes`.
void write_footer(DurableWriter& file, std::uint64_t hdf5_bytes,
                  const std::vector<FileEntry>& entries);

struct Footer {
  std::uint64_t hdf5_bytes = 0;
  std::vector<FileEntry> entries;
};

// Checks the whole file; FormatError as FileReader says.
Footer read_footer(InputFile& file);

}  // namespace carousel::io
