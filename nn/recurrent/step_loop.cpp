#include <carousel/nn/recurrent/step_loop.h>

#include <carousel/autograd/ops.h>

namespace carousel::nn::detail {
namespace {

// `a` in rows that count, else `b`.
Tensor where_rows(const Tensor& counts, const Tensor& a, const Tensor& b) {
  Tensor rows = counts;
  while (rows.rank() < a.rank()) rows = rows.unsqueeze(-1);
  return where(rows, a, b);
}

}  // namespace

SequenceResult run_steps(const std::vector<Tensor>& steps, std::vector<Tensor> states,
                         const CellSequenceOptions& options, const StepFunction& step) {
  Tensor output;
  std::vector<Tensor> outputs;
  for (std::size_t t = 0; t < steps.size(); ++t) {
    const std::size_t at = options.go_backwards ? steps.size() - 1 - t : t;
    CellStep next = step(steps[at], states);
    if (options.mask.defined()) {
      const Tensor counts = options.mask.select(1, static_cast<std::int64_t>(at));
      const bool zero = !output.defined() || options.zero_output_for_mask;
      output = where_rows(counts, next.output, zero ? zeros_like(next.output) : output);
      for (std::size_t i = 0; i < states.size(); ++i)
        states[i] = where_rows(counts, next.states[i], states[i]);
    } else {
      output = std::move(next.output);
      states = std::move(next.states);
    }
    if (options.return_sequences) outputs.push_back(output);
  }
  return {options.return_sequences ? stack(outputs, 1) : output, std::move(states)};
}

SequenceResult run_cell(Cell& cell, const Tensor& x, std::vector<Tensor> states,
                        const CellSequenceOptions& options) {
  if (auto whole = cell.advance_all(x, states, options)) return *std::move(whole);
  const std::int64_t batch = x.dim(0), time = x.dim(1);
  // What doesn't count may hold anything, and must not reach the gradients of weights.
  const Tensor counted = options.mask.defined() ? where(options.mask.unsqueeze(-1), x, 0) : x;
  const Tensor rows = transpose(counted, 0, 1).reshape({time * batch, x.dim(2)});
  const std::vector<Tensor> steps = split(cell.projected(rows), time, 0);
  const std::vector<std::int64_t> sizes = cell.state_sizes();
  for (std::size_t i = 0; i < sizes.size(); ++i)
    if (!states[i].defined())
      states[i] = zeros({batch, sizes[i]}, {.dtype = x.dtype(), .device = x.device()});
  return run_steps(steps, std::move(states), options,
                   [&](const Tensor& step, const std::vector<Tensor>& before) {
                     return cell.advance(step, before);
                   });
}

}  // namespace carousel::nn::detail
