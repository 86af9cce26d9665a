// Layers, forward and backward to input and parameters, and beside PyTorch.
#include <algorithm>
#include <cmath>
#include <fstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <carousel/backends/cpu/level.h>
#include <carousel/tensor/threads.h>

#include "layer_cases.h"
#include "peer.h"
#include "roofs.h"

namespace {

using namespace carousel;
using namespace carousel::bench;

struct Options {
  std::vector<std::string> cases;
  std::string peer, json;
  int threads = 0, rounds = 3;
};

struct Row {
  LayerCase c;
  PeerTime ours;
  PeerTimes peer;
};

PeerTime time_ours(const LayerCase& c) {
  LayerRun run = c.make();
  run.once();
  std::vector<double> times;
  const double begin = now();
  while (times.size() < 7 || now() - begin < 0.3) {
    const double start = now();
    run.once();
    times.push_back(now() - start);
  }
  std::sort(times.begin(), times.end());
  return {times[times.size() / 2], times.front()};
}

void compare(const LayerCase& c, const std::filesystem::path& folder) {
  LayerRun run = c.make();
  const auto results = run.once();
  std::ifstream file(folder / (std::string(c.name) + ".f32"), std::ios::binary);
  for (std::size_t k = 0; k < results.size(); ++k) {
    const Tensor x = c.random ? results[k].max().reshape({1}) : results[k];
    compare_next(file, x.to_vector<float>(), fmt::format("{}, result {}", c.name, k));
  }
}

// PyTorch's images have their channels first, or last where it does better so.
std::vector<PeerSetting> settings() {
  std::vector<PeerSetting> all = torch_settings();
  all.push_back({"channels last", "OMP_WAIT_POLICY=PASSIVE", "--onednn 1 --channels-last 1"});
  return all;
}

void run_peers(const Options& options, std::vector<Row>& rows, int round) {
  const ResultFolder folder;
  std::string cases;
  for (const Row& row : rows) cases += (cases.empty() ? "" : ",") + std::string(row.c.name);
  for (const PeerSetting& setting : settings()) {
    const auto times = run_peer(options.peer, "layers", setting,
                                fmt::format("--cases {} --threads {} --out {}", cases,
                                            num_threads(), quoted(folder.path.string())));
    for (Row& row : rows) {
      if (!times.contains(row.c.name)) continue;  // images only with channels last
      keep_best(row.peer[setting.name], times.at(row.c.name));
      if (round == 0) compare(row.c, folder.path);
    }
  }
}

double best_min(const PeerTimes& times) {
  double best = 1e30;
  for (const auto& [setting, time] : times) best = std::min(best, time.min);
  return best;
}

nlohmann::json report(const std::vector<Row>& rows) {
  nlohmann::json cases = nlohmann::json::array();
  double logs = 0;
  for (const Row& row : rows) {
    fmt::print("{:>24} {:>10.4f} {:>10.4f}", row.c.name, row.ours.median * 1e3, row.ours.min * 1e3);
    cases.push_back(
        {{"case", row.c.name}, {"ms", row.ours.median * 1e3}, {"min_ms", row.ours.min * 1e3}});
    if (!row.peer.empty()) {
      const double ratio = best_median(row.peer) / row.ours.median;
      fmt::print("  {:>6.2f} ", ratio);
      for (const auto& [setting, time] : row.peer) {
        fmt::print(" {} {:.3f}", setting, time.median * 1e3);
        cases.back()["peer"][setting] = time.median * 1e3;
      }
      cases.back()["ratio"] = ratio;
      cases.back()["min_ratio"] = best_min(row.peer) / row.ours.min;  // on a busy machine
      logs += std::log(ratio);
    }
    fmt::print("\n");
  }
  nlohmann::json all{{"program", "layers"},
                     {"threads", num_threads()},
                     {"level", to_string(cpu::simd_level())},
                     {"cases", cases}};
  if (!rows.front().peer.empty()) {
    all["geomean"] = std::exp(logs / static_cast<double>(rows.size()));
    fmt::print("geometric mean of the ratios: {:.2f}\n", all["geomean"].get<double>());
  }
  return all;
}

std::vector<Row> chosen(const std::vector<std::string>& names) {
  const std::vector<LayerCase> known = layer_cases();
  std::vector<Row> rows;
  if (names.empty())
    for (const LayerCase& c : known) rows.push_back({c, {}, {}});
  for (const std::string& name : names) {
    const auto found = std::find_if(known.begin(), known.end(),
                                    [&](const LayerCase& c) { return name == c.name; });
    if (found == known.end()) {
      std::string list;
      for (const LayerCase& c : known) list += fmt::format(" {}", c.name);
      throw Unknown{fmt::format("unknown case '{}': expected one of{}", name, list)};
    }
    rows.push_back({*found, {}, {}});
  }
  return rows;
}

void run(const Options& options) {
  if (!options.peer.empty() && options.peer != "torch")
    throw Unknown{fmt::format("unknown peer '{}': expected torch", options.peer)};
  if (options.threads != 0) set_num_threads(options.threads);
  std::vector<Row> rows = chosen(options.cases);
  for (int round = 0; round < options.rounds; ++round) {
    for (Row& row : rows) keep_best(row.ours, time_ours(row.c));
    if (!options.peer.empty()) run_peers(options, rows, round);
  }
  fmt::print("{}, {} thread(s), best median of {} rounds\n{:>24} {:>10} {:>10}{}\n",
             to_string(cpu::simd_level()), num_threads(), options.rounds, "case", "median ms",
             "min ms", options.peer.empty() ? "" : "   ratio  peer's medians, ms");
  const auto result = report(rows);
  if (!options.json.empty()) std::ofstream(options.json) << result << '\n';
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Layers, forward and backward, and beside PyTorch"};
  Options options;
  app.add_option("--cases", options.cases, "names, like conv2d or lstm (default: all)")
      ->delimiter(',');
  app.add_option("--threads", options.threads, "threads (default: all)");
  app.add_option("--peer", options.peer, "torch: time it in the same run");
  app.add_option("--rounds", options.rounds, "alternations of ours and the peer's runs");
  app.add_option("--json", options.json, "write the figures to this file");
  return exit_status(app, argc, argv, [&] { run(options); });
}
