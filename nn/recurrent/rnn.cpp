#include <carousel/nn/recurrent/rnn.h>

#include <fmt/format.h>

#include <carousel/autograd/ops.h>
#include <carousel/nn/recurrent/lengths.h>

namespace carousel::nn {
namespace {

constexpr const char* kOp = "rnn";

void check_input(const Tensor& x) {
  if (x.rank() != 3)
    throw ShapeError(kOp, "needs (batch, time, features), got shape " + to_string(x.shape()));
  if (x.dim(0) == 0 || x.dim(1) == 0)
    throw ShapeError(kOp, fmt::format("the input has no {}: {}",
                                      x.dim(0) == 0 ? "rows" : "time steps", to_string(x.shape())));
}

Tensor mask_of(const Value& x, const RNNRunOptions& options) {
  const Tensor mask = options.mask.defined() ? options.mask : x.mask;
  if (!options.lengths.defined()) return mask;
  const Tensor valid = mask_of_lengths(options.lengths, x.dim(0), x.dim(1), x.device(), kOp);
  return mask.defined() ? logical_and(mask, valid) : valid;
}

}  // namespace

RNN::RNN(std::unique_ptr<Cell> cell, RNNOptions options)
    : options_(std::move(options)), cell_(std::move(cell)) {
  if (!cell_) throw ValueError(kOp, "there is no cell");
  if (options_.stateful) states_.resize(cell_->state_sizes().size());
  set_name(options_.name);
}

// Undefined where they are 0.
Values RNN::initial_states(const Tensor& x, const RNNRunOptions& options) const {
  const std::vector<std::int64_t> sizes = cell_->state_sizes();
  const std::vector<Tensor>& given = options.initial_states;
  if (!given.empty() && given.size() != sizes.size())
    throw ValueError(kOp, fmt::format("the cell has {} states, got {} initial ones", sizes.size(),
                                      given.size()));
  Values states;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const Tensor state = !given.empty() ? given[i] : options_.stateful ? states_[i] : Tensor();
    if (given.empty() && state.defined() && state.dim(0) != x.dim(0))
      throw ShapeError(kOp, fmt::format("stateful: a batch of {} follows one of {}: call "
                                        "reset_states() before",
                                        x.dim(0), state.dim(0)));
    states.emplace_back(
        state.defined() ? state
                        : zeros({x.dim(0), sizes[i]}, {.dtype = x.dtype(), .device = x.device()}));
  }
  return states;
}

RNNResult RNN::compute(const Value& x, const RNNRunOptions& options) {
  check_input(x);
  const Tensor mask = mask_of(x, options);
  const std::int64_t time = x.dim(1);
  const std::vector<Tensor> steps = split(x, time, 1);
  Values states = initial_states(x, options);
  Tensor output;
  std::vector<Tensor> outputs;
  for (std::int64_t t = 0; t < time; ++t) {
    const std::int64_t xt = options_.go_backwards ? time - 1 - t : t;
    Tensor step = steps[static_cast<std::size_t>(xt)].squeeze(1);
    const Tensor counts = mask.defined() ? mask.select(1, xt).unsqueeze(-1) : Tensor();
    if (counts.defined()) step = where(counts, step, zeros_like(step));
    Values inputs{Value(step)};
    inputs.insert(inputs.end(), states.begin(), states.end());
    const Values next = (*cell_)(inputs);
    const auto kept = [&](const Tensor& now, const Tensor& before) {
      return counts.defined() ? where(counts, now, before) : now;
    };
    const bool zero = !output.defined() || options_.zero_output_for_mask;
    output = kept(next.at(0), zero ? zeros_like(next[0]) : output);
    for (std::size_t i = 0; i < states.size(); ++i) states[i] = kept(next.at(i + 1), states[i]);
    if (options_.return_sequences) outputs.push_back(output);
  }
  for (std::size_t i = 0; i < states_.size() && !building(); ++i) states_[i] = states[i].detach();
  return {options_.return_sequences ? stack(outputs, 1) : output,
          std::vector<Tensor>(states.begin(), states.end())};
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
