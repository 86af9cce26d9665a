// Whole sequences: the fused kernel and its composed twin.
#include <carousel/autograd/ops/recurrent.h>
#include <tests/op_cases/op_case.h>

#include <cmath>

namespace carousel::test {
namespace {

enum Operand { kX, kKernel, kRecurrentKernel, kBias, kH, kC };

// Gate q of unit u: what its activation is applied to, summed over x_t and h.
double sum_of(const Hosts& in, std::int64_t column, const double* x, const std::vector<double>& h) {
  const auto units = static_cast<std::int64_t>(h.size()), inputs = in[kKernel].shape[0];
  double sum = in[kBias].values[static_cast<std::size_t>(column)];
  for (std::int64_t i = 0; i < inputs; ++i)
    sum += x[i] * in[kKernel].values[static_cast<std::size_t>(i * 4 * units + column)];
  for (std::int64_t k = 0; k < units; ++k)
    sum += h[static_cast<std::size_t>(k)] *
           in[kRecurrentKernel].values[static_cast<std::size_t>(k * 4 * units + column)];
  return sum;
}

double logistic(double v) { return 1 / (1 + std::exp(-v)); }

// Keras' LSTM, a row after the other.
HostOutputs reference(const Hosts& in) {
  const Shape& x = in[kX].shape;
  const std::int64_t batch = x[0], time = x[1], units = in[kRecurrentKernel].shape[0];
  Host y = zeros_host({batch, time, units}, in[kX].dtype), last_h = in[kH], last_c = in[kC];
  for (std::int64_t b = 0; b < batch; ++b) {
    const auto row = static_cast<std::ptrdiff_t>(b * units);
    std::vector<double> h(in[kH].values.begin() + row, in[kH].values.begin() + row + units);
    std::vector<double> c(in[kC].values.begin() + row, in[kC].values.begin() + row + units);
    for (std::int64_t t = 0; t < time; ++t) {
      const double* xt = in[kX].values.data() + (b * time + t) * x[2];
      const std::vector<double> before = h;
      for (std::int64_t u = 0; u < units; ++u) {
        const auto at = static_cast<std::size_t>(u);
        const auto gate = [&](std::int64_t q) { return sum_of(in, q * units + u, xt, before); };
        c[at] = logistic(gate(1)) * c[at] + logistic(gate(0)) * std::tanh(gate(2));
        h[at] = logistic(gate(3)) * std::tanh(c[at]);
        y.values[static_cast<std::size_t>((b * time + t) * units + u)] = h[at];
      }
    }
    std::copy(h.begin(), h.end(), last_h.values.begin() + row);
    std::copy(c.begin(), c.end(), last_c.values.begin() + row);
  }
  return Hosts{y, last_h, last_c};
}

Sample sample(const char* what, std::int64_t batch, std::int64_t time, std::int64_t inputs,
              std::int64_t units, Lie x_lies = Lie::dense) {
  return {what,
          {draw({batch, time, inputs}, -1, 1, 1, x_lies), draw({inputs, 4 * units}, -.7, .7, 2),
           draw({units, 4 * units}, -.7, .7, 3), draw({4 * units}, -.5, .5, 4),
           draw({batch, units}, -.9, .9, 5), draw({batch, units}, -.9, .9, 6)}};
}

std::vector<Sample> samples() {
  std::vector<Sample> all{sample("one of each", 1, 1, 1, 1), sample("odd sizes", 3, 4, 2, 5),
                          sample("a full vector and a tail", 2, 3, 7, 17),
                          sample("transposed", 2, 3, 4, 6, Lie::transposed),
                          sample("strided", 2, 3, 4, 6, Lie::strided)};
  Sample wild = sample("one infinite and one NaN row", 4, 2, 2, 3);
  wild.inputs[kX].values[0] = kInf;
  wild.inputs[kX].values[5] = kNaN;
  wild.smooth = false;
  all.push_back(wild);
  return all;
}

template <LSTMResult (*F)(const Tensor&, const Tensor&, const Tensor&, const Tensor&,
                          const RecurrentOptions&)>
Outputs run(const Tensors& in, bool exact) {
  const LSTMResult r = F(in[kX], in[kKernel], in[kRecurrentKernel], in[kBias],
                         {.spec = {.exact = exact}, .initial_h = in[kH], .initial_c = in[kC]});
  return Tensors{r.output, r.h, r.c};
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
          fault<ShapeError>("[lstm] kernel must be (3, 20), got (2, 20)", [call] {
            call({2, 4, 3}, {2, 20});
          })};
}

}  // namespace

std::vector<OpCase> recurrent_cases() {
  return {
      {.name = "lstm",
       .variant = "exact",
       .forward = [](const Tensors& in) { return run<lstm>(in, true); },
       .reference = reference,
       .samples = samples(),
       .epsilons = 8,
       .of_largest = true,
       .faults = faults()},
      // The rational tanh of f32 is off by up to 2.5 epsilons, a gate's sigmoid by 1.5.
      {.name = "lstm",
       .variant = "fast",
       .forward = [](const Tensors& in) { return run<lstm>(in, false); },
       .reference = reference,
       .samples = samples(),
       .dtypes = {f32},
       .epsilons = 20,
       .of_largest = true},
      {.name = "lstm_composed",
       .forward = [](const Tensors& in) { return run<lstm_composed>(in, true); },
       .reference = reference,
       .samples = samples(),
       .epsilons = 8,
       .of_largest = true},
  };
}

}  // namespace carousel::test
