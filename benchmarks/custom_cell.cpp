// A cell of the user's own in nn::RNN, the minimal gated unit of examples/custom_cell.cpp, beside
// the same written in PyTorch.
//
// Cases: hHbBtT, inputs as wide as the state. train = forward and backward to weights and input for
// a fixed cotangent of all outputs, without optimizer; infer = forward, nothing saved.
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include <carousel/carousel.h>
#include <carousel/nn/layers.h>

#include "support/benchmark.h"
#include "support/numbers.h"

namespace {

using namespace carousel;
using namespace carousel::bench;

struct CellCase {
  std::int64_t units = 0, batch = 0, time = 0;
};

class MinimalGated : public nn::Cell {
 public:
  explicit MinimalGated(std::int64_t units)
      : units_(units),
        input_{{.units = 2 * units}},
        forget_{{.units = units, .use_bias = false}},
        candidate_{{.units = units, .use_bias = false}} {}

  std::vector<std::int64_t> state_sizes() const override { return {units_}; }
  Tensor project_input(const Tensor& x) override { return input_(x); }
  nn::CellStep step(const Tensor& x, const std::vector<Tensor>& states) override {
    const Tensor& h = states[0];
    const std::vector<Tensor> from_input = split(x, 2, -1);
    const Tensor f = sigmoid(from_input[0] + forget_(h));
    const Tensor n = tanh(from_input[1] + candidate_(f * h));
    const Tensor after = h + f * (n - h);
    return {after, {after}};
  }
  void visit(nn::Visitor& v) override {
    v("input", input_), v("forget", forget_), v("candidate", candidate_);
  }

 private:
  std::int64_t units_;
  nn::Dense input_, forget_, candidate_;
};

// A layer with fixed weights, input and cotangent.
class CellModel {
 public:
  explicit CellModel(const CellCase& c)
      : layer_(MinimalGated(c.units), {.return_sequences = true}),
        x_(numbers({c.batch, c.time, c.units}, 1)),
        dy_(numbers({c.batch, c.time, c.units}, 5)) {
    const float scale = 1.0f / std::sqrt(static_cast<float>(c.units));
    layer_.build(x_.shape());
    layer_.set_weights({numbers({c.units, 2 * c.units}, 2, scale), numbers({2 * c.units}, 4, scale),
                        numbers({c.units, c.units}, 3, scale),
                        numbers({c.units, c.units}, 6, scale)});
    x_.set_requires_grad();
    wanted_ = layer_.parameters();
    wanted_.insert(wanted_.begin(), x_);
  }

  // The outputs, and in training the gradients of x and the weights.
  std::vector<Tensor> infer() {
    const InferenceMode serving;
    return {layer_(x_)};
  }
  std::vector<Tensor> train() {
    const Tensor y = layer_(x_);
    std::vector<Tensor> results{y.detach()};
    for (Tensor& gradient : grad(std::span(&y, 1), wanted_, {.cotangents = {dy_}}))
      results.push_back(std::move(gradient));
    return results;
  }
  std::vector<Tensor> run(const std::string& mode) { return mode == "train" ? train() : infer(); }

 private:
  nn::RNN layer_;
  Tensor x_, dy_;
  std::vector<Tensor> wanted_;
};

class CustomCell : public Case {
 public:
  CustomCell(const std::string& name, const std::string& mode) : mode_(mode) {
    const auto sizes = match("h(\\d+)b(\\d+)t(\\d+)", name);
    if (sizes.empty()) throw Unknown{"unknown case '" + name + "': expected hHbBtT"};
    case_ = {std::stoll(sizes[0]), std::stoll(sizes[1]), std::stoll(sizes[2])};
    if (case_.units < 1 || case_.batch < 1 || case_.time < 1)
      throw Unknown{"unknown case '" + name + "': sizes are 1 or more"};
  }

  Calls ready() override {
    return repeated([model = std::make_shared<CellModel>(case_), this] { model->run(mode_); });
  }
  std::vector<std::vector<float>> results() override {
    return to_vectors(CellModel(case_).run(mode_));
  }

 private:
  std::string mode_;
  CellCase case_;
};

}  // namespace

int main(int argc, char** argv) {
  return run_benchmark(
      {.name = "custom_cell",
       .summary = "A cell of one's own, step by step, beside the same in PyTorch",
       .grammar = "hHbBtT",
       .cases = {"h64b32t50", "h256b16t150"},
       .make = [](auto& name, auto& mode) { return std::make_unique<CustomCell>(name, mode); },
       .has_modes = true},
      argc, argv);
}
