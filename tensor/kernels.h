// What a backend has to provide: the list of primitives, one argument struct and one function
// signature a kind, and the tables that hold them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <carousel/tensor/dtype.h>
#include <carousel/tensor/scalar.h>
#include <carousel/tensor/shape.h>

namespace carousel {

namespace detail {
class Storage;
}

enum class Kernel : std::uint8_t {
#define K(name, kind, dtypes) name,
#include <carousel/tensor/kernels.def>
#undef K
};

enum class KernelKind : std::uint8_t {
  unary,
  predicate,
  binary,
  compare,
  ternary,
  cast,
  copy,
  fill,
  reduce,
  scan,
  row,
  norm,
  window,
  matmul,
  index,
  sort,
  random,
  recurrent_forward,
  recurrent_backward,
  optimizer
};

inline constexpr std::size_t kKernelCount = 0
#define K(name, kind, dtypes) +1
#include <carousel/tensor/kernels.def>
#undef K
    ;

const char* name_of(Kernel kernel);
KernelKind kind_of(Kernel kernel);
// Whether the kernel is defined for this compute dtype on any device.
bool takes(Kernel kernel, DType dtype);

// Per-backend state that kernels need: queue, thread team, workspace.
class Context {
 public:
  virtual ~Context() = default;
};

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
// batch_norm. Gradients: out is dx; it may be without storage.
struct NormArgs {
  Kernel kernel;
  DType dtype;
  std::int64_t rows, cols;
  double epsilon;
  Operand x, scale, offset, dy, out, stats, dscale, doffset;
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
// `factor`; global_sum_squares writes one f64 to `result`.
struct OptimizerArgs {
  Kernel kernel;
  DType dtype;
  std::span<const OptimizerSpan> spans;
  const UpdateProgram* program = nullptr;
  double factor = 1;
  Operand result;
};

// tensor/recurrent.h
struct RecurrentForwardArgs;
struct RecurrentBackwardArgs;

using UnaryFn = void (*)(Context&, const UnaryArgs&);    // predicates too: out is bool
using BinaryFn = void (*)(Context&, const BinaryArgs&);  // compares too: out is bool
using TernaryFn = void (*)(Context&, const TernaryArgs&);
using CastFn = void (*)(Context&, const CastArgs&);
using CopyFn = void (*)(Context&, const CopyArgs&);
using ReduceFn = void (*)(Context&, const ReduceArgs&);
using ScanFn = void (*)(Context&, const ScanArgs&);
using RowFn = void (*)(Context&, const RowArgs&);
using NormFn = void (*)(Context&, const NormArgs&);
using WindowFn = void (*)(Context&, const WindowArgs&);
using MatmulFn = void (*)(Context&, const MatmulArgs&);
using IndexFn = void (*)(Context&, const IndexArgs&);
using SortFn = void (*)(Context&, const SortArgs&);
using RandomFn = void (*)(Context&, const RandomArgs&);
using RecurrentForwardFn = void (*)(Context&, const RecurrentForwardArgs&);
using RecurrentBackwardFn = void (*)(Context&, const RecurrentBackwardArgs&);
using OptimizerFn = void (*)(Context&, const OptimizerArgs&);

template <class Fn>
using PerDType = std::array<Fn, kDTypeCount>;
// Indexed by kernel, then compute dtype; a null entry is a kernel that the backend lacks.
template <class Fn>
class KernelTable {
 public:
  Fn& at(Kernel kernel, DType dtype) {
    return entries_[static_cast<std::size_t>(kernel)][static_cast<std::size_t>(dtype)];
  }
  Fn at(Kernel kernel, DType dtype) const {
    return entries_[static_cast<std::size_t>(kernel)][static_cast<std::size_t>(dtype)];
  }

 private:
  std::array<PerDType<Fn>, kKernelCount> entries_{};
};

// A backend's kernels, one table a kind. Filled by plain code in backends/<name>/kernels.cpp.
struct KernelTables {
  KernelTable<UnaryFn> unary;
  KernelTable<BinaryFn> binary;
  KernelTable<TernaryFn> ternary;
  std::array<PerDType<CastFn>, kDTypeCount> cast{};  // [from][to]
  PerDType<CopyFn> copy{}, fill{};
  KernelTable<ReduceFn> reduce;
  KernelTable<ScanFn> scan;
  KernelTable<RowFn> row;
  KernelTable<NormFn> norm;
  KernelTable<WindowFn> window;
  PerDType<MatmulFn> matmul{};
  KernelTable<IndexFn> index;
  PerDType<SortFn> sort{};
  KernelTable<RandomFn> random;
  PerDType<RecurrentForwardFn> recurrent_forward{};
  PerDType<RecurrentBackwardFn> recurrent_backward{};
  KernelTable<OptimizerFn> optimizer;
};

// Whether the tables hold this kernel for this dtype (cast: from it to every dtype).
bool has_kernel(const KernelTables& tables, Kernel kernel, DType dtype);

}  // namespace carousel
