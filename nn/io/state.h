// Lists of named tensors, into a checkpoint and back.
#pragma once

#include <carousel/nn/io/hdf5_file.h>
#include <carousel/tensor/named_tensor.h>

#include <span>
#include <string>
#include <string_view>

namespace carousel::io {

// A name as in a checkpoint, and the tensor itself: saving reads it, restoring writes into it.
using carousel::NamedTensor;

void put_all(FileWriter& writer, std::span<const NamedTensor> tensors);

// Writes the file's tensors into these, on whatever device they are, and bumps their versions. The
// file's names below `group` ("/model") must be exactly these, with these shapes and dtypes; the
// first that differs is named with both shapes, in a ShapeError, DTypeError (dtypes) or FormatError
// (a name that one side lacks). Everything is checked and read before the first tensor changes.
void restore_all(const FileReader& reader, std::string_view group,
                 std::span<const NamedTensor> tensors);
// The same checks alone.
void check_all(const FileReader& reader, std::string_view group,
               std::span<const NamedTensor> tensors);

}  // namespace carousel::io
