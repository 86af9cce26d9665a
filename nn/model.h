// Models made of symbols.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <carousel/nn/symbol.h>

namespace carousel::nn {

struct ModelOptions {
  std::string name = {};
};

// A functional graph as a module, from inputs to outputs:
//
//   nn::Input words{{.shape = {12}, .dtype = i32}}, time{{.shape = {1}}};
//   nn::Symbol text = nn::LSTM{{.units = 8}}(nn::Embedding{{.input_dim = 99, .output_dim =
//   8}}(words)); nn::Symbol y = nn::Dense{{.units = 1}}(nn::Concatenate{}({text, time})); nn::Model
//   model{{words, time}, y}; model.fit({w, t}, target, {.epochs = 10});
//
// Layers are named as in a Sequential. Masks flow from layer to layer. Several models may be made
// of one graph: they have its layers in common. A model is a layer, too, and may be called on
// symbols.
class Model : public Module {
 public:
  // GraphError for an input that is none or leads nowhere, and for an output that hangs on an
  // input which is not among these; ValueError for an empty list, or a name given twice.
  Model(const Symbols& inputs, const Symbols& outputs, const ModelOptions& options = {});
  Model(Model&&) noexcept = default;
  Model& operator=(Model&&) noexcept = default;
  using Module::operator();

  // One input, one output.
  Value forward(const Value& x) override;
  // ShapeError, DTypeError or ValueError name the input that does not fit.
  Values forward_many(const Values& inputs) override;
  void visit(Visitor& visitor) override;
  std::string type_name() const override { return "Model"; }
  std::string config() const override;
  Values promised_inputs() const override;
  // Those of the layers that give them.
  std::vector<std::string> output_names() const override;
  std::vector<std::string> input_names() const;

  // The graph for Graphviz: `dot -Tpng`.
  std::string to_dot();

  // For make_layer. FormatError; GraphError where the connections make a cycle.
  static std::unique_ptr<Module> from_config(std::string_view config);

 protected:
  std::vector<SummaryRow> summary_rows() override;

 private:
  class Planner;
  struct Feed {
    std::string name;
    std::vector<std::int64_t> sizes;  // with the batch, -1 where any will do
    DType dtype;
  };
  struct Part {
    std::string name;
    std::shared_ptr<Module> layer;
    int calls = 0;
  };
  // A value on the way through the graph: an input, or an output of a layer's call.
  struct Slot {
    int part;  // -1: an input
    int call;  // of this part
    int output;
    std::vector<std::int64_t> sizes;
  };
  // A call: which slots it reads, which it fills, and which nobody reads after it.
  struct Step {
    int part, call;
    std::vector<int> inputs;
    int first_output, outputs;
    std::vector<int> spent;
  };

  void check_inputs(const Values& inputs) const;
  // "lstm[0][1]": the layer, its call, the output of that.
  std::string slot_name(int slot) const;

  std::vector<Feed> feeds_;
  std::vector<Part> parts_;
  std::vector<Slot> slots_;
  std::vector<Step> steps_;
  std::vector<int> outputs_;
};

}  // namespace carousel::nn
