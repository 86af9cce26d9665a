// losses_torch.h5 through the loss operations, in f64 and f32.
#include <carousel/autograd/ops.h>
#include <tests/parity/runner.h>

namespace carousel::test {
namespace {

Reduction reduction_of(const nlohmann::json& config) {
  const std::string name = config.value("reduction", "mean");
  if (name == "mean") return Reduction::mean;
  if (name == "sum") return Reduction::sum;
  throw NotThere("reduction " + name);
}

// torch has the classes in the second axis.
Tensor torch_cross_entropy(const Call& call) {
  const auto& config = call.args;
  if (call.in.contains("weight")) throw NotThere("weights of classes");
  if (config.contains("label_smoothing")) throw NotThere("label_smoothing");
  return cross_entropy(call["y_pred"].transpose(1, -1), call["y_true"], reduction_of(config),
                       config.value("ignore_index", -100));
}

Results loss(const Call& call) {
  const std::string name = call.args.at("fn");
  const auto with = [&](auto function) {
    return Results{{"loss", function(call["y_pred"], call["y_true"])}};
  };
  const Reduction reduction = reduction_of(call.args);
  if (name == "cross_entropy") return {{"loss", torch_cross_entropy(call)}};
  if (name == "mse_loss")
    return with([=](const Tensor& p, const Tensor& t) { return mse(p, t, reduction); });
  if (name == "l1_loss")
    return with([=](const Tensor& p, const Tensor& t) { return mae(p, t, reduction); });
  if (name == "huber_loss") {
    const double delta = call.args.at("delta");
    return with([=](const Tensor& p, const Tensor& t) { return huber(p, t, delta, reduction); });
  }
  if (name == "binary_cross_entropy")
    return with(
        [=](const Tensor& p, const Tensor& t) { return binary_cross_entropy(p, t, reduction, 0); });
  throw NotThere("no loss " + name);
}

}  // namespace

Difference run_loss_torch(const GoldenCase& golden) {
  Difference worst = compare_case(golden, golden.config, loss, f64, ".f64", kBoundsF64);
  worsen(worst, compare_case(golden, golden.config, loss, f32, "", kBoundsF32));
  return worst;
}

}  // namespace carousel::test
