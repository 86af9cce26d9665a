#include <carousel/nn/recurrent/bidirectional.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <carousel/autograd/ops.h>
#include <carousel/nn/make_layer.h>

namespace carousel::nn {
namespace {

constexpr const char* kOp = "bidirectional";

const char* way(const SequenceLayer& layer) {
  return layer.go_backwards() ? "backward" : "forward";
}

nlohmann::json described(const SequenceLayer& layer) {
  return {{"type", detail::registered_type(layer)},
          {"config", nlohmann::json::parse(layer.config())}};
}

}  // namespace

Bidirectional::Bidirectional(std::unique_ptr<SequenceLayer> layer,
                             std::unique_ptr<SequenceLayer> backward, BidirectionalOptions options)
    : options_(std::move(options)), forward_(std::move(layer)), backward_(std::move(backward)) {
  const std::string& mode = options_.merge_mode;
  if (mode != "concat" && mode != "sum" && mode != "mul" && mode != "ave" && mode != "none")
    throw ValueError(
        kOp, fmt::format("merge_mode must be concat, sum, mul, ave or none, got '{}'", mode));
  if (!backward_) backward_ = forward_->reversed();
  if (backward_->go_backwards() == forward_->go_backwards())
    throw ValueError(
        kOp, fmt::format("both layers go {} in time: set go_backwards of one", way(*forward_)));
  if (backward_->return_sequences() != forward_->return_sequences() ||
      backward_->return_state() != forward_->return_state())
    throw ValueError(kOp, "return_sequences and return_state must be the same in both layers");
  set_name(options_.name);
}

Tensor Bidirectional::merge(const Tensor& forward, const Tensor& backward) const {
  const std::string& mode = options_.merge_mode;
  if (mode == "concat") return concat({forward, backward}, -1);
  if (forward.shape() != backward.shape())
    throw ShapeError(kOp,
                     fmt::format("merge_mode '{}' needs outputs of one shape, got {} and {}", mode,
                                 to_string(forward.shape()), to_string(backward.shape())));
  if (mode == "mul") return forward * backward;
  const Tensor sum = forward + backward;
  return mode == "ave" ? sum * 0.5 : sum;
}

BidirectionalResult Bidirectional::compute(const Value& x, const BidirectionalRunOptions& options) {
  const SequenceResult a =
      forward_->run_states(x, {options.mask, options.lengths, options.initial_states});
  const SequenceResult b =
      backward_->run_states(x, {options.mask, options.lengths, options.backward_initial_states});
  const bool sequences = forward_->return_sequences();
  // Outputs come in the order of processing.
  const Tensor y = sequences && forward_->go_backwards() ? flip(a.output, 1) : a.output;
  const Tensor z = sequences && backward_->go_backwards() ? flip(b.output, 1) : b.output;
  const bool two = options_.merge_mode == "none";
  return {two ? y : merge(y, z), two ? z : Tensor(), a.states, b.states};
}

Value Bidirectional::forward(const Value& x) {
  if (options_.merge_mode == "none" && !building())
    throw ValueError(kOp, "merge_mode none gives two outputs: call run(), or call it with Values");
  const BidirectionalResult result = compute(x, {});
  return forward_->return_sequences() ? Value::masked(result.output, x.mask) : Value(result.output);
}

Values Bidirectional::forward_many(const Values& inputs) {
  const std::size_t a = forward_->state_count(), b = backward_->state_count();
  if (inputs.size() != 1 && inputs.size() != 1 + a + b)
    throw ValueError(
        kOp, fmt::format("takes {{x}} or {{x, {} states}}, got {} inputs", a + b, inputs.size()));
  BidirectionalRunOptions options;
  if (inputs.size() > 1) {
    const auto first = inputs.begin() + 1, second = first + static_cast<std::ptrdiff_t>(a);
    options.initial_states.assign(first, second);
    options.backward_initial_states.assign(second, inputs.end());
  }
  const BidirectionalResult result = compute(inputs[0], options);
  const Tensor mask = forward_->return_sequences() ? inputs[0].mask : Tensor();
  Values outputs{Value::masked(result.output, mask)};
  if (result.backward_output.defined())
    outputs.push_back(Value::masked(result.backward_output, mask));
  for (const auto* states : {&result.states, &result.backward_states})
    if (forward_->return_state()) outputs.insert(outputs.end(), states->begin(), states->end());
  return outputs;
}

BidirectionalResult Bidirectional::run(const Value& x, const BidirectionalRunOptions& options) {
  ensure_built({x});
  return located([&] {
    BidirectionalResult result = compute(x, options);
    note_output(result.output);
    return result;
  });
}

void Bidirectional::reset_states() {
  forward_->reset_states();
  backward_->reset_states();
}

void Bidirectional::visit(Visitor& visitor) {
  visitor("forward_layer", *forward_);
  visitor("backward_layer", *backward_);
}

std::string Bidirectional::config() const {
  return nlohmann::json{{"name", options_.name},
                        {"input_shape", options_.input_shape},
                        {"merge_mode", options_.merge_mode},
                        {"layer", described(*forward_)},
                        {"backward_layer", described(*backward_)}}
      .dump();
}

}  // namespace carousel::nn
