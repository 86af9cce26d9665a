// A module's weights in a checkpoint file (docs/checkpoints.md).
#pragma once

#include <string>

#include <carousel/nn/io/hdf5_file.h>
#include <carousel/nn/module.h>

namespace carousel::nn {

// Parameters and buffers as `/model/PATH`, `/model/lstm/recurrent_kernel`, and the input shape that
// they were built for. GraphError for a module that is not built; IoError as io::FileWriter.
void save_weights(Module& module, const std::string& path);

// Fills the module from such a file, on whatever device it is. An unbuilt module is built for the
// file's input shape first. All or nothing: ShapeError, DTypeError or FormatError names the first
// parameter that the file has otherwise, with both shapes; FormatError also for a damaged file,
// IoError where the system refuses.
void load_weights(Module& module, const std::string& path);

// The same within a file that holds more.
void put_weights(io::FileWriter& writer, Module& module);
void restore_weights(const io::FileReader& reader, Module& module);

}  // namespace carousel::nn
