// Whole sequences: the fused kernels and their composed twins.
#include <carousel/autograd/ops/recurrent.h>
#include <carousel/tensor/recurrent_cell.h>
#include <tests/op_cases/op_case.h>

#include <cmath>

namespace carousel::test {
namespace {

enum Operand { kX, kKernel, kRecurrentKernel, kBias, kH, kC, kProjection };
using Row = std::vector<double>;

RecurrentSpec spec_of(CellKind cell, bool reset_after = true) {
  return {.cell = cell, .reset_after = reset_after};
}

// Every third step of a row doesn't count, another one in each.
bool step_counts(bool masked, std::int64_t b, std::int64_t t) {
  return !masked || (b + t) % 3 != 1;
}

Tensor mask_for(const Tensor& x) {
  Tensor mask;
  auto* at = static_cast<bool*>(detail::make_host(mask, {x.dim(0), x.dim(1)}, boolean));
  for (std::int64_t i = 0; i < mask.numel(); ++i)
    at[i] = step_counts(true, i / x.dim(1), i % x.dim(1));
  return mask.to(x.device());
}

// v W, with the columns of W in one row after the other.
Row times(const double* v, const Host& weights) {
  const std::int64_t columns = weights.shape[1];
  Row sums(static_cast<std::size_t>(columns));
  for (std::int64_t k = 0; k < weights.shape[0]; ++k)
    for (std::size_t j = 0; j < sums.size(); ++j)
      sums[j] += v[k] * weights.values[static_cast<std::size_t>(k * columns) + j];
  return sums;
}

double logistic(double v) { return 1 / (1 + std::exp(-v)); }

void lstm_step(const Hosts& in, const double* x, Row& h, Row& c) {
  const std::size_t units = c.size();
  const Row of_x = times(x, in[kKernel]), of_h = times(h.data(), in[kRecurrentKernel]);
  Row m(units);
  for (std::size_t u = 0; u < units; ++u) {
    const auto sum = [&](std::size_t q) {
      const std::size_t j = q * units + u;
      return in[kBias].values[j] + of_x[j] + of_h[j];
    };
    c[u] = logistic(sum(1)) * c[u] + logistic(sum(0)) * std::tanh(sum(2));
    m[u] = logistic(sum(3)) * std::tanh(c[u]);
  }
  h = in.size() > kProjection ? times(m.data(), in[kProjection]) : m;
}

void simple_rnn_step(const Hosts& in, const double* x, Row& h) {
  const Row of_x = times(x, in[kKernel]), of_h = times(h.data(), in[kRecurrentKernel]);
  for (std::size_t u = 0; u < h.size(); ++u)
    h[u] = std::tanh(in[kBias].values[u] + of_x[u] + of_h[u]);
}

void gru_step(const RecurrentSpec& spec, const Hosts& in, const double* x, Row& h) {
  const std::size_t units = h.size();
  const auto& bias = in[kBias].values;
  const Row of_x = times(x, in[kKernel]);
  Row of_h = times(h.data(), in[kRecurrentKernel]);
  for (std::size_t j = 0; spec.reset_after && j < of_h.size(); ++j) of_h[j] += bias[3 * units + j];
  const auto gate = [&](std::size_t j) { return logistic(bias[j] + of_x[j] + of_h[j]); };
  Row reset(units);
  for (std::size_t u = 0; u < units; ++u) reset[u] = gate(units + u) * h[u];
  const Row of_reset = times(reset.data(), in[kRecurrentKernel]);
  for (std::size_t u = 0; u < units; ++u) {
    const std::size_t j = 2 * units + u;
    const double inner = spec.reset_after ? gate(units + u) * of_h[j] : of_reset[j];
    h[u] = gate(u) * h[u] + (1 - gate(u)) * std::tanh(bias[j] + of_x[j] + inner);
  }
}

// Keras' layer, a row after the other.
HostOutputs reference(const RecurrentSpec& spec, bool masked, const Hosts& in) {
  const Shape& x = in[kX].shape;
  const std::int64_t batch = x[0], time = x[1], state = in[kRecurrentKernel].shape[0];
  const bool has_c = spec.cell == CellKind::lstm;
  Hosts out{zeros_host({batch, time, state}, in[kX].dtype), in[kH]};
  if (has_c) out.push_back(in[kC]);
  for (std::int64_t b = 0; b < batch; ++b) {
    const auto row = [&](Host& states) {
      return states.values.begin() + static_cast<std::ptrdiff_t>(b * states.shape[1]);
    };
    const auto row_of = [&](Host states) {
      return Row(row(states), row(states) + static_cast<std::ptrdiff_t>(states.shape[1]));
    };
    Row h = row_of(in[kH]), c = has_c ? row_of(in[kC]) : Row();
    Row y(h.size());
    for (std::int64_t t = 0; t < time; ++t) {
      const double* xt = in[kX].values.data() + (b * time + t) * x[2];
      if (step_counts(masked, b, t)) {
        if (spec.cell == CellKind::lstm) lstm_step(in, xt, h, c);
        if (spec.cell == CellKind::gru) gru_step(spec, in, xt, h);
        if (spec.cell == CellKind::simple_rnn) simple_rnn_step(in, xt, h);
        y = h;
      }
      std::copy(y.begin(), y.end(), out[0].values.begin() + (b * time + t) * state);
    }
    std::copy(h.begin(), h.end(), row(out[1]));
    if (has_c) std::copy(c.begin(), c.end(), row(out[2]));
  }
  return out;
}

Sample sample(const RecurrentSpec& spec, const char* what, std::int64_t batch, std::int64_t time,
              std::int64_t inputs, std::int64_t units, Lie x_lies = Lie::dense) {
  const RecurrentCell& cell = recurrent_cell(spec);
  const std::int64_t columns = cell.kernel_gates * units;
  Sample made{what,
              {draw({batch, time, inputs}, -1, 1, 1, x_lies), draw({inputs, columns}, -.7, .7, 2),
               draw({units, columns}, -.7, .7, 3),
               draw(cell.bias_rows == 2 ? Shape{2, columns} : Shape{columns}, -.5, .5, 4),
               draw({batch, units}, -.9, .9, 5)}};
  if (cell.has_cell_state) made.inputs.push_back(draw({batch, units}, -.9, .9, 6));
  return made;
}

std::vector<Sample> samples(const RecurrentSpec& s) {
  std::vector<Sample> all{sample(s, "one of each", 1, 1, 1, 1), sample(s, "odd sizes", 3, 4, 2, 5),
                          sample(s, "a full vector and a tail", 2, 3, 7, 17),
                          sample(s, "transposed", 2, 3, 4, 6, Lie::transposed),
                          sample(s, "strided", 2, 3, 4, 6, Lie::strided)};
  Sample wild = sample(s, "one infinite and one NaN row", 4, 2, 2, 3);
  wild.inputs[kX].values[0] = kInf;
  wild.inputs[kX].values[5] = kNaN;
  wild.smooth = false;
  all.push_back(wild);
  return all;
}

// The same LSTM, with h projected to `state` numbers.
Sample projected(Sample made, std::int64_t state) {
  const std::int64_t batch = made.inputs[kH].shape[0], units = made.inputs[kC].shape[1];
  made.inputs[kRecurrentKernel] = draw({state, 4 * units}, -.7, .7, 8);
  made.inputs[kH] = draw({batch, state}, -.9, .9, 5);
  made.inputs.push_back(draw({units, state}, -.7, .7, 7));
  return made;
}

using Function = RecurrentResult (*)(const Tensor&, const Tensor&, const Tensor&, const Tensor&,
                                     const RecurrentOptions&);

Outputs run(Function f, RecurrentSpec spec, bool masked, const Tensors& in) {
  const bool has_c = recurrent_cell(spec).has_cell_state;
  const RecurrentResult r = f(in[kX], in[kKernel], in[kRecurrentKernel], in[kBias],
                              {.spec = spec,
                               .mask = masked ? mask_for(in[kX]) : Tensor(),
                               .initial_h = in[kH],
                               .initial_c = has_c ? in[kC] : Tensor(),
                               .projection = in.size() > kProjection ? in[kProjection] : Tensor()});
  return has_c ? Tensors{r.output, r.h, r.c} : Tensors{r.output, r.h};
}

OpCase recurrent_case(const char* name, const char* variant, Function f, RecurrentSpec spec,
                      bool masked = false) {
  spec.exact = true;
  return {.name = name,
          .variant = variant,
          .forward = [=](const Tensors& in) { return run(f, spec, masked, in); },
          .reference = [=](const Hosts& in) { return reference(spec, masked, in); },
          .samples = samples(spec),
          .epsilons = 8,
          .of_largest = true};
}

OpCase projected_case(const char* variant, Function f, bool masked = false) {
  OpCase made = recurrent_case(f == lstm ? "lstm" : "lstm_composed", variant, f,
                               spec_of(CellKind::lstm), masked);
  for (std::size_t i = 0; i < made.samples.size(); ++i)
    made.samples[i] = projected(made.samples[i], i % 2 == 0 ? 3 : 18);
  return made;
}

// The rational tanh of f32 is off by up to 2.5 epsilons, a gate's sigmoid by 1.5.
OpCase fast_case(const char* name, Function f, const RecurrentSpec& spec) {
  OpCase made = recurrent_case(name, "fast", f, spec);
  made.forward = [=](const Tensors& in) { return run(f, spec, false, in); };
  made.dtypes = {f32};
  made.epsilons = 20;
  return made;
}

std::vector<Fault> faults() {
  const auto call = [](const Shape& x, const Shape& kernel) {
    lstm(make(draw(x, -1, 1, 1), f64), make(draw(kernel, -1, 1, 2), f64),
         make(draw({5, 20}, -1, 1, 3), f64), {});
  };
  return {fault<ShapeError>("[lstm] x must be (batch, time, features), got (4, 3)",
                            [call] {
                              call({4, 3}, {3, 20});
                            }),
          fault<ShapeError>("[lstm] x has no features: (2, 4, 0)",
                            [call] {
                              call({2, 4, 0}, {0, 20});
                            }),
          fault<ShapeError>("[lstm] kernel must be (3, 20), got (2, 20)", [call] {
            call({2, 4, 3}, {2, 20});
          })};
}

// The same, with projections that don't fit.
std::vector<Fault> projection_faults() {
  const auto call = [](const Shape& recurrent_kernel, const Shape& projection, const Shape& h) {
    lstm(make(draw({2, 4, 3}, -1, 1, 1), f64), make(draw({3, 20}, -1, 1, 2), f64),
         make(draw(recurrent_kernel, -1, 1, 3), f64), {},
         {.initial_h = make(draw(h, -1, 1, 4), f64),
          .projection = make(draw(projection, -1, 1, 5), f64)});
  };
  return {fault<ShapeError>("[lstm] projection must be (units, projected), got (5,)",
                            [call] {
                              call({5, 20}, {5}, {2, 5});
                            }),
          fault<ShapeError>("[lstm] projection must be (units, projected), got (5, 0)",
                            [call] {
                              call({5, 20}, {5, 0}, {2, 5});
                            }),
          fault<ShapeError>("[lstm] recurrent_kernel must be (2, 20), got (5, 20)",
                            [call] {
                              call({5, 20}, {5, 2}, {2, 2});
                            }),
          fault<ShapeError>("[lstm] kernel must be (3, 24), got (3, 20)",
                            [call] {
                              call({2, 20}, {6, 2}, {2, 2});
                            }),
          fault<ShapeError>("[lstm] initial_h must be (2, 2), got (2, 5)", [call] {
            call({2, 20}, {5, 2}, {2, 5});
          })};
}

// A layer with 3 inputs and 5 units, wrong somewhere.
std::vector<Fault> gru_faults() {
  const auto call = [](std::int64_t columns, const Shape& bias, bool with_c) {
    gru(make(draw({2, 4, 3}, -1, 1, 1), f64), make(draw({3, 15}, -1, 1, 2), f64),
        make(draw({5, columns}, -1, 1, 3), f64), make(draw(bias, -1, 1, 4), f64),
        {.initial_c = with_c ? make(draw({2, 5}, -1, 1, 5), f64) : Tensor()});
  };
  return {
      fault<ValueError>("[gru] has no projection: it must be left out, got (5, 2)",
                        [] {
                          gru(make(draw({2, 4, 3}, -1, 1, 1), f64),
                              make(draw({3, 15}, -1, 1, 2), f64),
                              make(draw({5, 15}, -1, 1, 3), f64), {},
                              {.projection = make(draw({5, 2}, -1, 1, 4), f64)});
                        }),
      fault<ShapeError>("[gru] recurrent_kernel must be (units, 3 * units), got (5, 20)",
                        [call] {
                          call(20, {2, 15}, false);
                        }),
      fault<ShapeError>("[gru] bias must be (2, 15), got (15,)", [call] { call(15, {15}, false); }),
      fault<ValueError>("[gru] has no cell state: initial_c must be left out, got (2, 5)", [call] {
        call(15, {2, 15}, true);
      })};
}

}  // namespace

std::vector<OpCase> recurrent_cases() {
  const RecurrentSpec of_lstm = spec_of(CellKind::lstm), of_gru = spec_of(CellKind::gru);
  const RecurrentSpec before = spec_of(CellKind::gru, false);
  const RecurrentSpec of_rnn = spec_of(CellKind::simple_rnn);
  std::vector<OpCase> all{
      recurrent_case("lstm", "exact", lstm, of_lstm),
      recurrent_case("lstm", "masked", lstm, of_lstm, true),
      fast_case("lstm", lstm, of_lstm),
      projected_case("projected", lstm),
      projected_case("projected_masked", lstm, true),
      projected_case("projected", lstm_composed),
      recurrent_case("lstm_composed", "", lstm_composed, of_lstm),
      recurrent_case("gru", "exact", gru, of_gru),
      recurrent_case("gru", "masked", gru, of_gru, true),
      recurrent_case("gru", "reset_before", gru, before),
      recurrent_case("gru", "reset_before_masked", gru, before, true),
      fast_case("gru", gru, of_gru),
      recurrent_case("gru_composed", "", gru_composed, of_gru),
      recurrent_case("gru_composed", "reset_before", gru_composed, before),
      recurrent_case("simple_rnn", "exact", simple_rnn, of_rnn),
      recurrent_case("simple_rnn", "masked", simple_rnn, of_rnn, true),
      fast_case("simple_rnn", simple_rnn, of_rnn),
      recurrent_case("simple_rnn_composed", "", simple_rnn_composed, of_rnn),
      recurrent_case("recurrent", "", recurrent, of_gru),
      recurrent_case("recurrent_composed", "", recurrent_composed, of_gru, true),
  };
  all[0].faults = faults();
  all[3].faults = projection_faults();
  all[7].faults = gru_faults();
  return all;
}

}  // namespace carousel::test
