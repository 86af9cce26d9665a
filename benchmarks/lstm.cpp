// Whole LSTM sequences against the peak of multiply-adds, and beside PyTorch.
//
// Cases: [gru-|rnn-][iI]hHbBtT[lL][-bi][-pP][-mask|-varlen|-rdrop] (I defaults to H, L to 1; h is
// projected to P). train = forward and backward to weights and input for a fixed cotangent, without
// optimizer; infer = forward, nothing saved.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "lstm_case.h"
#include "support/benchmark.h"
#include "support/memory.h"

namespace {

using namespace carousel;
using namespace carousel::bench;

class Lstm : public Case {
 public:
  Lstm(const std::string& name, const std::string& mode) : trains_(mode == "train") {
    const auto parsed = parse_lstm_case(name);
    if (!parsed) throw Unknown{"unknown case '" + name + "': expected " + lstm_grammar()};
    case_ = *parsed;
  }

  Calls ready() override {
    return repeated([model = std::make_shared<LstmModel>(case_), this] { once(*model); });
  }
  std::vector<std::vector<float>> results() override { return to_vectors(once(LstmModel(case_))); }
  double flops() const override { return case_.forward_flops() * (trains_ ? 3 : 1); }
  bool peer_has_it() const override { return !case_.mask && !case_.drops; }
  std::vector<std::pair<std::string, double>> figures(const Time&) override {
    if (memory_ == 0) return {};
    return {{"memory", memory_}};
  }

  std::int64_t size() const { return case_.batch * case_.time * case_.units; }
  // Peak of one call, less weight gradients and packs, in numbers per B * T * H. To be the first
  // call of a process: what later calls find warm is counted.
  void measure_memory() {
    const LstmModel model(case_);
    const double bytes = peak_growth([&] { once(model); });
    const LstmCase& c = case_;
    const double weights = static_cast<double>(c.layers * c.ways() * c.units *
                                               (c.gates() * (c.input + c.state()) + c.projected));
    const double packs = trains_ ? 3 * weights : weights;
    memory_ = (bytes / sizeof(float) - packs) / static_cast<double>(size());
  }

 private:
  std::vector<Tensor> once(const LstmModel& model) const {
    return trains_ ? model.train() : std::vector<Tensor>{model.infer()};
  }

  bool trains_;
  LstmCase case_;
  double memory_ = 0;
};

// Of the largest alone: what it leaves warm would hide the memory of others, and beside a tiny one
// the process' own would show.
void measure_memory(Cases& cases) {
  Lstm* largest = nullptr;
  for (const auto& c : cases) {
    auto* const lstm = static_cast<Lstm*>(c.get());
    if (!largest || lstm->size() > largest->size()) largest = lstm;
  }
  if (largest && largest->size() >= 1 << 18) largest->measure_memory();
}

}  // namespace

int main(int argc, char** argv) {
  return run_benchmark(
      {.name = "lstm",
       .summary = "Whole LSTM sequences against the peak of multiply-adds, and beside PyTorch. "
                  "memory: numbers per B*T*H at the peak, less weight gradients and packs",
       .grammar = lstm_grammar(),
       .cases = {"h64b1t50", "h64b32t50", "h256b16t150", "h256b64t150", "h512b16t25", "h512b64t25"},
       .make = [](auto& name, auto& mode) { return std::make_unique<Lstm>(name, mode); },
       .has_modes = true,
       .before_all = measure_memory},
      argc, argv);
}
