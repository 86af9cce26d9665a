// Everything that a training needs to go on after a stop, in one checkpoint file.
#pragma once

#include <string>

#include <carousel/nn/io/hdf5_file.h>
#include <carousel/nn/module.h>

namespace carousel::nn {

// Weights, buffers and the state of random numbers under /model (nn/io/checkpoint.h), the optimizer
// and its schedule under /optimizer, the position in the data under /training, callbacks under
// /callbacks, the states of stateful layers under /carried. May be called from a callback, after
// any batch: fit() with the same data and options, on a model into which the file was loaded, then
// goes on to bit-identical weights. GraphError: not compiled, or not built.
void save_training(Module& model, const std::string& path);

// Into a compiled model of the same architecture and optimizer, which is built where that is due.
// A model that was built before is left as it was if anything does not fit. The next fit() begins
// with the batch after the last one that the file has seen: initial_epoch and seed are the file's.
// FormatError, ShapeError, DTypeError as load_weights().
void load_training(Module& model, const std::string& path);

// The same within a file that holds more.
void put_training(io::FileWriter& writer, Module& model);
void restore_training(const io::FileReader& reader, Module& model);

}  // namespace carousel::nn
