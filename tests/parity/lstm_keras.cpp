// lstm_keras.h5 through the fused operation, in f64 and f32.
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

Results lstm_layer(const Call& call) {
  const auto& ctor = call.args;
  if (ctor.value("stateful", false)) throw NotThere("stateful");
  RecurrentOptions options;
  options.spec.activation = activation(ctor, "activation");
  options.spec.recurrent_activation = activation(ctor, "recurrent_activation");
  options.spec.go_backwards = ctor.at("go_backwards");
  options.spec.zero_output_for_mask = ctor.at("zero_output_for_mask");
  options.return_sequences = ctor.at("return_sequences");
  options.mask = optional(call, "mask");
  options.initial_h = optional(call, "h0");
  options.initial_c = optional(call, "c0");
  const LSTMResult out =
      lstm(call["x"], call["kernel"], call["recurrent_kernel"], optional(call, "bias"), options);
  return {{"y", out.output}, {"h", out.h}, {"c", out.c}};
}

}  // namespace

Difference run_lstm_keras(const GoldenCase& golden) {
  const auto& ctor = golden.config.at("ctor");
  Difference worst = compare_case(golden, ctor, lstm_layer, f64, ".f64", kBoundsF64);
  Difference single_precision = compare_case(golden, ctor, lstm_layer, f32, "", kBoundsF32);
  worsen(worst, single_precision);
  return worst;
}

}  // namespace carousel::test
