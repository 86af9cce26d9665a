#include <carousel/nn/model.h>

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <carousel/nn/graph.h>

namespace carousel::nn {
namespace {

using detail::GraphNode;
using Nodes = std::vector<const GraphNode*>;

constexpr const char* kOp = "model";

std::string name_of(const GraphNode& node) {
  if (node.layer) return node.layer->name();
  return node.name.empty() ? "input" : node.name;
}

// Every call that the outputs hang on, in the order in which they were made. No recursion: graphs
// may be deep.
Nodes reached_from(const Symbols& outputs) {
  std::set<const GraphNode*> seen;
  Nodes open;
  for (const Symbol& output : outputs) open.push_back(output.node().get());
  while (!open.empty()) {
    const GraphNode* node = open.back();
    open.pop_back();
    if (!seen.insert(node).second) continue;
    for (const Symbol& input : node->inputs) open.push_back(input.node().get());
  }
  Nodes nodes(seen.begin(), seen.end());
  std::ranges::sort(nodes, {}, &GraphNode::number);
  return nodes;
}

void check_ends(const char* which, const Symbols& symbols) {
  if (symbols.empty()) throw ValueError(kOp, fmt::format("there are no {}", which));
  for (const Symbol& each : symbols)
    if (!each.defined())
      throw GraphError(kOp,
                       fmt::format("one of the {} is undefined: no layer has given it", which));
}

void check_inputs_given(const Symbols& inputs) {
  std::set<const GraphNode*> seen;
  for (const Symbol& each : inputs) {
    const GraphNode& node = *each.node();
    if (node.layer)
      throw GraphError(kOp, fmt::format("a model begins at inputs, but {} {} is an output of {}: "
                                        "give the nn::Input that it hangs on",
                                        name_of(node), to_string(each), node.layer->type_name()));
    if (!seen.insert(&node).second)
      throw ValueError(kOp, fmt::format("the input {} is given twice", name_of(node)));
  }
}

[[noreturn]] void refuse_input(const GraphNode& input) {
  const std::string name = name_of(input), sizes = detail::size_text(input.sizes);
  if (const std::string other = input.model.name(); !other.empty())
    throw GraphError(kOp, fmt::format("symbols of two models are mixed: the outputs hang on the "
                                      "input {} {} of '{}', too: call that model on a symbol of "
                                      "this one, or give both inputs",
                                      name, sizes, other));
  throw GraphError(kOp, fmt::format("the outputs hang on an input {} {} that is not among the "
                                    "model's: add it",
                                    name, sizes));
}

// The graph must begin at the inputs, all of them, and nowhere else.
void check_connected(const Symbols& inputs, const Nodes& nodes) {
  std::set<const GraphNode*> given;
  for (const Symbol& each : inputs) given.insert(each.node().get());
  for (const GraphNode* node : nodes)
    if (!node->layer && !given.erase(node)) refuse_input(*node);
  for (const Symbol& each : inputs)
    if (given.contains(each.node().get()))
      throw GraphError(kOp, fmt::format("the input {} {} leads to none of the outputs: connect it, "
                                        "or leave it out",
                                        name_of(*each.node()), to_string(each)));
}

}  // namespace

// Turns nodes into parts, slots and steps.
class Model::Planner {
 public:
  explicit Planner(Model& model) : model_(model) {}

  void feed(const Symbol& input) {
    const std::string name = unused(name_of(*input.node()), !input.node()->name.empty());
    first_slot_[input.node().get()] = static_cast<int>(model_.slots_.size());
    model_.slots_.push_back({-1, static_cast<int>(model_.feeds_.size()), 0, input.shape()});
    model_.feeds_.push_back({name, input.shape(), input.dtype()});
  }

  void call(const GraphNode& node) {
    const int part = part_of(node.layer);
    Step step{part, model_.parts_[static_cast<std::size_t>(part)].calls++, {}, 0, 0, {}};
    for (const Symbol& input : node.inputs) step.inputs.push_back(slot_of(input));
    step.first_output = static_cast<int>(model_.slots_.size());
    step.outputs = static_cast<int>(node.outputs[0].size());
    first_slot_[&node] = step.first_output;
    for (int i = 0; i < step.outputs; ++i)
      model_.slots_.push_back({part, step.call, i, detail::sizes_of(node, i)});
    model_.steps_.push_back(std::move(step));
  }

  int slot_of(const Symbol& symbol) const {
    return first_slot_.at(symbol.node().get()) + symbol.output();
  }

  // Values are dropped as soon as nobody reads them any more.
  void find_spent() {
    std::set<int> read(model_.outputs_.begin(), model_.outputs_.end());
    for (auto step = model_.steps_.rbegin(); step != model_.steps_.rend(); ++step) {
      for (int i = 0; i < step->outputs; ++i)
        if (!read.contains(step->first_output + i)) step->spent.push_back(step->first_output + i);
      for (const int slot : step->inputs)
        if (read.insert(slot).second) step->spent.push_back(slot);
    }
  }

 private:
  int part_of(const std::shared_ptr<Module>& layer) {
    const auto found = std::ranges::find(model_.parts_, layer, &Part::layer);
    const auto part = static_cast<int>(found - model_.parts_.begin());
    if (found == model_.parts_.end()) {
      const bool given = layer->has_own_name() && !layer->built();
      model_.parts_.push_back({unused(layer->name(), given), layer});
    }
    return part;
  }

  // The name, or with a number behind it; those that the user gave stay as they are.
  std::string unused(const std::string& name, bool given) {
    if (given && names_.contains(name))
      throw ValueError(kOp, fmt::format("there are two layers called '{}'", name));
    std::string result = name;
    for (int i = 1; !names_.insert(result).second; ++i) result = fmt::format("{}_{}", name, i);
    return result;
  }

  Model& model_;
  std::map<const GraphNode*, int> first_slot_;
  std::set<std::string> names_;
};

Model::Model(const Symbols& inputs, const Symbols& outputs, const ModelOptions& options) {
  set_name(options.name);
  check_ends("inputs", inputs);
  check_ends("outputs", outputs);
  check_inputs_given(inputs);
  const Nodes nodes = reached_from(outputs);
  check_connected(inputs, nodes);
  Planner planner(*this);
  for (const Symbol& input : inputs) planner.feed(input);
  for (const GraphNode* node : nodes)
    if (node->layer) planner.call(*node);
  for (const Symbol& output : outputs) outputs_.push_back(planner.slot_of(output));
  planner.find_spent();
  for (const Symbol& each : inputs) each.node()->model.note(name());
}

std::string Model::slot_name(int slot) const {
  const Slot& at = slots_[static_cast<std::size_t>(slot)];
  if (at.part < 0) return feeds_[static_cast<std::size_t>(at.call)].name;
  return fmt::format("{}[{}][{}]", parts_[static_cast<std::size_t>(at.part)].name, at.call,
                     at.output);
}

std::vector<std::string> Model::input_names() const {
  std::vector<std::string> names;
  for (const Feed& feed : feeds_) names.push_back(feed.name);
  return names;
}

std::vector<std::string> Model::output_names() const {
  std::vector<std::string> names;
  for (const int slot : outputs_) {
    const int part = slots_[static_cast<std::size_t>(slot)].part;
    const std::string name =
        part < 0 ? slot_name(slot) : parts_[static_cast<std::size_t>(part)].name;
    std::string unused = name;
    for (int i = 1; std::ranges::count(names, unused) > 0; ++i)
      unused = fmt::format("{}_{}", name, i);
    names.push_back(unused);
  }
  return names;
}

Values Model::promised_inputs() const {
  Values samples;
  for (const Feed& feed : feeds_) samples.push_back(detail::sample(feed.sizes, feed.dtype, 0));
  return samples;
}

void Model::visit(Visitor& visitor) {
  for (Part& part : parts_) visitor(part.name, *part.layer);
}

void Model::check_inputs(const Values& inputs) const {
  if (inputs.size() != feeds_.size())
    throw ValueError(kOp, fmt::format("takes {} input{} ({}), got {}", feeds_.size(),
                                      feeds_.size() == 1 ? "" : "s", fmt::join(input_names(), ", "),
                                      inputs.size()));
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const auto& [name, sizes, dtype] = feeds_[i];
    const Value& x = inputs[i];
    bool fits = x.rank() == static_cast<int>(sizes.size());
    for (int k = 0; fits && k < x.rank(); ++k) {
      const std::int64_t size = sizes[static_cast<std::size_t>(k)];
      fits = size < 0 || size == x.dim(k);
    }
    if (!fits)
      throw ShapeError(kOp, fmt::format("input {} takes {}, got {}", name, detail::size_text(sizes),
                                        to_string(x.shape())));
    if (is_floating(x.dtype()) != is_floating(dtype))
      throw DTypeError(kOp, fmt::format("input {} takes {}, got {}", name, to_string(dtype),
                                        to_string(x.dtype())));
  }
}

Value Model::forward(const Value& x) {
  const Values outputs = forward_many({x});
  if (outputs.size() != 1)
    throw ValueError(kOp,
                     fmt::format("has {} outputs: call it with a list, {{x}}", outputs.size()));
  return outputs[0];
}

Values Model::forward_many(const Values& inputs) {
  check_inputs(inputs);
  Values slots(slots_.size()), arguments;
  std::ranges::copy(inputs, slots.begin());
  for (const Step& step : steps_) {
    arguments.clear();
    for (const int slot : step.inputs) arguments.push_back(slots[static_cast<std::size_t>(slot)]);
    const Part& part = parts_[static_cast<std::size_t>(step.part)];
    Values results = (*part.layer)(arguments);
    if (results.size() != static_cast<std::size_t>(step.outputs))
      throw ValueError(kOp, fmt::format("{} gave {} outputs, in the graph it has {}", part.name,
                                        results.size(), step.outputs));
    std::ranges::move(results, slots.begin() + step.first_output);
    for (const int slot : step.spent) slots[static_cast<std::size_t>(slot)] = {};
  }
  Values outputs;
  for (const int slot : outputs_) outputs.push_back(slots[static_cast<std::size_t>(slot)]);
  return outputs;
}

}  // namespace carousel::nn
