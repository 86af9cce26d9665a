// losses_torch.h5 through the loss operations, in f64 and f32.
#include <carousel/autograd/ops.h>
#include <carousel/autograd/ops/ctc.h>
#include <carousel/autograd/ops/likelihood_loss.h>
#include <carousel/autograd/ops/margin_loss.h>
#include <tests/parity/runner.h>

namespace carousel::test {
namespace {

Reduction reduction_of(const nlohmann::json& config) {
  const std::string name = config.value("reduction", "mean");
  if (name == "mean") return Reduction::mean;
  if (name == "sum" || name == "batchmean") return Reduction::sum;
  if (name == "none") return Reduction::none;
  throw NotThere("reduction " + name);
}

Tensor optional(const Call& call, const char* name) {
  const auto found = call.in.find(name);
  return found == call.in.end() ? Tensor() : found->second;
}

// torch has the classes in the second axis.
Tensor last(const Tensor& x) { return x.transpose(1, -1).contiguous(); }

Tensor lengths(const nlohmann::json& list) {
  const auto values = list.get<std::vector<std::int64_t>>();
  return from_vector(values, {static_cast<std::int64_t>(values.size())});
}

// torch's mean of CTC divides each sample's loss by its labels first.
Tensor torch_ctc(const Call& call) {
  const auto& config = call.args;
  const Tensor frames = log_softmax(call["logits"].transpose(0, 1), -1);
  const Tensor counts = lengths(config.at("target_lengths"));
  const Tensor loss =
      ctc_loss(frames, call["targets"], lengths(config.at("input_lengths")), counts,
               {.blank = config.at("blank"), .zero_infinity = config.at("zero_infinity")});
  const Reduction reduction = reduction_of(config);
  if (reduction == Reduction::none) return loss;
  return reduction == Reduction::sum ? sum(loss) : mean(loss / counts.to(loss.dtype()));
}

using Function = Tensor (*)(const Call& call, Reduction reduction);
const std::map<std::string, Function> kLosses{
    {"mse_loss", [](const Call& c, Reduction r) { return mse(c["y_pred"], c["y_true"], r); }},
    {"l1_loss", [](const Call& c, Reduction r) { return mae(c["y_pred"], c["y_true"], r); }},
    {"huber_loss",
     [](const Call& c, Reduction r) {
       return huber(c["y_pred"], c["y_true"], c.args.at("delta"), r);
     }},
    {"smooth_l1_loss",
     [](const Call& c, Reduction r) {
       return smooth_l1(c["y_pred"], c["y_true"], c.args.at("beta"), r);
     }},
    {"soft_margin_loss",
     [](const Call& c, Reduction r) { return soft_margin(c["y_pred"], c["y_true"], r); }},
    {"poisson_nll_loss",
     [](const Call& c, Reduction r) {
       return poisson_nll(c["y_pred"], c["y_true"],
                          {.log_input = c.args.at("log_input"), .full = c.args.at("full")}, r);
     }},
    {"kl_div",
     [](const Call& c, Reduction r) {
       const Tensor loss = kl_div(c["y_pred"], c["y_true"], r);
       const bool by_batch = c.args.value("reduction", "mean") == "batchmean";
       return by_batch ? loss / static_cast<double>(c["y_pred"].dim(0)) : loss;
     }},
    {"binary_cross_entropy",
     [](const Call& c, Reduction r) {
       return binary_cross_entropy(c["y_pred"], c["y_true"], r, 0);
     }},
    {"binary_cross_entropy_with_logits",
     [](const Call& c, Reduction r) {
       return binary_cross_entropy_with_logits(
           c["y_pred"], c["y_true"],
           BinaryCrossEntropyOptions{optional(c, "weight"), optional(c, "pos_weight")}, r);
     }},
    {"cross_entropy",
     [](const Call& c, Reduction r) {
       return cross_entropy(
           last(c["y_pred"]), c["y_true"],
           CrossEntropyOptions{optional(c, "weight"), c.args.value("ignore_index", -100),
                               c.args.value("label_smoothing", 0.0)},
           r);
     }},
    {"nll_loss",
     [](const Call& c, Reduction r) {
       return nll(log_softmax(last(c["y_pred"]), -1), c["y_true"], r);
     }},
    {"gaussian_nll_loss",
     [](const Call& c, Reduction r) {
       return gaussian_nll(c["y_pred"], c["y_true"], c["var"],
                           {.full = c.args.at("full"), .epsilon = c.args.at("eps")}, r);
     }},
    {"triplet_margin_loss",
     [](const Call& c, Reduction r) {
       return triplet_margin(c["a"], c["p"], c["n"],
                             {.margin = c.args.at("margin"), .swap = c.args.at("swap")}, r);
     }},
    {"cosine_embedding_loss",
     [](const Call& c, Reduction r) {
       return cosine_embedding(c["a"], c["b"], c["target"], c.args.at("margin"), r);
     }},
    {"margin_ranking_loss",
     [](const Call& c, Reduction r) {
       return margin_ranking(c["a"], c["b"], c["target"].to(c["a"].dtype()), c.args.at("margin"),
                             r);
     }},
    {"multi_margin_loss",
     [](const Call& c, Reduction r) {
       return multi_margin(c["y_pred"], c["y_true"], c.args.at("p"), 1, r);
     }},
    {"ctc_loss of log_softmax(logits)", [](const Call& c, Reduction) { return torch_ctc(c); }},
};

Results loss(const Call& call) {
  const std::string name = call.args.at("fn");
  const auto found = kLosses.find(name);
  if (found == kLosses.end()) throw NotThere("no loss " + name);
  return {{"loss", found->second(call, reduction_of(call.args))}};
}

}  // namespace

Difference run_loss_torch(const GoldenCase& golden) {
  Difference worst = compare_case(golden, golden.config, loss, f64, ".f64", kBoundsF64);
  worsen(worst, compare_case(golden, golden.config, loss, f32, "", kBoundsF32));
  return worst;
}

}  // namespace carousel::test
