// One step of a recurrent layer, for layers that are made from any cell.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <carousel/nn/recurrent/sequence_layer.h>

namespace carousel::nn {

struct CellStep {
  Tensor output;               // (batch, width)
  std::vector<Tensor> states;  // after the step
};

// How a cell goes through a sequence.
struct CellSequenceOptions {
  // (batch, time), bool, or undefined: where a row doesn't count it keeps its states and repeats
  // its output, 0 before the first.
  Tensor mask = {};
  bool go_backwards = false;  // the last step first; outputs are in the order of processing
  bool zero_output_for_mask = false;
  bool return_sequences = true;
};

// A cell of one's own says how wide its states are and what a step does, in ordinary operations:
//
//   struct Leaky : nn::Cell {
//     nn::Dense input{{.units = 8}};
//     std::vector<std::int64_t> state_sizes() const override { return {8}; }
//     Tensor project_input(const Tensor& x) override { return input(x); }
//     nn::CellStep step(const Tensor& x, const std::vector<Tensor>& states) override {
//       const Tensor h = states[0] * 0.9 + tanh(x);
//       return {h, {h}};
//     }
//     void visit(nn::Visitor& v) override { v("input", input); }
//   };
//   nn::RNN layer{Leaky{}, {.return_sequences = true}};
//
// Files know it after nn::register_layer<Leaky>("Leaky"). docs/adding-a-cell.md has the whole way.
class Cell : public Module {
 public:
  // Of each state, without the batch; known before the cell is built.
  virtual std::vector<std::int64_t> state_sizes() const = 0;
  // What of a step depends on the input alone. A layer calls it once for the rows of all steps,
  // (rows, features) to (rows, any): a large product where step() would have many small ones.
  virtual Tensor project_input(const Tensor& x) { return x; }
  // x is what project_input() gave for (batch, features), each state (batch, its size).
  virtual CellStep step(const Tensor& x, const std::vector<Tensor>& states) = 0;
  // Optional: what the steps give, for a cell that has it faster than step by step. x (batch, time,
  // features) is not projected; states are as for step(), or undefined for 0. The output is (batch,
  // time, width), or (batch, width) without return_sequences. Nothing: a layer calls step().
  virtual std::optional<SequenceResult> sequence(const Tensor& x, const std::vector<Tensor>& states,
                                                 const CellSequenceOptions& options);

  // {x, states...} to {output, states...}; {x} begins with states of 0. ValueError.
  Values forward_many(const Values& inputs) override;
  // The output of a step from states of 0.
  Value forward(const Value& x) override { return forward_many({x}).at(0); }

  // For layers that are made of cells: the three above, building where that is due, and with this
  // cell's place in errors. ShapeError, ValueError: what they gave does not fit.
  Tensor projected(const Tensor& x);
  CellStep advance(const Tensor& projected, const std::vector<Tensor>& states);
  std::optional<SequenceResult> advance_all(const Tensor& x, const std::vector<Tensor>& states,
                                            const CellSequenceOptions& options);
};

namespace detail {
// A cell of the same configuration, not built. GraphError for a class that is not registered.
std::unique_ptr<Cell> like(const Cell& cell);
}  // namespace detail

// Cells one upon the other: the output of each is the input of the next, and their states stand
// one behind the other. A sequence goes through one cell after the other.
class StackedRNNCells : public Cell {
 public:
  // ValueError for none.
  explicit StackedRNNCells(std::vector<std::unique_ptr<Cell>> cells);
  template <std::derived_from<Cell>... Cells>
  requires(sizeof...(Cells) > 1) explicit StackedRNNCells(Cells... cells)
      : StackedRNNCells(listed(std::move(cells)...)) {}

  std::vector<std::int64_t> state_sizes() const override;
  Tensor project_input(const Tensor& x) override { return cells_[0]->projected(x); }
  CellStep step(const Tensor& x, const std::vector<Tensor>& states) override;
  std::optional<SequenceResult> sequence(const Tensor& x, const std::vector<Tensor>& states,
                                         const CellSequenceOptions& options) override;
  // "cell_0", "cell_1", ...
  void visit(Visitor& visitor) override;
  std::string type_name() const override { return "StackedRNNCells"; }
  std::string config() const override;
  static std::unique_ptr<Module> from_config(std::string_view config);

 private:
  template <class... Cells>
  static std::vector<std::unique_ptr<Cell>> listed(Cells... cells) {
    std::vector<std::unique_ptr<Cell>> all;
    (all.push_back(std::make_unique<Cells>(std::move(cells))), ...);
    return all;
  }

  std::vector<std::unique_ptr<Cell>> cells_;
};

}  // namespace carousel::nn
