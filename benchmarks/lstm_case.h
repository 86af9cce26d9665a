// Cases of the LSTM benchmark: [gru-|rnn-][iI]hHbBtT[lL][-bi][-pP][-mask|-varlen|-rdrop], and the
// model that they name.
#pragma once

#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <carousel/autograd/engine.h>
#include <carousel/autograd/grad_mode.h>
#include <carousel/autograd/ops.h>
#include <carousel/autograd/ops/recurrent.h>
#include <carousel/tensor/recurrent_cell.h>

#include "support/benchmark.h"
#include "support/numbers.h"

namespace carousel::bench {

struct LstmCase {
  CellKind cell;
  std::int64_t input, units, batch, time, layers;
  bool both_ways;
  std::int64_t projected;  // numbers of h; 0: units
  bool mask, lengths;      // masked steps repeat the output; with lengths they give 0
  bool drops;              // half of the state, by a mask that is drawn before

  // Of the steps, those that count in row b.
  std::int64_t length(std::int64_t b) const {
    return mask || lengths ? time - b * time / (2 * batch) : time;
  }
  std::int64_t steps() const {
    std::int64_t sum = 0;
    for (std::int64_t b = 0; b < batch; ++b) sum += length(b);
    return sum;
  }
  std::int64_t ways() const { return both_ways ? 2 : 1; }
  std::int64_t state() const { return projected > 0 ? projected : units; }
  // Columns of the weights, in units.
  std::int64_t gates() const { return recurrent_cell({.cell = cell}).kernel_gates; }
  // Multiply-adds count as two.
  double forward_flops() const {
    double sum = 0;
    for (std::int64_t k = 0; k < layers; ++k)
      sum += 2.0 * static_cast<double>(steps() * ways()) * static_cast<double>(units) *
             static_cast<double>(gates() * ((k == 0 ? input : ways() * state()) + state()) +
                                 projected);
    return sum;
  }
};

inline const char* lstm_grammar() {
  return "[gru-|rnn-][iI]hHbBtT[lL][-bi][-pP][-mask|-varlen|-rdrop]; P below H, of an LSTM";
}

// Empty for a case that isn't in the language.
inline std::optional<LstmCase> parse_lstm_case(const std::string& name) {
  const auto part = match(
      "(gru-|rnn-)?(?:i(\\d+))?h(\\d+)b(\\d+)t(\\d+)(?:l(\\d+))?(-bi)?(?:-p(\\d+))?"
      "(-mask|-varlen|-rdrop)?",
      name);
  if (part.empty()) return {};
  const auto number = [&](int group, std::int64_t otherwise) {
    return part[group].empty() ? otherwise : std::int64_t{std::stoll(part[group])};
  };
  const CellKind cell = part[0] == "gru-"   ? CellKind::gru
                        : part[0] == "rnn-" ? CellKind::simple_rnn
                                            : CellKind::lstm;
  const LstmCase c{cell,
                   number(1, number(2, 0)),
                   number(2, 0),
                   number(3, 0),
                   number(4, 0),
                   number(5, 1),
                   !part[6].empty(),
                   number(7, 0),
                   part[8] == "-mask",
                   part[8] == "-varlen",
                   part[8] == "-rdrop"};
  const bool projects = !part[7].empty();
  if (projects && (cell != CellKind::lstm || c.projected < 1 || c.projected >= c.units)) return {};
  if (c.input < 1 || c.units < 1 || c.batch < 1 || c.time < 1 || c.layers < 1) return {};
  return c;
}

// A stack of layers with fixed weights, input and cotangent, as a program would run it.
class LstmModel {
 public:
  explicit LstmModel(const LstmCase& c) : case_(c) {
    const float scale = 1.0f / std::sqrt(static_cast<float>(c.units));
    inputs_.push_back(numbers({c.batch, c.time, c.input}, 1));
    dy_ = numbers({c.batch, c.time, c.ways() * c.state()}, 5);
    if (c.mask || c.lengths) make_mask();
    if (c.drops) {
      const Shape one{c.batch, c.state()}, three{3, c.batch, c.state()};  // of a GRU for each gate
      dropped_ = greater(numbers(c.cell == CellKind::gru ? three : one, 6), 0.0).to(f32) * 2.0;
    }
    for (std::int64_t k = 0; k < c.layers * c.ways(); ++k) {
      const auto seed = static_cast<unsigned>(10 * k);
      const std::int64_t columns = c.gates() * c.units;
      const bool two = recurrent_cell({.cell = c.cell}).bias_rows == 2;
      const std::int64_t width = k < c.ways() ? c.input : c.ways() * c.state();
      inputs_.push_back(numbers({width, columns}, seed + 2, scale));
      inputs_.push_back(numbers({c.state(), columns}, seed + 3, scale));
      inputs_.push_back(numbers(two ? Shape{2, columns} : Shape{columns}, seed + 4, scale));
      if (c.projected > 0) inputs_.push_back(numbers({c.units, c.projected}, seed + 7, scale));
    }
    for (Tensor& input : inputs_) input.set_requires_grad();
  }

  Tensor infer() const {
    const InferenceMode serving;
    return forward();
  }

  // y, dx, and each layer's gradients of kernel, recurrent kernel, bias and projection.
  std::vector<Tensor> train() const {
    const Tensor y = forward();
    std::vector<Tensor> results{y.detach()};
    for (Tensor& gradient : grad(std::span(&y, 1), inputs_, {.cotangents = {dy_}}))
      results.push_back(std::move(gradient));
    return results;
  }

 private:
  Tensor forward() const {
    Tensor y = inputs_[0];
    const std::size_t weights = case_.projected > 0 ? 4 : 3;
    for (std::size_t k = 1; k < inputs_.size(); k += weights) {
      const Tensor ahead = direction(y, k, false);
      if (!case_.both_ways) {
        y = ahead;
        continue;
      }
      k += weights;
      y = concat({ahead, flip(direction(y, k, true), 1)}, -1);
    }
    return y;
  }

  Tensor direction(const Tensor& x, std::size_t k, bool backwards) const {
    return recurrent(x, inputs_[k], inputs_[k + 1], inputs_[k + 2],
                     {.spec = {.cell = case_.cell,
                               .go_backwards = backwards,
                               .zero_output_for_mask = case_.lengths},
                      .mask = mask_,
                      .recurrent_mask = dropped_,
                      .projection = case_.projected > 0 ? inputs_[k + 3] : Tensor()})
        .output;
  }

  // Rows of decreasing length.
  void make_mask() {
    auto* at = static_cast<bool*>(detail::make_host(mask_, {case_.batch, case_.time}, boolean));
    for (std::int64_t b = 0; b < case_.batch; ++b)
      for (std::int64_t t = 0; t < case_.time; ++t) at[b * case_.time + t] = t < case_.length(b);
  }

  LstmCase case_;
  Tensor dy_, mask_, dropped_;
  std::vector<Tensor> inputs_;  // x, then the weights of each layer and direction
};

}  // namespace carousel::bench
