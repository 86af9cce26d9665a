#include <carousel/nn/recurrent/recurrent.h>

#include <fmt/format.h>

#include <carousel/autograd/ops.h>
#include <carousel/nn/check.h>
#include <carousel/nn/recurrent/lengths.h>
#include <carousel/tensor/recurrent_cell.h>

namespace carousel::nn {

void RecurrentLayer::check_settings() {
  const auto check = [&](bool holds, const char* name, const char* domain, auto given) {
    if (!holds) throw ValueError(op(), fmt::format("{} must be {}, got {}", name, domain, given));
  };
  const auto is_rate = [](double rate) { return rate >= 0 && rate < 1; };
  const Settings& s = settings_;
  check(s.units >= 1, "units", "at least 1", s.units);
  check(is_rate(s.dropout), "dropout", "in [0, 1)", s.dropout);
  check(is_rate(s.recurrent_dropout), "recurrent_dropout", "in [0, 1)", s.recurrent_dropout);
  check(s.num_layers >= 1, "num_layers", "at least 1", s.num_layers);
  check(is_rate(s.inter_layer_dropout), "inter_layer_dropout", "in [0, 1)", s.inter_layer_dropout);
  check(s.proj_size >= 0 && s.proj_size < s.units, "proj_size",
        fmt::format("in [0, units), units are {}", s.units).c_str(), s.proj_size);
  weights_.resize(static_cast<std::size_t>(s.num_layers) * directions());
}

bool RecurrentLayer::has_cell_state() const {
  return recurrent_cell(settings_.spec).has_cell_state;
}

void RecurrentLayer::check_input(const Tensor& x, std::int64_t features) const {
  const std::string shape = to_string(x.shape());
  if (x.rank() == 2)
    throw ShapeError(op(),
                     fmt::format("needs (batch, time, features), got 2-D data {0}: reshape to "
                                 "(batch, time, features), here ({1}, {2}, 1) or ({1}, 1, "
                                 "{2})",
                                 shape, x.dim(0), x.dim(1)));
  if (x.rank() != 3)
    throw ShapeError(op(), fmt::format("needs (batch, time, features), got shape {}", shape));
  detail::check_sequence(op(), x, 2);
  if (features >= 0 && x.dim(2) != features)
    throw ShapeError(op(), fmt::format("was built for {} features, got shape {}", features, shape));
}

std::int64_t RecurrentLayer::output_size() const {
  return state_size() * static_cast<std::int64_t>(directions());
}

void RecurrentLayer::make_parameters(const Values& inputs) {
  check_input(inputs[0], -1);
  for (std::size_t part = 0; part < weights_.size(); ++part)
    weights_[part] = make_weights(part < directions() ? inputs[0].dim(2) : output_size());
  if (drops()) random_state_ = random_state(settings_.seed);
}

RecurrentLayer::Weights RecurrentLayer::make_weights(std::int64_t features) {
  const Settings& s = settings_;
  const RecurrentCell& cell = recurrent_cell(s.spec);
  const std::int64_t columns = cell.kernel_gates * s.units;
  Weights w;
  w.kernel = parameter({features, columns}, s.kernel_initializer, s.kernel_regularizer,
                       s.kernel_constraint);
  w.recurrent_kernel = parameter({state_size(), columns}, s.recurrent_initializer,
                                 s.recurrent_regularizer, s.recurrent_constraint);
  const bool two = cell.bias_rows == 2 || s.two_biases;
  if (s.use_bias)
    w.bias = parameter(two ? Shape{2, columns} : Shape{columns}, s.bias_initializer,
                       s.bias_regularizer, s.bias_constraint);
  if (s.proj_size > 0) w.projection = parameter({s.units, s.proj_size}, s.kernel_initializer);
  return w;
}

RecurrentOptions RecurrentLayer::options_for(const Value& x,
                                             const RecurrentRunOptions& options) const {
  RecurrentOptions result{.spec = settings_.spec, .return_sequences = settings_.return_sequences};
  result.mask = options.mask.defined() ? options.mask : x.mask;
  if (options.lengths.defined()) {
    const Tensor valid = mask_of_lengths(options.lengths, x.dim(0), x.dim(1), x.device(), op());
    result.mask = result.mask.defined() ? logical_and(result.mask, valid) : valid;
  }
  const RecurrentState& given = options.initial_state;
  const bool carried = settings_.stateful && !given.h.defined() && !given.c.defined();
  const RecurrentState& initial = carried ? state_ : given;
  if (carried && initial.h.defined() && initial.h.dim(-2) != x.dim(0))
    throw ShapeError(op(), fmt::format("stateful: a batch of {} follows one of {}: call "
                                       "reset_states() before",
                                       x.dim(0), initial.h.dim(-2)));
  result.initial_h = initial.h;
  result.initial_c = initial.c;
  return result;
}

Values RecurrentLayer::forward_many(const Values& inputs) {
  const std::size_t states = has_cell_state() ? 2 : 1;
  if (inputs.size() != 1 && inputs.size() != 1 + states)
    throw ValueError(op(), fmt::format("takes {{x}} or {{x, {}}}, got {} inputs",
                                       states == 2 ? "h, c" : "h", inputs.size()));
  RecurrentRunOptions options;
  if (inputs.size() > 1) options.initial_state.h = inputs[1];
  if (inputs.size() > 2) options.initial_state.c = inputs[2];
  const RecurrentResult result = run_sequence(inputs[0], options);
  Values outputs{settings_.return_sequences ? Value::masked(result.output, inputs[0].mask)
                                            : Value(result.output)};
  if (settings_.return_state) outputs.emplace_back(result.h);
  if (settings_.return_state && states == 2) outputs.emplace_back(result.c);
  return outputs;
}

Value RecurrentLayer::forward(const Value& x) {
  const RecurrentResult result = run_sequence(x, {});
  return settings_.return_sequences ? Value::masked(result.output, x.mask) : Value(result.output);
}

RecurrentResult RecurrentLayer::run(const Value& x, const RecurrentRunOptions& options) {
  ensure_built({x});
  return located([&] {
    RecurrentResult result = run_sequence(x, options);
    note_output(result.output);
    return result;
  });
}

SequenceResult RecurrentLayer::run_states(const Value& x, const SequenceRunOptions& options) {
  const std::vector<Tensor>& initial = options.initial_states;
  if (!initial.empty() && initial.size() != state_count())
    throw ValueError(
        op(), fmt::format("has {} states, got {} initial ones", state_count(), initial.size()));
  RecurrentRunOptions own{options.mask, options.lengths, {}};
  if (!initial.empty()) own.initial_state.h = initial[0];
  if (initial.size() > 1) own.initial_state.c = initial[1];
  const RecurrentResult result = run(x, own);
  SequenceResult all{result.output, {result.h}};
  if (result.c.defined()) all.states.push_back(result.c);
  return all;
}

RecurrentResult RecurrentLayer::run_sequence(const Value& x, const RecurrentRunOptions& options) {
  check_input(x, kernel().dim(0));
  RecurrentResult result = compute(x, options_for(x, options), true);
  if (settings_.stateful && !building())
    state_ = {result.h.detach(), result.c.defined() ? result.c.detach() : Tensor()};
  return result;
}

RecurrentState RecurrentLayer::step(const Tensor& x, const RecurrentState& state) {
  if (x.rank() != 2)
    throw ShapeError(
        op(), fmt::format("a step needs (batch, features), got shape {}", to_string(x.shape())));
  const RecurrentResult result =
      steps(x.unsqueeze(1), {.initial_h = state.h, .initial_c = state.c}, false);
  return {result.h, result.c};
}

RecurrentResult RecurrentLayer::steps(const Tensor& x, RecurrentOptions options, bool may_drop) {
  if (settings_.bidirectional)
    throw ValueError(op(),
                     "a bidirectional layer has no steps: it needs the whole sequence, run()");
  ensure_built({x});
  return located([&] {
    check_input(x, kernel().dim(0));
    const RecurrentSpec given = options.spec;
    options.spec = settings_.spec;
    options.spec.go_backwards = given.go_backwards;
    options.spec.zero_output_for_mask = given.zero_output_for_mask;
    return compute(x, options, may_drop);
  });
}

void RecurrentLayer::visit(Visitor& visitor) {
  for (std::size_t part = 0; part < weights_.size(); ++part) {
    Weights& w = weights_[part];
    const std::size_t layer = part / directions();
    const std::string suffix = (layer > 0 ? fmt::format("_l{}", layer) : std::string()) +
                               (part % directions() == 1 ? "_reverse" : "");
    visitor("kernel" + suffix, w.kernel);
    visitor("recurrent_kernel" + suffix, w.recurrent_kernel);
    if (settings_.use_bias) visitor("bias" + suffix, w.bias);
    if (settings_.proj_size > 0) visitor("projection" + suffix, w.projection);
  }
  if (drops()) visitor.host_buffer("random_state", random_state_);
  if (!settings_.stateful) return;
  visitor.carried("h", state_.h);
  if (has_cell_state()) visitor.carried("c", state_.c);
}

}  // namespace carousel::nn
