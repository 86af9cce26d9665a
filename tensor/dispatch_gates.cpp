#include <carousel/tensor/dispatch_gates.h>

#include <carousel/tensor/backend.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/impl.h>

namespace carousel::detail {
namespace {

Tensor dense(const Tensor& x) { return !x.defined() || x.is_contiguous() ? x : run_copy(x); }
Operand operand_of(const Tensor& x) { return x.defined() ? operand(x) : Operand{}; }

RecurrentSizes sizes_of(const Tensor& c) {
  const std::int64_t units = c.dim(-1);
  return {c.numel() / units, 1, 4 * units, units, units};
}

template <class Args>
Args args_of(const RecurrentSpec& spec, const Tensor& c) {
  Args args{};
  args.spec = spec;
  args.dtype = c.dtype();
  args.sizes = sizes_of(c);
  args.initial_c = operand(c);
  return args;
}

template <class Fn, class Args>
void launch(const PerDType<Fn> KernelTables::*kernel, const Args& args, Device device) {
  Backend& target = backend(device);
  (target.kernels().*kernel)[static_cast<std::size_t>(args.dtype)](target.context(), args);
}

}  // namespace

GatesState run_lstm_gates(const RecurrentSpec& spec, const Tensor& given_sums,
                          const Tensor& given_c, bool save) {
  const DType dtype = given_c.dtype();
  const Device device = given_c.device();
  const GatesState out{empty(given_c.shape(), dtype, device), empty(given_c.shape(), dtype, device),
                       save ? empty(given_sums.shape(), dtype, device) : Tensor()};
  if (device.kind == DeviceKind::meta) return out;
  const Tensor sums = dense(given_sums), c = dense(given_c);
  auto args = args_of<RecurrentForwardArgs>(spec, c);
  args.x = operand(sums);
  args.h_n = operand(out.h);
  args.c_n = operand(out.c);
  args.gates = operand_of(out.gates);
  launch(&KernelTables::recurrent_forward, args, device);
  return out;
}

GatesGradients run_lstm_gates_grad(const RecurrentSpec& spec, const GatesState& after,
                                   const Tensor& c_before, const Tensor& given_dh,
                                   const Tensor& given_dc, bool needs_sums, bool needs_c) {
  const DType dtype = c_before.dtype();
  const Device device = c_before.device();
  GatesGradients out;
  if (needs_sums) out.sums = empty(after.gates.shape(), dtype, device);
  if (needs_c) out.c = empty(c_before.shape(), dtype, device);
  if (device.kind == DeviceKind::meta) return out;
  const Tensor c = dense(c_before), dh = dense(given_dh), dc = dense(given_dc);
  auto args = args_of<RecurrentBackwardArgs>(spec, c);
  args.gates = operand(after.gates);
  args.cells = operand(after.c);
  args.dh_n = operand_of(dh);
  args.dc_n = operand_of(dc);
  args.dx = operand_of(out.sums);
  args.dinitial_c = operand_of(out.c);
  launch(&KernelTables::recurrent_backward, args, device);
  return out;
}

}  // namespace carousel::detail
