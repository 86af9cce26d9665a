#include "benchmark.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <fstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <carousel/backends/cpu/level.h>
#include <carousel/tensor/threads.h>

#include "options.h"
#include "roofs.h"

namespace carousel::bench {
namespace {

using Json = nlohmann::ordered_json;

struct Row {
  std::string name;
  Case* of;
  Time ours = {};
  PeerTimes peer = {};
};

void run_peers(const Benchmark& benchmark, const Options& options, std::vector<Row>& rows,
               bool first) {
  std::string cases;
  for (const Row& row : rows)
    if (row.of->peer_has_it()) cases += (cases.empty() ? "" : ",") + row.name;
  if (cases.empty()) return;
  const ResultFolder folder;
  const std::string arguments =
      fmt::format("--cases {} --threads {} --out '{}'{}", cases, num_threads(), folder.path(),
                  benchmark.has_modes ? " --mode " + options.mode : "");
  for (const PeerSetting& setting : benchmark.settings) {
    const auto times = run_peer(options.peer, benchmark.name, setting, arguments);
    for (Row& row : rows) {
      if (!times.contains(row.name)) continue;  // a setting may be for some of them only
      keep_best(row.peer[setting.name], times.at(row.name));
      if (first) folder.compare(row.name, row.of->results());
    }
  }
}

// One line of the table, and the same for the report.
Json print_row(const Row& row, const Benchmark& benchmark, double peak) {
  const double scale = benchmark.in_nanoseconds ? 1e9 : 1e3;
  const std::string unit = benchmark.in_nanoseconds ? "ns" : "ms";
  Json json{
      {"case", row.name}, {unit, row.ours.median * scale}, {"min_" + unit, row.ours.min * scale}};
  fmt::print("{:>24} {:>11.4f} {:>11.4f}", row.name, row.ours.median * scale, row.ours.min * scale);
  const auto column = [&](const std::string& name, double value) {
    fmt::print("  {} {:.4g}", name, value);
    json[name] = value;
  };
  if (const double flops = row.of->flops(); flops > 0) {
    const double rate = flops / row.ours.median * 1e-9;
    column("gflops", rate);
    column("peak", 100 * rate / (peak * num_threads() / (row.of->is_f64() ? 2 : 1)));
  }
  for (const auto& [name, value] : row.of->figures(row.ours)) column(name, value);
  if (!row.peer.empty()) {
    const Time theirs = best_of(row.peer);
    column("ratio", theirs.median / row.ours.median);
    column("min_ratio", theirs.min / row.ours.min);
    for (const auto& [setting, time] : row.peer) {
      fmt::print("  {} {:.4f}", setting, time.median * scale);
      json["peer"][setting] = time.median * scale;
    }
  }
  fmt::print("\n");
  return json;
}

Json report(const Benchmark& benchmark, const Options& options, const std::vector<Row>& rows,
            double peak) {
  const char* level = to_string(cpu::simd_level());
  fmt::print("{}{}, {} thread(s), best of {} rounds; peak of multiply-adds {:.1f} GF/s a core\n",
             benchmark.has_modes ? options.mode + ", " : "", level, num_threads(), options.rounds,
             peak);
  fmt::print("{:>24} {:>11} {:>11}{}\n", "case",
             benchmark.in_nanoseconds ? "median, ns" : "median, ms", "min",
             options.peer.empty() ? "" : "  ...  ratio: the peer's best time / ours; its medians");
  Json all{{"program", benchmark.name},
           {"level", level},
           {"threads", num_threads()},
           {"fma_peak", peak}};
  if (benchmark.has_modes) all["mode"] = options.mode;
  double logs = 0;
  int compared = 0;
  for (const Row& row : rows) {
    all["cases"].push_back(print_row(row, benchmark, peak));
    if (row.peer.empty()) continue;
    logs += std::log(best_of(row.peer).median / row.ours.median);
    ++compared;
  }
  if (compared > 0) {
    all["geomean"] = std::exp(logs / compared);
    fmt::print("geometric mean of the ratios: {:.2f}\n", std::exp(logs / compared));
  }
  return all;
}

void run(const Benchmark& benchmark, const Options& options) {
  if (options.threads != 0) set_num_threads(options.threads);
  Cases cases;
  std::vector<Row> rows;
  for (const std::string& name : options.cases) {
    cases.push_back(benchmark.make(name, options.mode));
    rows.push_back({name, cases.back().get()});
  }
  if (benchmark.before_all) benchmark.before_all(cases);
  double peak = 0;
  for (int round = 0; round < options.rounds; ++round) {
    peak = std::max(peak, fma_peak());
    for (Row& row : rows) keep_best(row.ours, time_calls(row.of->ready()));
    if (!options.peer.empty()) run_peers(benchmark, options, rows, round == 0);
  }
  const Json result = report(benchmark, options, rows, peak);
  if (!options.json.empty()) std::ofstream(options.json) << result << '\n';
}

}  // namespace

int run_benchmark(const Benchmark& benchmark, int argc, char** argv) {
  Options options;
  options.cases = benchmark.cases;
  if (const auto status = parse_options(benchmark, argc, argv, options)) return *status;
  try {
    run(benchmark, options);
    return 0;
  } catch (const Unknown& e) {
    fmt::print(stderr, "{}\n", e.text);
    return 2;
  } catch (const Differs& e) {
    fmt::print(stderr, "results differ: {}\n", e.text);
    return 5;
  } catch (const std::exception& e) {
    fmt::print(stderr, "error: {}\n", e.what());
    return 1;
  }
}

}  // namespace carousel::bench
