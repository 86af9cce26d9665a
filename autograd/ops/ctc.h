// Connectionist temporal classification (Graves et al., 2006).
#pragma once

#include <carousel/tensor/tensor.h>

namespace carousel {

struct CTCOptions {
  std::int64_t blank = 0;
  bool zero_infinity = false;  // samples that no path fits give 0, also to the gradient
};

// -log of the probability that a sample's labels are what its frames say, over all alignments:
// log probabilities (batch, time, classes), labels (batch, width), lengths (batch,), integers, to
// (batch,). Undefined lengths are time and width. One operation with its gradient, in log space and
// f64. ShapeError, DTypeError; ValueError: a length outside its axis, more labels (and blanks
// between equal ones) than frames without zero_infinity; IndexError: a label outside the classes,
// or the blank.
Tensor ctc_loss(const Tensor& log_probabilities, const Tensor& labels,
                const Tensor& input_lengths = {}, const Tensor& label_lengths = {},
                const CTCOptions& options = {});

namespace detail {
// The same of ordinary operations: what the gradient's derivative is taken of, and the way on
// devices other than the CPU. Lengths must be given; nothing is checked.
Tensor ctc_composed(const Tensor& log_probabilities, const Tensor& labels,
                    const Tensor& input_lengths, const Tensor& label_lengths,
                    const CTCOptions& options);
}  // namespace detail

}  // namespace carousel
