// A recurrent layer in both directions.
#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <carousel/nn/recurrent/sequence_layer.h>

namespace carousel::nn {

struct BidirectionalOptions {
  // How the outputs become one: "concat" (forward first), "sum", "mul", "ave"; "none": two outputs.
  std::string merge_mode = "concat";
  std::string name = {};
  std::vector<std::int64_t> input_shape = {};  // (time, features)
};

struct BidirectionalRunOptions {
  Tensor mask = {};     // (batch, time), bool: true where the step counts
  Tensor lengths = {};  // (batch,), integers in [0, time]: later steps don't count
  // {h, c} of an LSTM; zeros if empty.
  std::vector<Tensor> initial_states = {}, backward_initial_states = {};
};

struct BidirectionalResult {
  Tensor output;                                // merged; with "none" the forward layer's
  Tensor backward_output;                       // with "none"; steps in the input's order
  std::vector<Tensor> states, backward_states;  // after the last step of each layer
};

// Schuster and Paliwal, 1997, as Keras has it: a layer forward in time and one backward, whose
// outputs are brought into the input's order and merged.
//
//   nn::Bidirectional{nn::LSTM{{.units = 32}}, {.merge_mode = "sum"}}
//
// The backward layer is another of the same options, or one's own. The layers may be RNNs of any
// cell.
class Bidirectional : public Module {
 public:
  // ValueError for an unknown merge_mode, or for layers that go the same way or that don't both
  // return sequences or both not.
  Bidirectional(std::unique_ptr<SequenceLayer> layer, std::unique_ptr<SequenceLayer> backward,
                BidirectionalOptions options = {});
  template <std::derived_from<SequenceLayer> L>
  explicit Bidirectional(L layer, BidirectionalOptions options = {})
      : Bidirectional(std::make_unique<L>(std::move(layer)), nullptr, std::move(options)) {}
  template <std::derived_from<SequenceLayer> L, std::derived_from<SequenceLayer> B>
  Bidirectional(L layer, B backward, BidirectionalOptions options = {})
      : Bidirectional(std::make_unique<L>(std::move(layer)),
                      std::make_unique<B>(std::move(backward)), std::move(options)) {}

  // ValueError with "none", which has two outputs.
  Value forward(const Value& x) override;
  // {x, initial states of the forward layer, of the backward one} to {output} or, with "none",
  // {forward, backward}; then, if the layers return them, the states in the same order.
  Values forward_many(const Values& inputs) override;
  BidirectionalResult run(const Value& x, const BidirectionalRunOptions& options = {});
  void reset_states();

  void visit(Visitor& visitor) override;
  std::string type_name() const override { return "Bidirectional"; }
  std::string config() const override;
  const BidirectionalOptions& options() const { return options_; }
  SequenceLayer& forward_layer() { return *forward_; }
  SequenceLayer& backward_layer() { return *backward_; }

 protected:
  std::vector<std::int64_t> promised_input_shape() const override { return options_.input_shape; }

 private:
  BidirectionalResult compute(const Value& x, const BidirectionalRunOptions& options);
  Tensor merge(const Tensor& forward, const Tensor& backward) const;

  BidirectionalOptions options_;
  std::unique_ptr<SequenceLayer> forward_, backward_;
};

}  // namespace carousel::nn
