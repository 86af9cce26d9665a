#include <carousel/tensor/dispatch_ctc.h>

#include <carousel/tensor/backend.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/impl.h>

namespace carousel::detail {
namespace {

Tensor dense(const Tensor& x) { return x.is_contiguous() ? x : run_copy(x); }

}  // namespace

CTCOutputs run_ctc(const Tensor& x_given, const Tensor& labels_given,
                   const Tensor& input_lengths_given, const Tensor& label_lengths_given,
                   std::int64_t blank, bool zero_infinity, bool wants_gradient) {
  const Tensor x = dense(x_given), labels = dense(labels_given);
  const Tensor input_lengths = dense(input_lengths_given);
  const Tensor label_lengths = dense(label_lengths_given);
  CTCOutputs out{empty({x.dim(0)}, x.dtype(), x.device()), {}};
  if (wants_gradient) out.gradient = empty(x.shape(), x.dtype(), x.device());
  CTCArgs args{};
  args.dtype = x.dtype();
  args.batch = x.dim(0), args.time = x.dim(1), args.classes = x.dim(2);
  args.width = labels.dim(1), args.blank = blank, args.zero_infinity = zero_infinity;
  args.x = operand(x), args.labels = operand(labels);
  args.input_lengths = operand(input_lengths), args.label_lengths = operand(label_lengths);
  args.loss = operand(out.loss);
  if (wants_gradient) args.gradient = operand(out.gradient);
  Backend& target = backend(x.device());
  target.kernels().ctc[static_cast<std::size_t>(args.dtype)](target.context(), args);
  return out;
}

}  // namespace carousel::detail
