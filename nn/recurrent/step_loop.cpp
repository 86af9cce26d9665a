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
                         const StepLoopOptions& options, const StepFunction& step) {
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

}  // namespace carousel::nn::detail
