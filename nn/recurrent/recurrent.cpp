#include <carousel/nn/recurrent/recurrent.h>

#include <fmt/format.h>

#include <carousel/autograd/ops.h>
#include <carousel/nn/random_state.h>
#include <carousel/nn/recurrent/lengths.h>
#include <carousel/tensor/recurrent_cell.h>

namespace carousel::nn {

void RecurrentLayer::check_settings() const {
  if (settings_.units < 1)
    throw ValueError(op(), fmt::format("units must be at least 1, got {}", settings_.units));
  const std::pair<const char*, double> rates[] = {
      {"dropout", settings_.dropout}, {"recurrent_dropout", settings_.recurrent_dropout}};
  for (const auto& [name, rate] : rates)
    if (!(rate >= 0 && rate < 1))
      throw ValueError(op(), fmt::format("{} must be in [0, 1), got {}", name, rate));
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
  if (x.dim(0) == 0 || x.dim(1) == 0)
    throw ShapeError(
        op(), fmt::format("the input has no {}: {}", x.dim(0) == 0 ? "rows" : "time steps", shape));
  if (features >= 0 && x.dim(2) != features)
    throw ShapeError(op(), fmt::format("was built for {} features, got shape {}", features, shape));
}

void RecurrentLayer::make_parameters(const Values& inputs) {
  check_input(inputs[0], -1);
  const RecurrentCell& cell = recurrent_cell(settings_.spec);
  const std::int64_t units = settings_.units, columns = cell.kernel_gates * units;
  kernel_ = parameter({inputs[0].dim(2), columns}, settings_.kernel_initializer,
                      settings_.kernel_regularizer, settings_.kernel_constraint);
  recurrent_kernel_ = parameter({units, columns}, settings_.recurrent_initializer,
                                settings_.recurrent_regularizer, settings_.recurrent_constraint);
  if (settings_.use_bias)
    bias_ = parameter(cell.bias_rows == 2 ? Shape{2, columns} : Shape{columns},
                      settings_.bias_initializer, settings_.bias_regularizer,
                      settings_.bias_constraint);
  if (drops()) random_state_ = random_state(settings_.seed);
}

RecurrentResult RecurrentLayer::compute(const Tensor& x, const RecurrentOptions& options) const {
  return recurrent(x, kernel_, recurrent_kernel_, bias_, options);
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
  if (carried && initial.h.defined() && initial.h.dim(0) != x.dim(0))
    throw ShapeError(op(), fmt::format("stateful: a batch of {} follows one of {}: call "
                                       "reset_states() before",
                                       x.dim(0), initial.h.dim(0)));
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

RecurrentResult RecurrentLayer::run_sequence(const Value& x, const RecurrentRunOptions& options) {
  check_input(x, kernel_.dim(0));
  RecurrentOptions all = options_for(x, options);
  Tensor input = x;
  if (drops() && training() && !building()) {
    const std::int64_t batch = x.dim(0);
    if (settings_.dropout > 0) input = x * dropout_mask({batch, 1, x.dim(2)}, settings_.dropout, x);
    if (settings_.recurrent_dropout > 0)
      all.recurrent_mask = dropout_mask({batch, settings_.units}, settings_.recurrent_dropout, x);
  }
  RecurrentResult result = compute(input, all);
  if (settings_.stateful && !building())
    state_ = {result.h.detach(), result.c.defined() ? result.c.detach() : Tensor()};
  return result;
}

// 0 or 1 / (1 - rate).
Tensor RecurrentLayer::dropout_mask(const Shape& shape, double rate, const Tensor& like) {
  return detail::draw_from(random_state_, [&](Generator& generator) {
    const Tensor one = ones(shape, {.dtype = like.dtype(), .device = like.device()});
    return carousel::dropout(one, rate, generator);
  });
}

RecurrentState RecurrentLayer::step(const Tensor& x, const RecurrentState& state) {
  if (x.rank() != 2)
    throw ShapeError(
        op(), fmt::format("a step needs (batch, features), got shape {}", to_string(x.shape())));
  const Tensor sequence = x.unsqueeze(1);
  ensure_built({sequence});
  return located([&] {
    check_input(sequence, kernel_.dim(0));
    const RecurrentResult result =
        compute(sequence, {.spec = settings_.spec, .initial_h = state.h, .initial_c = state.c});
    return RecurrentState{result.h, result.c};
  });
}

void RecurrentLayer::visit(Visitor& visitor) {
  visitor("kernel", kernel_);
  visitor("recurrent_kernel", recurrent_kernel_);
  if (settings_.use_bias) visitor("bias", bias_);
  if (drops()) visitor.host_buffer("random_state", random_state_);
  if (!settings_.stateful) return;
  visitor.carried("h", state_.h);
  if (has_cell_state()) visitor.carried("c", state_.c);
}

}  // namespace carousel::nn
