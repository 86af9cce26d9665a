// Kernels that compute short-time Fourier transforms; for the library's own use.
#pragma once

#include <carousel/nn/init.h>

namespace carousel::nn::detail {

// ValueError: what init::STFT refuses.
void check_stft(const init::STFTOptions& options);
// ShapeError: a shape other than (frame, 1, two frequencies or more), a window of another length.
Tensor stft_kernel(const init::STFTOptions& options, const Shape& shape, DType dtype);

}  // namespace carousel::nn::detail
