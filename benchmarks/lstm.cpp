// Whole LSTM sequences against the peak of multiply-adds, and beside PyTorch.
//
// Cases: [iI]hHbBtT[lL][-bi][-mask|-varlen|-rdrop] (I defaults to H, L to 1). train = forward and
// backward to weights and input for a fixed cotangent, without optimizer; infer = forward, nothing
// saved.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <carousel/backends/cpu/level.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/threads.h>

#include "lstm_case.h"
#include "memory.h"
#include "peer.h"
#include "roofs.h"

namespace {

using namespace carousel;
using namespace carousel::bench;

struct Options {
  std::vector<std::string> cases{"h64b1t50",    "h64b32t50",  "h256b16t150",
                                 "h256b64t150", "h512b16t25", "h512b64t25"};
  std::string mode = "train", device = "cpu", peer, json;
  int threads = 0, rounds = 3;
};

struct Row {
  LstmCase c;
  // Peak of one call, less weight gradients and packs, in numbers per B * T * H.
  double memory = 0;
  PeerTime ours;
  PeerTimes peer;
};

PeerTime time_ours(const Options& options, const LstmCase& c) {
  LstmModel model(c);
  const auto once = [&] { options.mode == "train" ? (void)model.train() : (void)model.infer(); };
  once();
  std::vector<double> times;
  const double begin = now();
  while (times.size() < 7 || now() - begin < 0.5) {
    const double start = now();
    once();
    times.push_back(now() - start);
  }
  std::sort(times.begin(), times.end());
  return {times[times.size() / 2], times.front()};
}

// First call of a process: what later calls find warm is counted.
double memory_of(const Options& options, const LstmCase& c) {
  LstmModel model(c);
  const double bytes =
      peak_growth([&] { options.mode == "train" ? (void)model.train() : (void)model.infer(); });
  const double weights =
      static_cast<double>(c.layers * c.ways() * c.gates() * c.units * (c.input + c.units));
  const double packs = options.mode == "train" ? 3 * weights : weights;
  return (bytes / sizeof(float) - packs) / static_cast<double>(c.batch * c.time * c.units);
}

void compare(const Options& options, const LstmCase& c, const std::filesystem::path& folder) {
  LstmModel model(c);
  const auto results = options.mode == "train" ? model.train() : std::vector<Tensor>{model.infer()};
  std::ifstream file(folder / (c.name + ".f32"), std::ios::binary);
  for (std::size_t k = 0; k < results.size(); ++k)
    compare_next(file, results[k].to_vector<float>(), fmt::format("{}, result {}", c.name, k));
}

void run_peers(const Options& options, std::vector<Row>& rows, int round) {
  const ResultFolder folder;
  std::string cases;
  for (const Row& row : rows)
    if (!row.c.mask && !row.c.drops) cases += (cases.empty() ? "" : ",") + row.c.name;
  if (cases.empty()) return;
  for (const PeerSetting& setting : torch_settings()) {
    const auto times =
        run_peer(options.peer, "lstm", setting,
                 fmt::format("--cases {} --mode {} --threads {} --out {}", cases, options.mode,
                             num_threads(), quoted(folder.path.string())));
    for (Row& row : rows) {
      if (!times.contains(row.c.name)) continue;
      keep_best(row.peer[setting.name], times.at(row.c.name));
      if (round == 0) compare(options, row.c, folder.path);
    }
  }
}

nlohmann::json report(const Options& options, const std::vector<Row>& rows, double peak) {
  const int threads = num_threads();
  nlohmann::json cases = nlohmann::json::array();
  fmt::print("{:>18} {:>10} {:>10} {:>8} {:>7}", "case", "median ms", "min ms", "GF/s", "% peak");
  fmt::print("{}\n", options.peer.empty() ? "" : "   ratio  peer's medians, ms");
  double logs = 0;
  int compared = 0;
  for (const Row& row : rows) {
    const double flops = row.c.forward_flops() * (options.mode == "train" ? 3 : 1);
    const double rate = flops / row.ours.median * 1e-9, share = 100 * rate / (peak * threads);
    fmt::print("{:>18} {:>10.4f} {:>10.4f} {:>8.1f} {:>7.1f}", row.c.name, row.ours.median * 1e3,
               row.ours.min * 1e3, rate, share);
    nlohmann::json result{{"case", row.c.name},
                          {"ms", row.ours.median * 1e3},
                          {"min_ms", row.ours.min * 1e3},
                          {"gflops", rate},
                          {"peak", share}};
    if (row.memory > 0) result["memory"] = row.memory;
    if (!row.peer.empty()) {
      const double ratio = best_median(row.peer) / row.ours.median;
      fmt::print("  {:>6.2f} ", ratio);
      for (const auto& [setting, time] : row.peer) {
        fmt::print(" {} {:.3f}", setting, time.median * 1e3);
        result["peer"][setting] = time.median * 1e3;
      }
      result["ratio"] = ratio;
      logs += std::log(ratio);
      ++compared;
    }
    fmt::print("\n");
    cases.push_back(result);
  }
  nlohmann::json all{{"program", "lstm"},  {"mode", options.mode},
                     {"threads", threads}, {"level", to_string(cpu::simd_level())},
                     {"fma_peak", peak},   {"cases", cases}};
  if (compared > 0) {
    all["geomean"] = std::exp(logs / compared);
    fmt::print("geometric mean of the ratios: {:.2f}\n", std::exp(logs / compared));
  }
  return all;
}

void run(const Options& options) {
  std::vector<Row> rows;
  for (const auto& name : options.cases) {
    const auto c = parse_lstm_case(name);
    if (!c)
      throw Unknown{fmt::format(
          "unknown case '{}': expected [gru-|rnn-][iI]hHbBtT[lL][-bi][-mask|-varlen|-rdrop]",
          name)};
    rows.push_back({*c, 0, {}, {}});
  }
  if (options.device != "cpu") throw Unknown{"the fused LSTM runs on the device cpu only"};
  if (!options.peer.empty() && options.peer != "torch")
    throw Unknown{fmt::format("unknown peer '{}': expected torch", options.peer)};
  if (options.threads != 0) set_num_threads(options.threads);
  // The largest, first: what it leaves warm would hide the memory of others, and beside a tiny one
  // the process' own would show.
  const auto largest = std::max_element(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
    return a.c.batch * a.c.time * a.c.units < b.c.batch * b.c.time * b.c.units;
  });
  if (largest->c.batch * largest->c.time * largest->c.units >= 1 << 18)
    largest->memory = memory_of(options, largest->c);
  double peak = 0;
  for (int round = 0; round < options.rounds; ++round) {
    peak = std::max(peak, fma_peak());
    for (Row& row : rows) keep_best(row.ours, time_ours(options, row.c));
    if (!options.peer.empty()) run_peers(options, rows, round);
  }
  fmt::print(
      "{}, {}, {} thread(s), best median of {} rounds; peak of multiply-adds {:.1f} GF/s a "
      "core\n",
      options.mode, to_string(cpu::simd_level()), num_threads(), options.rounds, peak);
  const auto result = report(options, rows, peak);
  if (largest->memory > 0)
    fmt::print(
        "memory of {}: {:.2f} numbers per B*T*H at the peak, less weight gradients and packs\n",
        largest->c.name, largest->memory);
  if (!options.json.empty()) std::ofstream(options.json) << result << '\n';
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Whole LSTM sequences against the peak of multiply-adds, and beside PyTorch"};
  Options options;
  app.add_option("--cases", options.cases, "[gru-|rnn-][iI]hHbBtT[lL][-bi][-mask|-varlen|-rdrop]")
      ->delimiter(',');
  app.add_option("--mode", options.mode)->check(CLI::IsMember({"train", "infer"}));
  app.add_option("--threads", options.threads, "threads (default: all)");
  app.add_option("--device", options.device);
  app.add_option("--peer", options.peer, "torch: time it in the same run");
  app.add_option("--rounds", options.rounds, "alternations of ours and the peer's runs");
  app.add_option("--json", options.json, "write the figures to this file");
  return exit_status(app, argc, argv, [&] { run(options); });
}
