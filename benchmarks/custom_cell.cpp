// A cell of the user's own in nn::RNN, the minimal gated unit of examples/custom_cell.cpp, beside
// the same written in PyTorch.
//
// Cases: hHbBtT, inputs as wide as the state. train = forward and backward to weights and input for
// a fixed cotangent of all outputs, without optimizer; infer = forward, nothing saved.
#include <algorithm>
#include <cmath>
#include <fstream>
#include <optional>
#include <regex>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <carousel/carousel.h>
#include <carousel/nn/layers.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/threads.h>

#include "lstm_case.h"
#include "peer.h"
#include "roofs.h"

namespace {

using namespace carousel;
using namespace carousel::bench;

struct Options {
  std::vector<std::string> cases{"h64b32t50", "h256b16t150"};
  std::string mode = "train", peer, json;
  int threads = 0, rounds = 3;
};

struct CellCase {
  std::string name;
  std::int64_t units, batch, time;
};

std::optional<CellCase> parse_case(const std::string& name) {
  static const std::regex grammar("h(\\d+)b(\\d+)t(\\d+)");
  std::smatch found;
  if (!std::regex_match(name, found, grammar)) return {};
  const CellCase c{name, std::stoll(found[1]), std::stoll(found[2]), std::stoll(found[3])};
  if (c.units < 1 || c.batch < 1 || c.time < 1) return {};
  return c;
}

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

PeerTime time_ours(const Options& options, const CellCase& c) {
  CellModel model(c);
  model.run(options.mode);
  std::vector<double> times;
  const double begin = now();
  while (times.size() < 7 || now() - begin < 0.5) {
    const double start = now();
    model.run(options.mode);
    times.push_back(now() - start);
  }
  std::sort(times.begin(), times.end());
  return {times[times.size() / 2], times.front()};
}

void compare(const Options& options, const CellCase& c, const std::filesystem::path& folder) {
  const auto results = CellModel(c).run(options.mode);
  std::ifstream file(folder / (c.name + ".f32"), std::ios::binary);
  for (std::size_t k = 0; k < results.size(); ++k)
    compare_next(file, results[k].to_vector<float>(), fmt::format("{}, result {}", c.name, k));
}

struct Row {
  CellCase c;
  PeerTime ours;
  PeerTimes peer;
};

void run_peers(const Options& options, std::vector<Row>& rows, int round) {
  const ResultFolder folder;
  std::string cases;
  for (const Row& row : rows) cases += (cases.empty() ? "" : ",") + row.c.name;
  for (const PeerSetting& setting : torch_settings()) {
    const auto times =
        run_peer(options.peer, "custom_cell", setting,
                 fmt::format("--cases {} --mode {} --threads {} --out {}", cases, options.mode,
                             num_threads(), quoted(folder.path.string())));
    for (Row& row : rows) {
      keep_best(row.peer[setting.name], times.at(row.c.name));
      if (round == 0) compare(options, row.c, folder.path);
    }
  }
}

nlohmann::json report(const Options& options, const std::vector<Row>& rows) {
  nlohmann::json cases = nlohmann::json::array();
  fmt::print("{}, {} thread(s), best median of {} rounds\n{:>14} {:>10} {:>10}{}\n", options.mode,
             num_threads(), options.rounds, "case", "median ms", "min ms",
             options.peer.empty() ? "" : "   ratio  peer's medians, ms");
  double logs = 0;
  for (const Row& row : rows) {
    fmt::print("{:>14} {:>10.4f} {:>10.4f}", row.c.name, row.ours.median * 1e3, row.ours.min * 1e3);
    nlohmann::json result{
        {"case", row.c.name}, {"ms", row.ours.median * 1e3}, {"min_ms", row.ours.min * 1e3}};
    if (!row.peer.empty()) {
      result["ratio"] = best_median(row.peer) / row.ours.median;
      logs += std::log(best_median(row.peer) / row.ours.median);
      fmt::print("  {:>6.2f} ", result["ratio"].get<double>());
      for (const auto& [setting, time] : row.peer) {
        fmt::print(" {} {:.3f}", setting, time.median * 1e3);
        result["peer"][setting] = time.median * 1e3;
      }
    }
    fmt::print("\n");
    cases.push_back(result);
  }
  nlohmann::json all{{"program", "custom_cell"},
                     {"mode", options.mode},
                     {"threads", num_threads()},
                     {"cases", cases}};
  if (!options.peer.empty()) {
    all["geomean"] = std::exp(logs / static_cast<double>(rows.size()));
    fmt::print("geometric mean of the ratios: {:.2f}\n", all["geomean"].get<double>());
  }
  return all;
}

void run(const Options& options) {
  std::vector<Row> rows;
  for (const auto& name : options.cases) {
    const auto c = parse_case(name);
    if (!c) throw Unknown{fmt::format("unknown case '{}': expected hHbBtT", name)};
    rows.push_back({*c, {}, {}});
  }
  if (!options.peer.empty() && options.peer != "torch")
    throw Unknown{fmt::format("unknown peer '{}': expected torch", options.peer)};
  if (options.threads != 0) set_num_threads(options.threads);
  for (int round = 0; round < options.rounds; ++round) {
    for (Row& row : rows) keep_best(row.ours, time_ours(options, row.c));
    if (!options.peer.empty()) run_peers(options, rows, round);
  }
  const auto result = report(options, rows);
  if (!options.json.empty()) std::ofstream(options.json) << result << '\n';
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"A cell of one's own, step by step, beside the same in PyTorch"};
  Options options;
  app.add_option("--cases", options.cases, "hHbBtT")->delimiter(',');
  app.add_option("--mode", options.mode)->check(CLI::IsMember({"train", "infer"}));
  app.add_option("--threads", options.threads, "threads (default: all)");
  app.add_option("--peer", options.peer, "torch: time it in the same run");
  app.add_option("--rounds", options.rounds, "alternations of ours and the peer's runs");
  app.add_option("--json", options.json, "write the figures to this file");
  return exit_status(app, argc, argv, [&] { run(options); });
}
