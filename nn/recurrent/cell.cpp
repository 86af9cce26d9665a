#include <carousel/nn/recurrent/cell.h>

#include <fmt/format.h>

#include <carousel/autograd/ops.h>

namespace carousel::nn {

Values Cell::forward_many(const Values& inputs) {
  const std::vector<std::int64_t> sizes = state_sizes();
  const Tensor& x = inputs.at(0);
  if (x.rank() != 2)
    throw ShapeError("cell", "a step needs (batch, features), got shape " + to_string(x.shape()));
  if (inputs.size() != 1 && inputs.size() != 1 + sizes.size())
    throw ValueError("cell", fmt::format("takes {{x}} or {{x, {} states}}, got {} inputs",
                                         sizes.size(), inputs.size()));
  std::vector<Tensor> states;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const Shape shape{x.dim(0), sizes[i]};
    states.push_back(inputs.size() > 1 ? Tensor(inputs[i + 1])
                                       : zeros(shape, {.dtype = x.dtype(), .device = x.device()}));
    if (states.back().shape() != shape)
      throw ShapeError("cell", fmt::format("state {} must be {}, got {}", i, to_string(shape),
                                           to_string(states.back().shape())));
  }
  CellStep after = step(x, states);
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
  std::size_t next = 0;
  for (const auto& cell : cells_) {
    Values inputs{Value(after.output)};
    for (std::size_t i = 0; i < cell->state_sizes().size(); ++i)
      inputs.emplace_back(states.at(next++));
    const Values outputs = (*cell)(inputs);
    after.output = outputs.at(0);
    after.states.insert(after.states.end(), outputs.begin() + 1, outputs.end());
  }
  return after;
}

void StackedRNNCells::visit(Visitor& visitor) {
  for (std::size_t i = 0; i < cells_.size(); ++i) visitor(fmt::format("cell_{}", i), *cells_[i]);
}

}  // namespace carousel::nn
