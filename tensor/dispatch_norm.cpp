#include <carousel/tensor/dispatch_norm.h>

#include <carousel/tensor/backend.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/impl.h>

namespace carousel::detail {
namespace {

Tensor dense(const Tensor& x) { return !x.defined() || x.is_contiguous() ? x : run_copy(x); }

Operand operand_or_none(const Tensor& x) { return x.defined() ? operand(x) : Operand{}; }

NormArgs arguments(Kernel kernel, const Tensor& x, std::int64_t cols, double epsilon,
                   std::int64_t groups) {
  NormArgs args{};
  args.kernel = kernel;
  args.dtype = x.dtype();
  args.cols = cols;
  args.rows = x.numel() / cols;
  args.samples = x.dim(0), args.groups = groups;
  args.epsilon = epsilon;
  args.x = operand(x);
  return args;
}

// How many numbers have a mean and a deviation of their own.
Shape shape_of_stats(const NormArgs& args) {
  if (args.kernel == Kernel::group_norm) return {2, args.samples, args.groups};
  return {2, args.kernel == Kernel::batch_norm ? args.cols : args.rows};
}

void launch(const NormArgs& args, Device device) {
  Backend& target = backend(device);
  target.kernels().norm.at(args.kernel, args.dtype)(target.context(), args);
}

}  // namespace

NormOutputs run_norm(Kernel kernel, const Tensor& x_given, const Tensor& scale_given,
                     const Tensor& offset_given, std::int64_t cols, double epsilon,
                     std::int64_t groups) {
  const Tensor x = dense(x_given), scale = dense(scale_given), offset = dense(offset_given);
  NormArgs args = arguments(kernel, x, cols, epsilon, groups);
  NormOutputs out{empty(x.shape(), x.dtype(), x.device()),
                  empty(shape_of_stats(args), x.dtype(), x.device())};
  args.scale = operand_or_none(scale), args.offset = operand_or_none(offset);
  args.out = operand(out.y), args.stats = operand(out.stats);
  launch(args, x.device());
  return out;
}

NormGradients run_norm_grad(Kernel kernel, const Tensor& x_given, const Tensor& scale_given,
                            const Tensor& stats, const Tensor& dy_given, std::int64_t cols,
                            double epsilon, const Shape& scale_shape, bool wants_x,
                            bool wants_scale, bool wants_offset, std::int64_t groups) {
  const Tensor x = dense(x_given), scale = dense(scale_given), dy = dense(dy_given);
  NormArgs args = arguments(kernel, x, cols, epsilon, groups);
  NormGradients out;
  if (wants_x) out.x = empty(x.shape(), x.dtype(), x.device());
  if (wants_scale) out.scale = empty(scale_shape, x.dtype(), x.device());
  if (wants_offset) out.offset = empty(scale_shape, x.dtype(), x.device());
  args.scale = operand_or_none(scale), args.dy = operand(dy), args.stats = operand(stats);
  args.out = operand_or_none(out.x), args.dscale = operand_or_none(out.scale);
  args.doffset = operand_or_none(out.offset);
  launch(args, x.device());
  return out;
}

}  // namespace carousel::detail
