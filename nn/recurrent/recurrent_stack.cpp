// What a recurrent layer computes: its layers and directions, one operation each.
#include <fmt/format.h>

#include <carousel/autograd/ops.h>
#include <carousel/nn/random_state.h>
#include <carousel/nn/recurrent/recurrent.h>
#include <carousel/tensor/recurrent_cell.h>

namespace carousel::nn {
namespace {

Tensor row(const Tensor& states, std::size_t part) {
  return states.defined() ? states.select(0, static_cast<std::int64_t>(part)) : states;
}

// An input for each gate, side by side: x (B, T, I) times masks (gates, B, 1, I).
Tensor input_by_gate(const Tensor& x, const Tensor& masks) {
  std::vector<Tensor> inputs;
  for (std::int64_t gate = 0; gate < masks.dim(0); ++gate)
    inputs.push_back(x * masks.select(0, gate));
  return concat(inputs, -1);
}

// Kernel (I, gates * H) for such inputs: each gate's columns in rows of their own, zeros elsewhere.
Tensor kernel_by_gate(const Tensor& kernel, std::int64_t gates) {
  const std::int64_t units = kernel.dim(1) / gates;
  std::vector<Tensor> rows;
  for (std::int64_t gate = 0; gate < gates; ++gate) {
    const std::int64_t before = gate * units, after = kernel.dim(1) - before - units;
    const std::pair<std::int64_t, std::int64_t> widths[] = {{0, 0}, {before, after}};
    rows.push_back(pad(kernel.slice(1, before, before + units), widths));
  }
  return concat(rows, 0);
}

}  // namespace

RecurrentResult RecurrentLayer::compute(const Tensor& x, const RecurrentOptions& options,
                                        bool may_drop) {
  const bool drop = may_drop && drops() && training() && !building();
  return weights_.size() == 1 ? compute_part(x, 0, options, drop) : compute_stack(x, options, drop);
}

void RecurrentLayer::check_stack_state(const char* name, const Tensor& state, std::int64_t batch,
                                       std::int64_t size) const {
  const Shape wanted{static_cast<std::int64_t>(weights_.size()), batch, size};
  if (state.defined() && state.shape() != wanted)
    throw ShapeError(
        op(), fmt::format("{} must be {}, a state for each layer and direction, got {}", name,
                          to_string(wanted), to_string(state.shape())));
}

RecurrentResult RecurrentLayer::compute_stack(const Tensor& x, RecurrentOptions options,
                                              bool drop) {
  check_stack_state("initial_h", options.initial_h, x.dim(0), state_size());
  check_stack_state("initial_c", options.initial_c, x.dim(0), settings_.units);
  const Tensor initial_h = options.initial_h, initial_c = options.initial_c;
  Tensor sequence = x;
  if (options.spec.go_backwards) {  // all layers work on the reversed sequence
    sequence = flip(x, 1);
    if (options.mask.defined()) options.mask = flip(options.mask, 1);
  }
  const bool sequences = options.return_sequences;
  const std::size_t ways = directions();
  std::vector<Tensor> h, c;
  for (std::size_t part = 0; part < weights_.size();) {
    const bool last = part + ways == weights_.size();
    options.return_sequences = !last || sequences;
    std::vector<Tensor> outputs;
    for (std::size_t way = 0; way < ways; ++way, ++part) {
      options.spec.go_backwards = way == 1;
      options.initial_h = row(initial_h, part);
      options.initial_c = row(initial_c, part);
      const RecurrentResult result = compute_part(sequence, part, options, drop);
      const bool reversed = way == 1 && options.return_sequences;
      outputs.push_back(reversed ? flip(result.output, 1) : result.output);
      h.push_back(result.h);
      if (result.c.defined()) c.push_back(result.c);
    }
    sequence = ways == 2 ? concat(outputs, -1) : outputs[0];
    if (drop && !last && settings_.inter_layer_dropout > 0)
      sequence = sequence * detail::dropout_mask(random_state_, sequence.shape(),
                                                 settings_.inter_layer_dropout, sequence);
  }
  return {sequence, stack(h, 0), c.empty() ? Tensor() : stack(c, 0)};
}

RecurrentResult RecurrentLayer::compute_part(const Tensor& x, std::size_t part,
                                             RecurrentOptions options, bool drop) {
  const Weights& w = weights_[part];
  Tensor input = x, kernel = w.kernel;
  const bool drops_state = drop && settings_.recurrent_dropout > 0;
  // Keras' GRU then draws masks for each gate, of the input, too.
  const bool by_gate = drops_state && settings_.spec.cell == CellKind::gru;
  const auto draw = [&](const Shape& shape, double rate) {
    return detail::dropout_mask(random_state_, shape, rate, x);
  };
  if (drop && settings_.dropout > 0 && by_gate) {
    input = input_by_gate(x, draw({3, x.dim(0), 1, x.dim(2)}, settings_.dropout));
    kernel = kernel_by_gate(kernel, 3);
  } else if (drop && settings_.dropout > 0) {
    input = x * draw({x.dim(0), 1, x.dim(2)}, settings_.dropout);
  }
  if (drops_state)
    options.recurrent_mask =
        draw(by_gate ? Shape{3, x.dim(0), state_size()} : Shape{x.dim(0), state_size()},
             settings_.recurrent_dropout);
  options.projection = w.projection;
  const bool sums =
      settings_.two_biases && w.bias.defined() && recurrent_cell(settings_.spec).bias_rows == 1;
  return recurrent(input, kernel, w.recurrent_kernel, sums ? sum(w.bias, {0}) : w.bias, options);
}

}  // namespace carousel::nn
