// lstm_keras.h5, gru_keras.h5, simple_rnn_keras.h5 through the fused operation, in f64 and f32.
#include <carousel/autograd/ops/recurrent.h>
#include <carousel/tensor/error.h>
#include <tests/parity/runner.h>

namespace carousel::test {
namespace {

Activation activation(const nlohmann::json& ctor, const char* which) {
  const std::string name = ctor.at(which);
  try {
    return activation_from(name, "parity");
  } catch (const ValueError&) {
    throw NotThere("activation " + name);
  }
}

Tensor optional(const Call& call, const char* name) {
  const auto found = call.in.find(name);
  return found == call.in.end() ? Tensor() : found->second;
}

RecurrentOptions options_of(CellKind cell, const nlohmann::json& ctor) {
  RecurrentOptions options;
  options.spec.cell = cell;
  options.spec.activation = activation(ctor, "activation");
  if (ctor.contains("recurrent_activation"))
    options.spec.recurrent_activation = activation(ctor, "recurrent_activation");
  options.spec.reset_after = ctor.value("reset_after", true);
  options.spec.go_backwards = ctor.at("go_backwards");
  options.spec.zero_output_for_mask = ctor.at("zero_output_for_mask");
  options.return_sequences = ctor.at("return_sequences");
  return options;
}

Forward layer(CellKind cell) {
  return [cell](const Call& call) -> Results {
    if (call.args.value("stateful", false)) throw NotThere("stateful");
    RecurrentOptions options = options_of(cell, call.args);
    options.mask = optional(call, "mask");
    options.initial_h = optional(call, "h0");
    options.initial_c = optional(call, "c0");
    const RecurrentResult out = recurrent(call["x"], call["kernel"], call["recurrent_kernel"],
                                          optional(call, "bias"), options);
    Results results{{"y", out.output}, {"h", out.h}};
    if (out.c.defined()) results["c"] = out.c;
    return results;
  };
}

}  // namespace

Difference run_recurrent_keras(const GoldenCase& golden) {
  static const std::map<std::string, CellKind> kCells{
      {"LSTM", CellKind::lstm}, {"GRU", CellKind::gru}, {"SimpleRNN", CellKind::simple_rnn}};
  const auto cell = kCells.find(golden.config.at("layer").get<std::string>());
  if (cell == kCells.end()) throw NotThere("layer " + golden.config.at("layer").dump());
  const auto& ctor = golden.config.at("ctor");
  const Forward forward = layer(cell->second);
  Difference worst = compare_case(golden, ctor, forward, f64, ".f64", kBoundsF64);
  worsen(worst, compare_case(golden, ctor, forward, f32, "", kBoundsF32));
  return worst;
}

}  // namespace carousel::test
