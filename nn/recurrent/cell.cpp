#include <carousel/nn/recurrent/cell.h>

#include <typeinfo>

#include <fmt/format.h>

#include <carousel/autograd/ops.h>
#include <carousel/nn/recurrent/step_loop.h>

namespace carousel::nn {
namespace {

constexpr const char* kOp = "cell";

void check_states(const std::vector<Tensor>& states, const std::vector<std::int64_t>& sizes,
                  std::int64_t batch) {
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const Shape& shape = states[i].shape();
    if (shape.rank() == 2 && shape[0] == batch && shape[1] == sizes[i]) continue;
    throw ShapeError(kOp, fmt::format("state {} must be {}, got {}", i,
                                      to_string(Shape{batch, sizes[i]}), to_string(shape)));
  }
}

}  // namespace

Tensor Cell::projected(const Tensor& x) {
  ensure_built({x});
  return located([&] {
    Tensor rows = project_input(x);
    if (rows.rank() == 0 || rows.dim(0) != x.dim(0))
      throw ShapeError(kOp, fmt::format("project_input() must keep the {} rows, it gave {}",
                                        x.dim(0), to_string(rows.shape())));
    return rows;
  });
}

CellStep Cell::advance(const Tensor& projected, const std::vector<Tensor>& states) {
  return located([&] {
    CellStep after = step(projected, states);
    if (after.states.size() != states.size())
      throw ValueError(kOp, fmt::format("step() gave {} states, state_sizes() has {}",
                                        after.states.size(), states.size()));
    for (std::size_t i = 0; i < states.size(); ++i)
      if (!(after.states[i].shape() == states[i].shape()))
        throw ShapeError(
            kOp, fmt::format("step() made a state {} of shape {} from one of {}", i,
                             to_string(after.states[i].shape()), to_string(states[i].shape())));
    note_output(after.output, 1 + states.size());
    return after;
  });
}

std::optional<SequenceResult> Cell::sequence(const Tensor&, const std::vector<Tensor>&,
                                             const CellSequenceOptions&) {
  return {};
}

std::optional<SequenceResult> Cell::advance_all(const Tensor& x, const std::vector<Tensor>& states,
                                                const CellSequenceOptions& options) {
  if (!built()) ensure_built({x.reshape({x.dim(0) * x.dim(1), x.dim(2)})});
  return located([&] {
    std::optional<SequenceResult> after = sequence(x, states, options);
    if (!after) return after;
    const std::int64_t batch = x.dim(0), time = x.dim(1);
    const Shape& shape = after->output.shape();
    if (shape.rank() < 2 || shape[0] != batch || (options.return_sequences && shape[1] != time))
      throw ShapeError(kOp, fmt::format("sequence() must give {} rows{}, it gave {}", batch,
                                        options.return_sequences ? fmt::format(" of {} steps", time)
                                                                 : std::string(),
                                        to_string(shape)));
    const std::vector<std::int64_t> sizes = state_sizes();
    if (after->states.size() != sizes.size())
      throw ValueError(kOp, fmt::format("sequence() gave {} states, state_sizes() has {}",
                                        after->states.size(), sizes.size()));
    check_states(after->states, sizes, batch);
    const bool shows_step = building() && options.return_sequences;
    note_output(shows_step ? after->output.select(1, 0) : after->output, 1 + sizes.size());
    return after;
  });
}

Values Cell::forward_many(const Values& inputs) {
  const std::vector<std::int64_t> sizes = state_sizes();
  const Tensor& x = inputs.at(0);
  if (x.rank() != 2)
    throw ShapeError(kOp, "a step needs (batch, features), got shape " + to_string(x.shape()));
  if (inputs.size() != 1 && inputs.size() != 1 + sizes.size())
    throw ValueError(kOp, fmt::format("takes {{x}} or {{x, {} states}}, got {} inputs",
                                      sizes.size(), inputs.size()));
  std::vector<Tensor> states(inputs.begin() + 1, inputs.end());
  for (std::size_t i = states.size(); i < sizes.size(); ++i)
    states.push_back(zeros({x.dim(0), sizes[i]}, {.dtype = x.dtype(), .device = x.device()}));
  check_states(states, sizes, x.dim(0));
  CellStep after = step(project_input(x), states);
  Values outputs{Value(std::move(after.output))};
  for (Tensor& state : after.states) outputs.emplace_back(std::move(state));
  return outputs;
}

StackedRNNCells::StackedRNNCells(std::vector<std::unique_ptr<Cell>> cells)
    : cells_(std::move(cells)) {
  if (cells_.empty()) throw ValueError("stacked_rnn_cells", "there is no cell");
}

std::vector<std::int64_t> StackedRNNCells::state_sizes() const {
  std::vector<std::int64_t> all;
  for (const auto& cell : cells_)
    for (const std::int64_t size : cell->state_sizes()) all.push_back(size);
  return all;
}

CellStep StackedRNNCells::step(const Tensor& x, const std::vector<Tensor>& states) {
  CellStep after{x, {}};
  auto first = states.begin();
  for (const auto& cell : cells_) {
    const auto end = first + static_cast<std::ptrdiff_t>(cell->state_sizes().size());
    const Tensor rows = cell == cells_[0] ? x : cell->projected(after.output);
    CellStep next = cell->advance(rows, {first, end});
    after.output = std::move(next.output);
    after.states.insert(after.states.end(), next.states.begin(), next.states.end());
    first = end;
  }
  return after;
}

std::optional<SequenceResult> StackedRNNCells::sequence(const Tensor& x,
                                                        const std::vector<Tensor>& states,
                                                        const CellSequenceOptions& options) {
  if (typeid(*this) != typeid(StackedRNNCells)) return {};  // its step() may do something else
  SequenceResult after{x, {}};
  CellSequenceOptions own{.mask = options.mask, .go_backwards = options.go_backwards};
  auto first = states.begin();
  for (const auto& cell : cells_) {
    if (cell == cells_.back()) {
      own.zero_output_for_mask = options.zero_output_for_mask;
      own.return_sequences = options.return_sequences;
    }
    const auto end = first + static_cast<std::ptrdiff_t>(cell->state_sizes().size());
    SequenceResult next = detail::run_cell(*cell, after.output, {first, end}, own);
    after.output = std::move(next.output);
    after.states.insert(after.states.end(), next.states.begin(), next.states.end());
    first = end;
    if (own.go_backwards && own.mask.defined()) own.mask = flip(own.mask, 1);
    own.go_backwards = false;  // outputs are in the order of processing
  }
  return after;
}

void StackedRNNCells::visit(Visitor& visitor) {
  for (std::size_t i = 0; i < cells_.size(); ++i) visitor(fmt::format("cell_{}", i), *cells_[i]);
}

}  // namespace carousel::nn
