// Whole models in a file: what they are made of, and their weights (docs/checkpoints.md).
#pragma once

#include <string>

#include <carousel/nn/io/hdf5_file.h>
#include <carousel/nn/sequential.h>

namespace carousel::nn {

// The layers' options as JSON under `/config`, the weights as save_weights() has them. GraphError
// for a model that is not built, or has a layer that is none of the library's; IoError.
void save_model(Sequential& model, const std::string& path);

// A model of the same layers, options and weights; not compiled. FormatError for a file that holds
// no such model or is damaged, IoError where the system refuses.
Sequential load_model(const std::string& path);

// The same within a file that holds more.
void put_model(io::FileWriter& writer, Sequential& model);
Sequential read_model(const io::FileReader& reader);

}  // namespace carousel::nn
