// The steps of LSTM, GRU and SimpleRNN as cells.
#pragma once

#include <optional>
#include <string>
#include <typeinfo>
#include <utility>
#include <vector>

#include <carousel/nn/recurrent/cell.h>
#include <carousel/nn/recurrent/gru.h>
#include <carousel/nn/recurrent/lstm.h>
#include <carousel/nn/recurrent/simple_rnn.h>

namespace carousel::nn {

// One step of a layer, to the bit; a sequence is the layer's one operation. Of the layer's options
// those that say something of a sequence have no effect. Dropout is drawn once a sequence, with it
// a single step in training is a GraphError. States: h, of the LSTM also c.
template <std::derived_from<RecurrentLayer> L>
class LayerCell : public Cell {
 public:
  using Options = typename L::Options;
  // ValueError as the layer's.
  explicit LayerCell(Options options) : layer_(checked(std::move(options))) {}

  std::vector<std::int64_t> state_sizes() const override {
    if (layer_.has_cell_state()) return {layer_.output_size(), layer_.units()};
    return {layer_.output_size()};
  }
  CellStep step(const Tensor& x, const std::vector<Tensor>& states) override {
    if (training() && layer_.drops())
      throw GraphError("cell",
                       "dropout is drawn once a sequence, and this is a single step in training: "
                       "put the cell into an RNN, or train(false)");
    const bool has_c = layer_.has_cell_state();
    const RecurrentState after = layer_.step(x, {states.at(0), has_c ? states.at(1) : Tensor()});
    if (has_c) return {after.h, {after.h, after.c}};
    return {after.h, {after.h}};
  }
  std::optional<SequenceResult> sequence(const Tensor& x, const std::vector<Tensor>& states,
                                         const CellSequenceOptions& options) override {
    if (typeid(*this) != typeid(LayerCell)) return {};  // its step() may do something else
    RecurrentResult after =
        layer_.steps(x,
                     {.spec = {.go_backwards = options.go_backwards,
                               .zero_output_for_mask = options.zero_output_for_mask},
                      .return_sequences = options.return_sequences,
                      .mask = options.mask,
                      .initial_h = states.at(0),
                      .initial_c = layer_.has_cell_state() ? states.at(1) : Tensor()},
                     true);
    SequenceResult result{std::move(after.output), {std::move(after.h)}};
    if (after.c.defined()) result.states.push_back(std::move(after.c));
    return result;
  }
  void visit(Visitor& visitor) override { visitor("layer", layer_); }
  std::string type_name() const override { return layer_.type_name() + "Cell"; }
  std::string config() const override { return layer_.config(); }
  L& layer() { return layer_; }

 private:
  static Options checked(Options options) {
    if (options.num_layers != 1 || options.bidirectional)
      throw ValueError("cell", "num_layers and bidirectional are a layer's, not a cell's");
    return options;
  }

  L layer_;
};

using LSTMCell = LayerCell<LSTM>;
using GRUCell = LayerCell<GRU>;
using SimpleRNNCell = LayerCell<SimpleRNN>;

}  // namespace carousel::nn
