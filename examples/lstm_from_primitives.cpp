// An LSTM cell from matrix products, sigmoid and tanh, and its equality with the built-in LSTM.
#include <carousel/autograd/ops/recurrent.h>
#include <carousel/carousel.h>
#include <support/program.h>
#include <support/table.h>

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace carousel;
using carousel::examples::Program;

namespace {

constexpr std::int64_t kUnits = 3;

// W weighs the input, U the hidden state, b is the bias; f, i, c and o are the gates.
struct Cell {
  Tensor W_f, U_f, b_f, W_i, U_i, b_i, W_c, U_c, b_c, W_o, U_o, b_o;

  // [model]
  std::pair<Tensor, Tensor> lstm_cell(const Tensor& input, Tensor hidden_state,
                                      Tensor cell_state) const {
    const Tensor forget_gate = sigmoid(dot(input, W_f) + dot(hidden_state, U_f) + b_f);
    const Tensor input_gate = sigmoid(dot(input, W_i) + dot(hidden_state, U_i) + b_i);
    const Tensor output_gate = sigmoid(dot(input, W_o) + dot(hidden_state, U_o) + b_o);
    cell_state = forget_gate * cell_state +
                 input_gate * tanh(dot(input, W_c) + dot(hidden_state, U_c) + b_c);
    hidden_state = output_gate * tanh(cell_state);
    return {hidden_state, cell_state};
  }

  Tensor forget_gate(const Tensor& input, const Tensor& hidden_state) const {
    return sigmoid(dot(input, W_f) + dot(hidden_state, U_f) + b_f);
  }
  std::pair<Tensor, Tensor> input_gate(const Tensor& input, const Tensor& hidden_state) const {
    const Tensor i = sigmoid(dot(input, W_i) + dot(hidden_state, U_i) + b_i);
    const Tensor c = tanh(dot(input, W_c) + dot(hidden_state, U_c) + b_c);
    return {i, c};
  }
  Tensor output_gate(const Tensor& input, const Tensor& hidden_state,
                     const Tensor& cell_state) const {
    const Tensor o = sigmoid(dot(input, W_o) + dot(hidden_state, U_o) + b_o);
    return o * tanh(cell_state);
  }
  // [/model]

  std::vector<Tensor> weights() const {
    return {W_f, U_f, b_f, W_i, U_i, b_i, W_c, U_c, b_c, W_o, U_o, b_o};
  }
};

Cell random_cell(std::uint64_t seed, const TensorOptions& options) {
  Generator generator{.seed = seed};
  const auto draw = [&](const Shape& shape) {
    return uniform(shape, -1.0, 1.0, generator, {.dtype = f64})
        .to(options.dtype)
        .to(options.device)
        .detach()
        .set_requires_grad();
  };
  const Shape matrix{3, kUnits}, bias{1, kUnits};
  Cell cell;
  for (auto member : {&Cell::W_f, &Cell::U_f, &Cell::W_i, &Cell::U_i, &Cell::W_c, &Cell::U_c,
                      &Cell::W_o, &Cell::U_o})
    cell.*member = draw(matrix);
  for (auto member : {&Cell::b_f, &Cell::b_i, &Cell::b_c, &Cell::b_o}) cell.*member = draw(bias);
  return cell;
}

// What goes in: two inputs, one after the other, and the state before them.
struct Problem {
  Tensor first, second, hidden_state, cell_state;
};

Problem problem(const TensorOptions& options) {
  const auto make = [&](const Tensor& values) {
    return values.to(options.dtype).to(options.device).detach().set_requires_grad();
  };
  return {make(Tensor{{0.5, 0.6, 0.7}}), make(Tensor{{0.1, 0.2, 0.3}}),
          make(Tensor{{0.1, 0.2, 0.3}}), make(Tensor{{0.0, 0.0, 0.0}})};
}

using Row = std::vector<double>;

Row values_of(const Tensor& x) { return x.to(f64).to(Device("cpu")).to_vector<double>(); }

// The sum that goes into a gate, in plain loops: what dot, + and the broadcast bias should give.
Row gate_sum(const Row& x, const Row& h, const Tensor& W, const Tensor& U, const Tensor& b) {
  Row sum = values_of(b);
  const Row w = values_of(W), u = values_of(U);
  for (std::size_t j = 0; j < sum.size(); ++j)
    for (std::size_t k = 0; k < x.size(); ++k)
      sum[j] += x[k] * w[k * sum.size() + j] + h[k] * u[k * sum.size() + j];
  return sum;
}

Row mapped(Row values, double (*function)(double)) {
  for (double& value : values) value = function(value);
  return values;
}
double logistic(double x) { return 1 / (1 + std::exp(-x)); }
double hyperbolic(double x) { return std::tanh(x); }

// The largest difference between two lists of numbers, and the largest number in the second.
struct Difference {
  double absolute = 0, largest = 0;
  void add(const Row& a, const Row& b) {
    if (a.size() != b.size()) throw ShapeError("compare", "lists of different lengths");
    for (std::size_t k = 0; k < a.size(); ++k) {
      const double difference = std::abs(a[k] - b[k]);
      // A NaN must not hide: no comparison with it holds.
      if (!(difference <= absolute)) absolute = difference;
      largest = std::max(largest, std::abs(b[k]));
    }
  }
  double relative() const { return absolute / largest; }
};

std::string spelled(const Row& row) { return fmt::format("{:.6f}", fmt::join(row, "  ")); }

// Each gate on the first input, beside the plain loops; then one step of the cell.
void show_gates(Program& program, const Cell& cell, const Problem& p) {
  const Row x = values_of(p.first), h = values_of(p.hidden_state),
            c_before = values_of(p.cell_state);
  const Row f = mapped(gate_sum(x, h, cell.W_f, cell.U_f, cell.b_f), logistic);
  const Row i = mapped(gate_sum(x, h, cell.W_i, cell.U_i, cell.b_i), logistic);
  const Row g = mapped(gate_sum(x, h, cell.W_c, cell.U_c, cell.b_c), hyperbolic);
  Row o = mapped(gate_sum(x, h, cell.W_o, cell.U_o, cell.b_o), logistic), c_after(f.size());
  for (std::size_t j = 0; j < f.size(); ++j) c_after[j] = f[j] * c_before[j] + i[j] * g[j];
  for (std::size_t j = 0; j < o.size(); ++j) o[j] *= std::tanh(c_after[j]);

  const auto [input_i, input_c] = cell.input_gate(p.first, p.hidden_state);
  const auto [hidden, state] = cell.lstm_cell(p.first, p.hidden_state, p.cell_state);
  struct {
    const char* name;
    Tensor value;
    const Row& expected;
  } const lines[] = {{"forget_gate", cell.forget_gate(p.first, p.hidden_state), f},
                     {"input_gate, i", input_i, i},
                     {"input_gate, c", input_c, g},
                     {"output_gate", cell.output_gate(p.first, p.hidden_state, state), o},
                     {"lstm_cell, hidden_state", hidden, o},
                     {"lstm_cell, cell_state", state, c_after}};
  Difference difference;
  std::vector<std::vector<std::string>> rows;
  for (const auto& line : lines) {
    difference.add(values_of(line.value), line.expected);
    rows.push_back({line.name, spelled(values_of(line.value)), spelled(line.expected)});
  }
  program.print("input {}, hidden_state {}\n\n{}\n", spelled(x), spelled(h),
                examples::table({"", "by the functions", "by plain loops"}, rows));
  for (std::size_t j = 0; j < o.size(); ++j) {
    program.metric(fmt::format("hidden_{}", j), values_of(hidden)[j]);
    program.metric(fmt::format("cell_{}", j), values_of(state)[j]);
  }
  program.metric("loops_difference", difference.absolute);
  program.promise(
      difference.absolute <= 1e-12,
      fmt::format("gates and cell equal plain loops within 1e-12: {:.1e}", difference.absolute));
}

// Both inputs in turn: the hidden states of all steps and the last cell state.
std::pair<Tensor, Tensor> by_functions(const Cell& cell, const Problem& p) {
  const auto [h1, c1] = cell.lstm_cell(p.first, p.hidden_state, p.cell_state);
  const auto [h2, c2] = cell.lstm_cell(p.second, h1, c1);
  return {stack({h1, h2}, 1), c2};
}

// The same by the built-in operation, which takes the gates' weights side by side, i f c o.
std::pair<Tensor, Tensor> built_in(const Cell& cell, const Problem& p, bool exact) {
  const Tensor kernel = concat({cell.W_i, cell.W_f, cell.W_c, cell.W_o}, 1);
  const Tensor recurrent_kernel = concat({cell.U_i, cell.U_f, cell.U_c, cell.U_o}, 1);
  const Tensor bias = concat({cell.b_i, cell.b_f, cell.b_c, cell.b_o}, 1).reshape({4 * kUnits});
  const LSTMResult result =
      lstm(stack({p.first, p.second}, 1), kernel, recurrent_kernel, bias,
           {.spec = {.exact = exact}, .initial_h = p.hidden_state, .initial_c = p.cell_state});
  return {result.output, result.c};
}

// Gradients of a fixed weighted sum of all outputs with respect to everything that went in.
std::vector<Tensor> gradients(const std::pair<Tensor, Tensor>& outputs, const Cell& cell,
                              const Problem& p) {
  std::vector<Tensor> inputs = cell.weights();
  inputs.insert(inputs.end(), {p.first, p.second, p.hidden_state, p.cell_state});
  std::vector<Tensor> cotangents;
  for (const Tensor& output : {outputs.first, outputs.second})
    cotangents.push_back(linspace(-1, 1, output.numel(), {.dtype = output.dtype()})
                             .reshape(output.shape())
                             .to(output.device()));
  const Tensor both[] = {outputs.first, outputs.second};
  return grad(both, inputs, {.cotangents = cotangents});
}

struct Comparison {
  const char* name;
  DType dtype;
  bool exact;
  double value_bound, gradient_bound;
};

void compare(Program& program, const Comparison& comparison) {
  const TensorOptions options{.dtype = comparison.dtype, .device = program.flags().device};
  const Cell cell = random_cell(program.flags().seed, options);
  const Problem p = problem(options);
  const auto ours = by_functions(cell, p), theirs = built_in(cell, p, comparison.exact);
  Difference value, gradient;
  value.add(values_of(theirs.first), values_of(ours.first));
  value.add(values_of(theirs.second), values_of(ours.second));
  const auto our_gradients = gradients(ours, cell, p), their_gradients = gradients(theirs, cell, p);
  for (std::size_t k = 0; k < our_gradients.size(); ++k)
    gradient.add(values_of(their_gradients[k]), values_of(our_gradients[k]));
  program.metric(fmt::format("{}_values", comparison.name), value.relative());
  program.metric(fmt::format("{}_gradients", comparison.name), gradient.relative());
  program.promise(
      value.relative() <= comparison.value_bound &&
          gradient.relative() <= comparison.gradient_bound,
      fmt::format("{} equals the built-in LSTM: values within {:.0e}: {:.1e}, gradients within "
                  "{:.0e}: {:.1e} of the largest",
                  comparison.name, comparison.value_bound, value.relative(),
                  comparison.gradient_bound, gradient.relative()));
}

}  // namespace

int main(int argc, char** argv) {
  Program program("lstm_from_primitives",
                  "An LSTM cell from matrix products, sigmoid and tanh, compared with the built-in "
                  "LSTM.");
  program.describe_metric("hidden_J, cell_J", "the states after the first input, J = 0, 1, 2");
  program.describe_metric("loops_difference", "largest difference from plain loops");
  program.describe_metric("KIND_values", "largest difference from the built-in LSTM, over the");
  program.describe_metric("KIND_gradients", "largest element; KIND is f64, f32_exact or f32_fast");
  return program.run(argc, argv, [&] {
    const TensorOptions f64_here{.dtype = f64, .device = program.flags().device};
    show_gates(program, random_cell(program.flags().seed, f64_here), problem(f64_here));
    for (const Comparison& comparison : {Comparison{"f64", f64, false, 1e-12, 1e-12},
                                         Comparison{"f32_exact", f32, true, 1e-6, 5e-6},
                                         Comparison{"f32_fast", f32, false, 2e-5, 1e-4}})
      compare(program, comparison);
  });
}
