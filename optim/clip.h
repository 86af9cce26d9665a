// Clipping the gradients of parameters, in place, between backward() and step().
#pragma once

#include <span>

#include <carousel/tensor/tensor.h>

namespace carousel::optim {

// All three leave parameters without a gradient alone, throw ValueError for a bound that is not
// positive and finite, and keep a NaN in a gradient or report it; they never turn it into a number.

// Each element into [-value, value]; NaN stays.
void clip_by_value(std::span<const Tensor> parameters, double value);

// Each gradient that is longer than `norm` is scaled to it. NumericError if one has no finite norm,
// on devices other than the CPU with the next read-back; then nothing has changed.
void clip_by_norm(std::span<const Tensor> parameters, double norm);

// All gradients together, seen as one vector. Returns the length before clipping. NumericError if
// it is not finite; then nothing has changed.
double clip_by_global_norm(std::span<const Tensor> parameters, double norm);

namespace detail {

// clip_by_global_norm() without the length, which nothing waits for then: a device's NumericError
// comes with the next read-back, and until then no gradient and no parameter changes.
void clip_together(std::span<const Tensor> parameters, double norm);

// For the library's own use: gradients that are dense and nobody else's, copied where they are
// not; and all of those multiplied by a factor.
void own_gradients(std::span<const Tensor> parameters);
void scale_gradients(std::span<const Tensor> parameters, double factor);

}  // namespace detail

}  // namespace carousel::optim
