// The pointwise part of an LSTM's step: the fused kernel and its composed twin.
#include <carousel/autograd/ops/create.h>
#include <carousel/autograd/ops/lstm_gates.h>
#include <tests/op_cases/gates.h>

#include <algorithm>
#include <cmath>

namespace carousel::test {
namespace {

double logistic(double v) { return 1 / (1 + std::exp(-v)); }

// tanh and sigmoid, or relu and hard_sigmoid.
HostOutputs reference(bool usual, const Hosts& in) {
  const auto gate = [&](double v) {
    return usual ? logistic(v) : std::isnan(v) ? v : std::clamp(v / 6 + .5, 0., 1.);
  };
  const auto activate = [&](double v) { return usual ? std::tanh(v) : v < 0 ? 0 : v; };
  Host h = in[1], c = in[1];
  const std::size_t units = static_cast<std::size_t>(c.shape[c.shape.rank() - 1]);
  for (std::size_t k = 0; k < c.values.size(); ++k) {
    const double* sums = in[0].values.data() + k / units * 4 * units + k % units;
    c.values[k] = gate(sums[units]) * c.values[k] + gate(sums[0]) * activate(sums[2 * units]);
    h.values[k] = gate(sums[3 * units]) * activate(c.values[k]);
  }
  return Hosts{h, c};
}

Sample sample(const char* what, const Shape& rows, std::int64_t units, Lie lie = Lie::dense) {
  std::vector<std::int64_t> sums(rows.begin(), rows.end()), states = sums;
  sums.push_back(4 * units), states.push_back(units);
  return {what,
          {draw(Shape(std::span<const std::int64_t>(sums)), -3, 3, 1, lie),
           draw(Shape(std::span<const std::int64_t>(states)), -2, 2, 2, lie)}};
}

std::vector<Sample> samples() {
  Sample odd = sample("one infinite and one NaN sum", {3}, 5);
  odd.inputs[0].values[7] = kInf;
  odd.inputs[0].values[33] = kNaN;
  odd.smooth = false;
  return {sample("one unit", {}, 1),
          sample("three units", {2, 3}, 3),
          sample("whole vectors", {3}, 16),
          sample("several blocks", {2, 5, 3}, 17),
          sample("transposed", {3, 2}, 4, Lie::transposed),
          sample("strided", {4}, 5, Lie::strided),
          sample("expanded", {3}, 4, Lie::expanded),
          sample("no rows", {0}, 3),
          sample("no units", {3}, 0),
          odd};
}

using Function = LSTMGates (*)(const Tensor&, const Tensor&, const RecurrentSpec&);

OpCase gates_case(const char* name, const char* variant, Function f, RecurrentSpec spec) {
  const bool usual = spec.activation == Activation::tanh;
  return {.name = name,
          .variant = variant,
          .forward =
              [=](const Tensors& in) {
                const LSTMGates r = f(in[0], in[1], spec);
                return Tensors{r.h, r.c};
              },
          .reference = [=](const Hosts& in) { return reference(usual, in); },
          .samples = samples(),
          .epsilons = 8,
          .of_largest = true};
}

// The rational tanh of f32 is off by up to 2.5 epsilons, a gate's sigmoid by 1.5.
OpCase fast_case() {
  OpCase made = gates_case("lstm_gates", "fast", lstm_gates, {});
  made.dtypes = {f32};
  made.epsilons = 20;
  return made;
}

std::vector<Fault> faults() {
  const auto call = [](const Shape& sums, const Shape& c, DType dtype) {
    lstm_gates(zeros(sums, {.dtype = f64}), zeros(c, {.dtype = dtype}));
  };
  return {fault<ShapeError>("[lstm_gates] sums must be (..., 4 * units), got (2, 10)",
                            [call] {
                              call({2, 10}, {2, 3}, f64);
                            }),
          fault<ShapeError>("[lstm_gates] c must be (2, 3) for sums (2, 12), got (2, 4)",
                            [call] {
                              call({2, 12}, {2, 4}, f64);
                            }),
          fault<DTypeError>("[lstm_gates] c must be f64, got f32 (2, 3)",
                            [call] {
                              call({2, 12}, {2, 3}, f32);
                            }),
          fault<DTypeError>("[lstm_gates] ", [] {
            lstm_gates(zeros({2, 12}, {.dtype = i32}), zeros({2, 3}, {.dtype = i32}));
          })};
}

}  // namespace

std::vector<OpCase> gates_cases() {
  const RecurrentSpec usual{.exact = true};
  const RecurrentSpec other{.activation = Activation::relu,
                            .recurrent_activation = Activation::hard_sigmoid};
  OpCase kinks = gates_case("lstm_gates", "kinks", lstm_gates, other);
  kinks.samples = not_smooth(kinks.samples);
  std::vector<OpCase> all{gates_case("lstm_gates", "exact", lstm_gates, usual), fast_case(), kinks,
                          gates_case("lstm_gates_composed", "", lstm_gates_composed, usual)};
  all[0].faults = faults();
  return all;
}

}  // namespace carousel::test
