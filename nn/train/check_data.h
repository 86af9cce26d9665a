// Data that training would find too late to be wrong; for the library's own use.
#pragma once

#include <carousel/nn/data/dataset.h>

namespace carousel::nn {
class Module;
}

namespace carousel::nn::detail {

// NumericError, naming the first row, where targets or sample weights hold NaN. `which` is "" or
// "validation ".
void check_numbers(const char* op, const char* which, const data::Dataset& rows);

// Whether what is kept for validation goes with what a built model is trained on: before the first
// epoch, not behind it. ValueError: not as many tensors; DTypeError: of another precision;
// ShapeError: inputs that the model does not take, or targets of other sizes.
void check_validation(Module& model, const data::Dataset& train, const data::Dataset& validation);

}  // namespace carousel::nn::detail
