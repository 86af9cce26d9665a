// What a kernel is given: one struct a kind.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include <carousel/tensor/kernel_list.h>
#include <carousel/tensor/scalar.h>
#include <carousel/tensor/shape.h>

namespace carousel {

namespace detail {
class Storage;
}

// A strided view of a storage; offset and strides count elements. Without a storage it is the
// immediate `scalar`, read as the compute dtype.
struct Operand {
  detail::Storage* storage = nullptr;
  std::int64_t offset = 0;
  Strides strides{};
  Scalar scalar = 0;
};

// How the operands of an element-wise kernel lie; decided once, by the front end.
enum class Layout : std::uint8_t {
  contiguous,  // all dense, one shape: `shape` needs no look
  scalar_a,    // a is an immediate, b and out are dense
  scalar_b,    // b is an immediate, a and out are dense
  rows_b,      // a and out are dense, b is one dense row of the last axis
  general      // strides say it; 0 where broadcast
};

// `shape` is out's; `count` its number of elements. Inputs are broadcast to it through strides.
struct UnaryArgs {
  Kernel kernel;
  DType dtype;
  Layout layout;
  std::int64_t count;
  Shape shape;
  Operand out, x;
  double alpha = 0, beta = 0;
};

struct BinaryArgs {
  Kernel kernel;
  DType dtype;  // of a and b
  Layout layout;
  std::int64_t count;
  Shape shape;
  Operand out, a, b;
  double alpha = 0, beta = 0;
};

struct TernaryArgs {
  Kernel kernel;
  DType dtype;    // of a, b and out; the condition is bool
  Layout layout;  // contiguous or general; a and b may be immediates in both
  std::int64_t count;
  Shape shape;
  Operand out, condition, a, b;
};

// out = x in another dtype. Float to integer truncates towards zero and saturates (NaN gives 0);
// to bool is x != 0.
struct CastArgs {
  DType from, to;
  Layout layout;
  std::int64_t count;
  Shape shape;
  Operand out, x;
};

// out = x (both may be strided); fill: out = x.scalar.
struct CopyArgs {
  DType dtype;
  Layout layout;
  std::int64_t count;
  Shape shape;
  Operand out, x;
};

// x is seen as kept axes times reduced axes, each with adjacent ones merged. `out` is dense, in the
// order of the kept axes. An empty reduction gives the neutral element (max, min: never called).
struct ReduceArgs {
  Kernel kernel;
  DType dtype, out_dtype;
  Shape kept, reduced;
  Strides kept_strides, reduced_strides;  // of x
  std::int64_t kept_count, reduced_count;
  Operand x, out;
};

// x and out are dense (outer, length, inner). reverse: from the end.
struct ScanArgs {
  Kernel kernel;
  DType dtype;
  std::int64_t outer, length, inner;
  bool reverse;
  Operand x, out;
};

// Dense (rows, cols) operands; inputs and outputs in the order of kernels.def.
// cross_entropy: rows whose label is `ignore` give 0; a label outside [0, cols) is an error.
struct RowArgs {
  Kernel kernel;
  DType dtype;
  std::int64_t rows, cols;
  std::array<Operand, 4> inputs;
  std::array<Operand, 2> outputs;
  DType label_dtype = DType::i64;
  std::int64_t ignore = -1;
  const char* op = "";
};

// x, out and dy are dense (rows, cols); scale, offset, dscale and doffset (cols,), or without
// storage where there are none; stats dense (2, rows) of layer_norm and rms_norm, (2, cols) of
// batch_norm, (2, samples, groups) of group_norm, whose rows are samples times positions.
// Gradients: out is dx; it may be without storage.
struct NormArgs {
  Kernel kernel;
  DType dtype;
  std::int64_t rows, cols;
  std::int64_t samples = 1, groups = 1;
  double epsilon;
  Operand x, scale, offset, dy, out, stats, dscale, doffset;
};

// All dense: log probabilities x (batch, time, classes), i64 labels (batch, width) and lengths
// (batch,), which fit; loss (batch,), and dloss / dx in `gradient`, which may be without storage.
// zero_infinity: samples that no path fits give 0.
struct CTCArgs {
  DType dtype;
  std::int64_t batch, time, classes, width, blank;
  bool zero_infinity;
  Operand x, labels, input_lengths, label_lengths, loss, gradient;
};

// Where windows stand: along depth, height and width, those that an image lacks being of size 1.
// A window of output i covers inputs i stride - before + k dilation, for k below its size; those
// outside the image count as absent (0 in im2col). stride 0: windows of their own sizes that share
// the image out, from floor(i in / out) to ceil((i + 1) in / out).
struct WindowGeometry {
  std::int64_t batch = 1, channels = 1;
  std::array<std::int64_t, 3> in{1, 1, 1}, out{1, 1, 1}, size{1, 1, 1}, stride{1, 1, 1},
      dilation{1, 1, 1}, before{0, 0, 0};
};

// All dense. x (batch, in, channels); y (batch, out, channels), of depthwise ones channels times
// multiplier. im2col: out (rows, size, channels of the group), rows being the windows `first_row`
// and on, in the order of y; channels from `first_channel`. col2im adds to out; other results are
// overwritten.
struct WindowArgs {
  Kernel kernel;
  DType dtype;
  WindowGeometry geometry;
  std::int64_t multiplier = 1;
  std::int64_t first_row = 0, rows = 0, first_channel = 0, group_channels = 0;
  Operand x, weights, dy, out;
};

// out (batch..., m, n) = a (batch..., m, k) @ b (batch..., k, n). `batch` is broadcast through the
// leading strides of a and b; their last two strides may be anything, so a transposed operand costs
// no copy. out is dense.
struct MatmulArgs {
  DType dtype;
  std::int64_t m, n, k;
  Shape batch;
  Operand out, a, b;
};

// x, index and out are dense. gather and scatter_add: index (outer, count, inner); else (count,).
// gather, index_select: x (outer, length, inner) -> out (outer, count, inner).
// scatter_add, index_add: out (outer, length, inner) += x (outer, count, inner).
// An index outside [-length, length), or [0, length) unless from_end, is an IndexError that names
// `op`, or the queue's error word.
struct IndexArgs {
  Kernel kernel;
  DType dtype, index_dtype;
  std::int64_t outer, length, inner, count;
  Operand x, index, out;
  const char* op = "";
  bool from_end = true;  // negative indices count from the end
};

// Each row of dense (rows, cols); values has x's dtype, positions is i64.
struct SortArgs {
  DType dtype;
  std::int64_t rows, cols;
  bool descending;
  Operand x, values, positions;
};

// out (dense) [i] = f(seed, stream, offset + i), Philox4x32-10 (Salmon et al., 2011).
struct RandomArgs {
  Kernel kernel;
  DType dtype;
  std::int64_t count;
  std::uint64_t seed, stream, offset;
  double alpha, beta;
  Operand out;
};

// tensor/update_program.h
struct UpdateProgram;

// One parameter's part in an update; all dense, all of the same dtype. Slots that the program does
// not use are empty.
struct OptimizerSpan {
  std::int64_t count;
  Operand parameter, gradient;
  std::array<Operand, 6> slots;  // momentum; first and second moment; ...
};

// update runs `program` over every element of all spans. scale_gradients multiplies gradients by
// `factor`. `sums` are dense f64: global_sum_squares writes the sum of all spans' squares to the
// first, or, with `each`, of span i's to the i-th. clip_gradients takes a sum for the square of a
// length, and scales what is longer than `factor` to that; a length among all `sum_count` that is
// not finite is a NumericError that names `op`, or the queue's error word, and nothing is scaled.
struct OptimizerArgs {
  Kernel kernel;
  DType dtype;
  std::span<const OptimizerSpan> spans;
  const UpdateProgram* program = nullptr;
  double factor = 1;
  Operand sums = {};
  bool each = false;
  std::int64_t first_sum = 0, sum_count = 1;  // the first span's, and how many there are
  const char* op = "";
};

// tensor/recurrent.h
struct RecurrentForwardArgs;
struct RecurrentBackwardArgs;

}  // namespace carousel
