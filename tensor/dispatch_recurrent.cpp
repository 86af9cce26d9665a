#include <carousel/tensor/dispatch_recurrent.h>

#include <string>

#include <carousel/tensor/backend.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/impl.h>
#include <carousel/tensor/recurrent_cell.h>

namespace carousel::detail {
namespace {

RecurrentSizes sizes_of(const RecurrentInputs& in) {
  const Shape& x = in.x.shape();
  const std::int64_t state = in.recurrent_kernel.dim(0);
  if (!in.projection.defined()) return {x[0], x[1], x[2], state, state};
  return {x[0], x[1], x[2], in.projection.dim(0), in.projection.dim(1)};
}

// As the kernels see it.
const RecurrentCell& cell_of(const RecurrentSpec& spec, const RecurrentInputs& in) {
  return recurrent_cell(spec, {.projected = in.projection.defined()});
}

// Throws unless x, if defined, has this shape and the layer's dtype and device.
void check_operand(const char* op, const char* name, const Tensor& x, const Shape& shape,
                   DType dtype, Device device) {
  if (!x.defined()) return;
  if (x.shape() != shape)
    throw ShapeError(
        op, std::string(name) + " must be " + to_string(shape) + ", got " + to_string(x.shape()));
  if (x.dtype() != dtype)
    throw DTypeError(op, std::string(name) + " must be " + to_string(dtype) + ", got " +
                             to_string(x.dtype()) + " " + to_string(x.shape()));
  if (!(x.device() == device))
    throw DeviceError(op, std::string(name) + " is on " + to_string(x.device()) + ", x on " +
                              to_string(device) + "; move one with .to(...)");
}

void check_x(const Tensor& x, const char* op) {
  check_floating(op, x);
  if (x.rank() != 3)
    throw ShapeError(op, "x must be (batch, time, features), got " + to_string(x.shape()) +
                             (x.rank() == 2 ? "; one feature a step: x.unsqueeze(-1), one sequence:"
                                              " x.unsqueeze(0)"
                                            : ""));
  constexpr const char* kAxes[] = {"rows", "time steps", "features"};
  for (int axis = 0; axis < 3; ++axis)
    if (x.dim(axis) == 0)
      throw ShapeError(op, "x has no " + std::string(kAxes[axis]) + ": " + to_string(x.shape()));
}

Shape bias_shape(const RecurrentCell& cell, const RecurrentSizes& s) {
  const std::int64_t columns = cell.kernel_gates * s.units;
  return cell.bias_rows == 2 ? Shape{2, columns} : Shape{columns};
}

void check_projection(const RecurrentCell& cell, const Tensor& projection) {
  if (!projection.defined()) return;
  if (!cell.has_cell_state)
    throw ValueError(
        cell.name, "has no projection: it must be left out, got " + to_string(projection.shape()));
  if (projection.rank() != 2 || projection.numel() == 0)
    throw ShapeError(cell.name,
                     "projection must be (units, projected), got " + to_string(projection.shape()));
}

Tensor dense(const Tensor& x) { return !x.defined() || x.is_contiguous() ? x : run_copy(x); }

// The last axis dense, the others however they lie.
Tensor dense_rows(const Tensor& x) {
  const int last = x.defined() ? x.rank() - 1 : 0;
  if (!x.defined() || x.dim(last) == 1 || x.strides()[static_cast<std::size_t>(last)] == 1)
    return x;
  return run_copy(x);
}

RecurrentInputs laid_out(const RecurrentInputs& in) {
  return {dense_rows(in.x),
          dense(in.kernel),
          dense(in.recurrent_kernel),
          dense(in.bias),
          in.mask,
          dense(in.recurrent_mask),
          dense(in.initial_h),
          dense(in.initial_c),
          dense(in.projection)};
}

Operand operand_of(const Tensor& x) { return x.defined() ? operand(x) : Operand{}; }

// (T, B, stride) seen as (B, T, P).
Tensor batch_first(const Tensor& states, const RecurrentSizes& s) {
  const std::int64_t stride = recurrent_state_stride(s.state);
  Strides strides{};
  strides[0] = stride;
  strides[1] = s.batch * stride;
  strides[2] = 1;
  return make_view(states, {s.batch, s.time, s.state}, strides, 0);
}

template <class Args>
Args common_args(const RecurrentSpec& spec, const RecurrentInputs& in) {
  Args args{};
  args.spec = spec;
  args.dtype = in.x.dtype();
  const RecurrentSizes s = args.sizes = sizes_of(in);
  args.x = operand(in.x);
  args.kernel = operand(in.kernel);
  args.recurrent_kernel = operand(in.recurrent_kernel);
  args.mask = operand_of(in.mask);
  args.recurrent_mask = operand_of(in.recurrent_mask);
  if (in.recurrent_mask.defined())  // from gate to gate; 0: one for all
    args.recurrent_mask.strides = {in.recurrent_mask.rank() == 3 ? s.batch * s.state : 0};
  args.initial_h = operand_of(in.initial_h);
  args.initial_c = operand_of(in.initial_c);
  args.projection = operand_of(in.projection);
  return args;
}

void launch_forward(const RecurrentSpec& spec, const RecurrentInputs& given,
                    const RecurrentOutputs& out, const Tensor& y) {
  const RecurrentInputs in = laid_out(given);
  auto args = common_args<RecurrentForwardArgs>(spec, in);
  args.bias = operand_of(in.bias);
  args.y = operand_of(y);
  args.h_n = operand(out.h);
  args.c_n = operand_of(out.c);
  args.gates = operand_of(out.gates);
  args.cells = operand_of(out.cells);
  args.states = operand_of(out.states);
  args.scratch = operand_of(out.scratch);
  Backend& target = backend(in.x.device());
  const auto fn = target.kernels().recurrent_forward[static_cast<std::size_t>(in.x.dtype())];
  if (fn == nullptr)
    throw DeviceError("recurrent_forward", std::string("no kernel for ") + to_string(in.x.dtype()) +
                                               " on " + to_string(in.x.device()));
  fn(target.context(), args);
}

}  // namespace

void check_recurrent(const RecurrentSpec& spec, const RecurrentInputs& in) {
  const RecurrentCell& cell = recurrent_cell(spec);
  const char* op = cell.name;
  check_x(in.x, op);
  check_projection(cell, in.projection);
  if (in.recurrent_kernel.rank() != 2 || in.recurrent_kernel.numel() == 0 ||
      (!in.projection.defined() &&
       in.recurrent_kernel.dim(1) != cell.kernel_gates * in.recurrent_kernel.dim(0)))
    throw ShapeError(op, "recurrent_kernel must be (units, " +
                             (cell.kernel_gates > 1 ? std::to_string(cell.kernel_gates) + " * "
                                                    : std::string()) +
                             "units), got " + to_string(in.recurrent_kernel.shape()));
  const RecurrentSizes s = sizes_of(in);
  const std::int64_t columns = cell.kernel_gates * s.units, state = s.state;
  const DType dtype = in.x.dtype();
  const Device device = in.x.device();
  check_operand(op, "kernel", in.kernel, {s.input, columns}, dtype, device);
  check_operand(op, "recurrent_kernel", in.recurrent_kernel, {state, columns}, dtype, device);
  check_operand(op, "projection", in.projection, {s.units, state}, dtype, device);
  check_operand(op, "bias", in.bias, bias_shape(cell, s), dtype, device);
  check_operand(op, "mask", in.mask, {s.batch, s.time}, boolean, device);
  const bool by_gate =
      cell.kernel_gates == 3 && in.recurrent_mask.defined() && in.recurrent_mask.rank() == 3;
  check_operand(op, "recurrent_mask", in.recurrent_mask,
                by_gate ? Shape{3, s.batch, state} : Shape{s.batch, state}, dtype, device);
  check_operand(op, "initial_h", in.initial_h, {s.batch, state}, dtype, device);
  if (in.initial_c.defined() && !cell.has_cell_state)
    throw ValueError(op, "has no cell state: initial_c must be left out, got " +
                             to_string(in.initial_c.shape()));
  check_operand(op, "initial_c", in.initial_c, {s.batch, s.units}, dtype, device);
}

RecurrentOutputs run_recurrent_forward(const RecurrentSpec& spec, const RecurrentInputs& in,
                                       bool sequences, bool save) {
  check_recurrent(spec, in);
  const RecurrentCell& cell = cell_of(spec, in);
  const RecurrentSizes s = sizes_of(in);
  const DType dtype = in.x.dtype();
  const Device device = in.x.device();
  const bool output_is_state =
      recurrent_output_is_state(spec, in.mask.defined(), in.initial_h.defined());
  RecurrentOutputs out;
  out.h = empty({s.batch, s.state}, dtype, device);
  if (cell.has_cell_state) out.c = empty({s.batch, s.units}, dtype, device);
  if (save) {
    const Shape rows{s.time, s.batch, recurrent_state_stride(s.units)};
    out.gates = empty({s.time, s.batch, recurrent_gate_stride(cell, s.units)}, dtype, device);
    out.states = empty({s.time, s.batch, recurrent_state_stride(s.state)}, dtype, device);
    if (cell.has_cell_state) out.cells = empty(rows, dtype, device);
    if (cell.has_scratch) out.scratch = empty(rows, dtype, device);
  }
  Tensor y;
  const bool y_is_view = save && output_is_state;
  if (!y_is_view && (sequences || !output_is_state))
    y = empty({s.batch, s.time, s.state}, dtype, device);
  if (device.kind != DeviceKind::meta) launch_forward(spec, in, out, y);
  if (sequences)
    out.output = y_is_view ? batch_first(out.states, s) : y;
  else
    out.output = output_is_state ? out.h : view_select(y, 1, s.time - 1);
  return out;
}

RecurrentGradients run_recurrent_backward(const RecurrentSpec& spec, const RecurrentInputs& given,
                                          const RecurrentOutputs& saved, bool consume_gates,
                                          const Tensor& dy, const Tensor& dh, const Tensor& dc,
                                          unsigned needs) {
  const RecurrentInputs in = laid_out(given);
  const RecurrentSizes s = sizes_of(in);
  const DType dtype = in.x.dtype();
  const Device device = in.x.device();
  const auto wanted = [&](unsigned need, const Shape& shape) {
    return needs & need ? empty(shape, dtype, device) : Tensor();
  };
  const RecurrentGradients out{wanted(kNeedsX, {s.batch, s.time, s.input}),
                               wanted(kNeedsKernel, in.kernel.shape()),
                               wanted(kNeedsRecurrentKernel, in.recurrent_kernel.shape()),
                               wanted(kNeedsBias, bias_shape(recurrent_cell(spec), s)),
                               wanted(kNeedsInitialH, {s.batch, s.state}),
                               wanted(kNeedsInitialC, {s.batch, s.units}),
                               wanted(kNeedsProjection, {s.units, s.state})};
  if (device.kind == DeviceKind::meta) return out;
  const Tensor dy_rows = dense_rows(dy), dh_n = dense(dh), dc_n = dense(dc);
  auto args = common_args<RecurrentBackwardArgs>(spec, in);
  args.gates = operand(saved.gates);
  args.cells = operand_of(saved.cells);
  args.states = operand(saved.states);
  args.scratch = operand_of(saved.scratch);
  args.consume_gates = consume_gates;
  args.dy = operand_of(dy_rows);
  args.dh_n = operand_of(dh_n);
  args.dc_n = operand_of(dc_n);
  args.dx = operand_of(out.x);
  args.dkernel = operand_of(out.kernel);
  args.drecurrent_kernel = operand_of(out.recurrent_kernel);
  args.dbias = operand_of(out.bias);
  args.dinitial_h = operand_of(out.initial_h);
  args.dinitial_c = operand_of(out.initial_c);
  args.dprojection = operand_of(out.projection);
  Backend& target = backend(device);
  const auto fn = target.kernels().recurrent_backward[static_cast<std::size_t>(dtype)];
  if (fn == nullptr)
    throw DeviceError("recurrent_backward", std::string("no kernel for ") + to_string(dtype) +
                                                " on " + to_string(device));
  fn(target.context(), args);
  return out;
}

}  // namespace carousel::detail
