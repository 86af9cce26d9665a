#include <carousel/nn/recurrent/rnn.h>

#include <fmt/format.h>

#include <carousel/autograd/ops.h>
#include <carousel/nn/check.h>
#include <carousel/nn/recurrent/lengths.h>
#include <carousel/nn/recurrent/step_loop.h>

namespace carousel::nn {
namespace {

constexpr const char* kOp = "rnn";

void check_input(const Tensor& x) {
  if (x.rank() != 3)
    throw ShapeError(kOp, "needs (batch, time, features), got shape " + to_string(x.shape()));
  detail::check_sequence(kOp, x, 2);
}

Tensor mask_of(const Value& x, const RNNRunOptions& options) {
  Tensor mask = options.mask.defined() ? options.mask : x.mask;
  const Shape steps{x.dim(0), x.dim(1)};
  if (mask.defined() && !(mask.shape() == steps))
    throw ShapeError(
        kOp, fmt::format("mask must be {}, got {}", to_string(steps), to_string(mask.shape())));
  if (mask.defined() && mask.dtype() != boolean)
    throw DTypeError(kOp, fmt::format("mask must be bool, got {} {}", to_string(mask.dtype()),
                                      to_string(mask.shape())));
  if (!options.lengths.defined()) return mask;
  const Tensor valid = mask_of_lengths(options.lengths, x.dim(0), x.dim(1), x.device(), kOp);
  return mask.defined() ? logical_and(mask, valid) : valid;
}

}  // namespace

RNN::RNN(std::unique_ptr<Cell> cell, RNNOptions options)
    : Layer(std::move(options)), cell_(std::move(cell)) {
  if (!cell_) throw ValueError(kOp, "there is no cell");
  if (options_.stateful) states_.resize(state_count());
}

std::unique_ptr<SequenceLayer> RNN::reversed() const {
  RNNOptions options = options_;
  options.go_backwards = !options.go_backwards;
  return std::make_unique<RNN>(detail::like(*cell_), std::move(options));
}

std::vector<Tensor> RNN::initial_states(const Tensor& x, const RNNRunOptions& options) const {
  const std::vector<std::int64_t> sizes = cell_->state_sizes();
  const std::vector<Tensor>& given = options.initial_states;
  if (!given.empty() && given.size() != sizes.size())
    throw ValueError(kOp, fmt::format("the cell has {} states, got {} initial ones", sizes.size(),
                                      given.size()));
  std::vector<Tensor> states;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const Tensor state = !given.empty() ? given[i] : options_.stateful ? states_[i] : Tensor();
    const Shape shape{x.dim(0), sizes[i]};
    if (given.empty() && state.defined() && state.dim(0) != x.dim(0))
      throw ShapeError(kOp, fmt::format("stateful: a batch of {} follows one of {}: call "
                                        "reset_states() before",
                                        x.dim(0), state.dim(0)));
    if (state.defined() && !(state.shape() == shape))
      throw ShapeError(kOp, fmt::format("initial state {} must be {}, got {}", i, to_string(shape),
                                        to_string(state.shape())));
    states.push_back(state);
  }
  return states;
}

RNNResult RNN::compute(const Value& x, const RNNRunOptions& options) {
  check_input(x);
  const CellSequenceOptions order{mask_of(x, options), options_.go_backwards,
                                  options_.zero_output_for_mask, options_.return_sequences};
  RNNResult result = detail::run_cell(*cell_, x, initial_states(x, options), order);
  for (std::size_t i = 0; i < states_.size() && !building(); ++i)
    states_[i] = result.states[i].detach();
  return result;
}

Value RNN::forward(const Value& x) {
  const RNNResult result = compute(x, {});
  return options_.return_sequences ? Value::masked(result.output, x.mask) : Value(result.output);
}

Values RNN::forward_many(const Values& inputs) {
  RNNRunOptions options;
  options.initial_states.assign(inputs.begin() + 1, inputs.end());
  const RNNResult result = compute(inputs.at(0), options);
  const Tensor mask = options_.return_sequences ? inputs[0].mask : Tensor();
  Values outputs{Value::masked(result.output, mask)};
  if (options_.return_state)
    for (const Tensor& state : result.states) outputs.emplace_back(state);
  return outputs;
}

RNNResult RNN::run(const Value& x, const RNNRunOptions& options) {
  ensure_built({x});
  return located([&] {
    RNNResult result = compute(x, options);
    note_output(result.output);
    return result;
  });
}

void RNN::visit(Visitor& visitor) {
  visitor("cell", *cell_);
  for (std::size_t i = 0; i < states_.size(); ++i)
    visitor.carried(fmt::format("state_{}", i), states_[i]);
}

}  // namespace carousel::nn
