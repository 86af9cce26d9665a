#include <carousel/nn/recurrent/lstm.h>

#include <fmt/format.h>

#include <carousel/autograd/ops.h>
#include <carousel/nn/recurrent/lengths.h>

namespace carousel::nn {
namespace {

constexpr const char* kOp = "lstm";

// Ones for the forget gate, else the initializer's values, each gate's part drawn by itself.
DrawFunction forget_bias(const Initializer& initializer, std::int64_t units) {
  return [initializer, units](const Shape&, DType dtype, Generator& generator) {
    const Tensor input = initializer({units}, dtype, generator);
    const Tensor forget = init::ones()({units}, dtype, generator);
    const Tensor rest = initializer({2 * units}, dtype, generator);
    return concat({input, forget, rest});
  };
}

}  // namespace

void fields(Fields& f, LSTMOptions& o) {
  f("units", o.units), f("activation", o.activation);
  f("recurrent_activation", o.recurrent_activation), f("use_bias", o.use_bias);
  f("kernel_initializer", o.kernel_initializer);
  f("recurrent_initializer", o.recurrent_initializer);
  f("bias_initializer", o.bias_initializer), f("unit_forget_bias", o.unit_forget_bias);
  f("return_sequences", o.return_sequences), f("go_backwards", o.go_backwards);
  f("stateful", o.stateful), f("unroll", o.unroll);
  f("zero_output_for_mask", o.zero_output_for_mask), f("exact", o.exact);
}

std::string LSTM::config() const { return detail::config_of(options_); }

LSTM::LSTM(LSTMOptions options) : options_(std::move(options)) {
  if (options_.units < 1)
    throw ValueError(kOp, fmt::format("units must be at least 1, got {}", options_.units));
  spec_.activation = options_.activation.recurrent(kOp);
  spec_.recurrent_activation = options_.recurrent_activation.recurrent(kOp);
  spec_.go_backwards = options_.go_backwards;
  spec_.zero_output_for_mask = options_.zero_output_for_mask;
  spec_.exact = options_.exact;
  set_name(options_.name);
}

void LSTM::check_input(const Tensor& x, std::int64_t features) const {
  const std::string shape = to_string(x.shape());
  if (x.rank() == 2)
    throw ShapeError(kOp, fmt::format("needs (batch, time, features), got 2-D data {0}: reshape to "
                                      "(batch, time, features), here ({1}, {2}, 1) or ({1}, 1, "
                                      "{2})",
                                      shape, x.dim(0), x.dim(1)));
  if (x.rank() != 3)
    throw ShapeError(kOp, fmt::format("needs (batch, time, features), got shape {}", shape));
  if (x.dim(0) == 0 || x.dim(1) == 0)
    throw ShapeError(
        kOp, fmt::format("the input has no {}: {}", x.dim(0) == 0 ? "rows" : "time steps", shape));
  if (features >= 0 && x.dim(2) != features)
    throw ShapeError(kOp, fmt::format("was built for {} features, got shape {}", features, shape));
}

void LSTM::make_parameters(const Values& inputs) {
  check_input(inputs[0], -1);
  const std::int64_t units = options_.units;
  kernel_ = parameter({inputs[0].dim(2), 4 * units}, options_.kernel_initializer);
  recurrent_kernel_ = parameter({units, 4 * units}, options_.recurrent_initializer);
  if (!options_.use_bias) return;
  bias_ = options_.unit_forget_bias
              ? parameter({4 * units}, forget_bias(options_.bias_initializer, units))
              : parameter({4 * units}, options_.bias_initializer);
}

LSTMResult LSTM::compute(const Tensor& x, const RecurrentOptions& options) const {
  return lstm(x, kernel_, recurrent_kernel_, bias_, options);
}

RecurrentOptions LSTM::options_for(const Value& x, const LSTMRunOptions& options) const {
  RecurrentOptions result{.spec = spec_, .return_sequences = options_.return_sequences};
  result.mask = options.mask.defined() ? options.mask : x.mask;
  if (options.lengths.defined()) {
    const Tensor valid = mask_of_lengths(options.lengths, x.dim(0), x.dim(1), x.device(), kOp);
    result.mask = result.mask.defined() ? logical_and(result.mask, valid) : valid;
  }
  const LSTMState& given = options.initial_state;
  const bool carried = options_.stateful && !given.h.defined() && !given.c.defined();
  const LSTMState& initial = carried ? state_ : given;
  if (carried && initial.h.defined() && initial.h.dim(0) != x.dim(0))
    throw ShapeError(kOp, fmt::format("stateful: a batch of {} follows one of {}: call "
                                      "reset_states() before",
                                      x.dim(0), initial.h.dim(0)));
  result.initial_h = initial.h;
  result.initial_c = initial.c;
  return result;
}

Value LSTM::forward(const Value& x) {
  const LSTMResult result = run_sequence(x, {});
  return options_.return_sequences ? Value::masked(result.output, x.mask) : Value(result.output);
}

LSTMResult LSTM::run(const Value& x, const LSTMRunOptions& options) {
  ensure_built({x});
  return located([&] {
    LSTMResult result = run_sequence(x, options);
    note_output(result.output);
    return result;
  });
}

LSTMResult LSTM::run_sequence(const Value& x, const LSTMRunOptions& options) {
  check_input(x, kernel_.dim(0));
  LSTMResult result = compute(x, options_for(x, options));
  if (options_.stateful && !building()) state_ = {result.h.detach(), result.c.detach()};
  return result;
}

LSTMState LSTM::step(const Tensor& x, const LSTMState& state) {
  if (x.rank() != 2)
    throw ShapeError(
        kOp, fmt::format("a step needs (batch, features), got shape {}", to_string(x.shape())));
  const Tensor sequence = x.unsqueeze(1);
  ensure_built({sequence});
  return located([&] {
    check_input(sequence, kernel_.dim(0));
    const LSTMResult result =
        compute(sequence, {.spec = spec_, .initial_h = state.h, .initial_c = state.c});
    return LSTMState{result.h, result.c};
  });
}

void LSTM::visit(Visitor& visitor) {
  visitor("kernel", kernel_);
  visitor("recurrent_kernel", recurrent_kernel_);
  if (options_.use_bias) visitor("bias", bias_);
  if (options_.stateful) visitor.carried("h", state_.h), visitor.carried("c", state_.c);
}

}  // namespace carousel::nn
