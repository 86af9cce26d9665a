// A small recurrent problem: its data, our kernels on it, and a plain loop in double to compare
// with.
#pragma once

#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <carousel/backends/cpu/recurrent.h>
#include <carousel/tensor/recurrent_cell.h>

namespace carousel::cpu {

enum class MaskKind { none, right, left, holes, all };

struct Problem {
  std::int64_t batch, time, input, units;
  MaskKind mask = MaskKind::none;
  bool initial = false, bias = true;
  RecurrentSpec spec{};
  std::int64_t projected = 0;  // numbers of h, if not units
};

std::string describe(const Problem& p);
inline const RecurrentCell& cell_of(const Problem& p) {
  return recurrent_cell(p.spec, {.projected = p.projected > 0});
}
inline std::int64_t state_size(const Problem& p) { return p.projected > 0 ? p.projected : p.units; }
inline std::int64_t columns(const Problem& p) { return cell_of(p).kernel_gates * p.units; }

// Calls check(problem) for all cells, in the context of what it is: projected ones to less and to
// more than their units.
template <class Check>
void for_each_cell(Problem problem, const Check& check) {
  for (const CellKind cell : {CellKind::lstm, CellKind::simple_rnn, CellKind::gru})
    for (const bool reset_after : {true, false}) {
      if (!reset_after && cell != CellKind::gru) continue;
      problem.spec.cell = cell;
      problem.spec.reset_after = reset_after;
      BOOST_TEST_CONTEXT(describe(problem)) { check(problem); }
    }
  problem.spec.cell = CellKind::lstm;
  problem.spec.reset_after = true;
  for (const std::int64_t projected : {problem.units / 3 + 1, problem.units + 14}) {
    problem.projected = projected;
    BOOST_TEST_CONTEXT(describe(problem)) { check(problem); }
  }
}

// Numbers in [-1, 1) that depend on (seed, index) alone.
std::vector<double> numbers(std::int64_t count, int seed);

// Does row b count at step t of the input?
bool counts(const Problem& p, std::int64_t b, std::int64_t t);

// Everything that goes in, in double: x (B, T, I), weights as Keras has them, states (c0 and
// projection are empty where the cell has none).
struct Inputs {
  explicit Inputs(const Problem& p);
  std::vector<double> x, kernel, recurrent_kernel, bias, h0, c0, projection;
};

struct Outputs {
  std::vector<double> y, h, c;
};

// The layer, step by step, straight from its definition.
Outputs naive_outputs(const Problem& p, const Inputs& in);

// Cotangents of y, h and c.
struct Cotangents {
  std::vector<double> y, h, c;
};
Cotangents cotangents(const Problem& p);

// The inputs' gradients, named as the inputs.
struct Gradients {
  std::vector<double> x, kernel, recurrent_kernel, bias, h0, c0, projection;
};

// Our kernels in T, data and results in double.
template <class T>
class Run {
 public:
  Run(const Problem& p, const Inputs& in);
  // saved: keep what backward needs; the output is then a view of the states where it can be.
  Outputs forward(bool saved);
  // After forward(true). consume: overwrite the gates.
  Gradients backward(const Cotangents& d, bool consume);
  const std::vector<T>& gates() const { return gates_; }

 private:
  RecurrentForward<T> forward_args(bool saved);

  Problem p_;
  std::vector<T> x_, kernel_, recurrent_kernel_, bias_, h0_, c0_, projection_;
  std::unique_ptr<bool[]> mask_;
  std::vector<T> gates_, cells_, states_, scratch_, y_, h_, c_;
};

extern template class Run<float>;
extern template class Run<double>;

}  // namespace carousel::cpu
