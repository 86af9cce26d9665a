#include <carousel/nn/recurrent/cell.h>

#include <fmt/format.h>

#include <carousel/autograd/ops.h>

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

void StackedRNNCells::visit(Visitor& visitor) {
  for (std::size_t i = 0; i < cells_.size(); ++i) visitor(fmt::format("cell_{}", i), *cells_[i]);
}

}  // namespace carousel::nn
