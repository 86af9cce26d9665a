// Front ends of the kernels: check operands, allocate the result, classify the layout, call the
// device's table. No gradients here; operations (autograd/ops) call these. Errors name the kernel
// unless `op` says otherwise.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include <carousel/tensor/kernels.h>
#include <carousel/tensor/tensor.h>

namespace carousel::detail {

// Checks that operations share. `op` begins the text.
void check_same_dtype(const char* op, const Tensor& a, const Tensor& b);
void check_same_device(const char* op, const Tensor& a, const Tensor& b);
void check_floating(const char* op, const Tensor& x);
// DTypeError unless the kernel is defined for x's dtype.
void check_takes(Kernel kernel, DType dtype, const char* op = nullptr);
// A scalar beside a tensor of this dtype: DTypeError for 2.5 beside integers.
void check_scalar(const char* op, Scalar value, DType dtype);
// Whether a kernel that the device lacks is to run on the CPU, counting it; DeviceError if the
// policy (tensor/backend.h) says error.
bool fall_back(bool missing, Kernel kernel, DType dtype, Device device);
// Whether x's device has the kernel; false on meta.
bool has_device_kernel(Kernel kernel, const Tensor& x);
// The same for an operation that has a twin composed of other kernels: if this is false, the twin
// is to run, and is counted unless x is on meta (explain_fallbacks()).
bool runs_fused(const char* op, Kernel kernel, const Tensor& x);
// Counts a composed twin that runs in place of an operation that has no kernel there.
void count_composed(const char* op);
// NumericError unless the gradients' norm is finite.
void check_norm(const char* op, double norm);

// kernels.def's alpha and beta of a unary kernel; a type of its own, so that run(mul, x, 0.5) is
// the product.
struct Immediates {
  double alpha = 0, beta = 0;
};

// Unary kernels and predicates.
Tensor run(Kernel kernel, const Tensor& x);
Tensor run(Kernel kernel, const Tensor& x, Immediates immediates);
// Binary kernels and compares, broadcasting.
Tensor run(Kernel kernel, const Tensor& a, const Tensor& b, double alpha = 0, double beta = 0);
Tensor run(Kernel kernel, const Tensor& a, Scalar b);
Tensor run(Kernel kernel, Scalar a, const Tensor& b);
// sum += x, in sum's own memory; of one shape, dtype and device. No version is bumped.
void run_add_into(const Tensor& sum, const Tensor& x);

Tensor run_where(const Tensor& condition, const Tensor& a, const Tensor& b);
Tensor run_cast(const Tensor& x, DType dtype);
// A dense copy.
Tensor run_copy(const Tensor& x);
// to's elements = from's (broadcast; same dtype and device). No version is bumped.
void run_copy_into(const Tensor& to, const Tensor& from);
void run_fill(const Tensor& to, Scalar value);
// Between devices.
Tensor run_transfer(const Tensor& x, Device device);

// axes: one bit each; 0 reduces nothing. argmax and argmin take one axis or all.
Tensor run_reduce(Kernel kernel, const Tensor& x, std::uint32_t axes, bool keepdims);
Tensor run_scan(Kernel kernel, const Tensor& x, int axis, bool reverse);

// Row kernels over the last axis; operands in kernels.def's order are made dense. Returns the
// outputs: like x, or without its last axis, as kernels.def says.
std::array<Tensor, 2> run_row(Kernel kernel, std::array<const Tensor*, 4> inputs,
                              const char* op = nullptr, std::int64_t ignore = -1);

// a (..., m, k) @ b (..., k, n), leading axes broadcast.
Tensor run_matmul(const Tensor& a, const Tensor& b);

// gather: index has x's rank, and its sizes on the other axes. index_select: index is 1-D; negative
// ones count from the end only if from_end.
Tensor run_gather(const Tensor& x, int axis, const Tensor& index, const char* op = nullptr);
Tensor run_index_select(const Tensor& x, int axis, const Tensor& index, const char* op = nullptr,
                        bool from_end = true);
// A copy of base (dense) to which source is added; the transposes of the two above.
Tensor run_scatter_add(const Tensor& base, int axis, const Tensor& index, const Tensor& source,
                       const char* op = nullptr);
Tensor run_index_add(const Tensor& base, int axis, const Tensor& index, const Tensor& source,
                     const char* op = nullptr);

struct Sorted {
  Tensor values, positions;
};
Sorted run_sort(const Tensor& x, int axis, bool descending);

// Fills a new tensor; element i is f(seed, stream, offset + i).
Tensor run_random(Kernel kernel, const Shape& shape, DType dtype, Device device, std::uint64_t seed,
                  std::uint64_t stream, std::uint64_t offset, double alpha, double beta);

// One parameter in an optimizer step. What the program uses must be dense, of one shape, dtype and
// device; the rest may be undefined.
struct OptimizerUpdate {
  Tensor parameter, gradient;
  std::array<Tensor, 6> slots;
};
// One call a dtype and device over all updates; bumps the versions of what the program writes.
void run_update(const UpdateProgram& program, std::span<const OptimizerUpdate> updates);
// Sums of squares of these dense gradients of one dtype and device, into the f64 tensor `sums`
// there: of all of them together into element `at`, or with `each` of every one, from `at` on.
void run_sum_squares(std::span<const Tensor> gradients, const Tensor& sums, std::int64_t at,
                     bool each = false);
// gradients *= factor, in place.
void run_scale(std::span<const Tensor> gradients, double factor);
// gradients *= norm / sqrt(sum) where that is below 1, in place, without a look from the host:
// their sum of squares is element `at` of `sums`, or with `each` every one's own, from `at` on. A
// sum anywhere in `sums` that is not finite is a NumericError, and nothing is scaled.
void run_clip(const char* op, std::span<const Tensor> gradients, const Tensor& sums,
              std::int64_t at, double norm, bool each = false);

}  // namespace carousel::detail
