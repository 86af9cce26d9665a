// Matrix products against the peak of fused multiply-adds, and beside PyTorch.
//
// Cases: N (a square product) or mMnNkK, each with any of -ta, -tb (transposed operand), -f64.
#include <algorithm>
#include <cstdint>
#include <fstream>
#include <regex>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <carousel/backends/cpu/gemm.h>
#include <carousel/tensor/threads.h>

#include "peer.h"
#include "roofs.h"

namespace {

using namespace carousel::bench;
using std::int64_t;

struct Case {
  std::string name;
  int64_t m, n, k;
  bool a_transposed, b_transposed, f64;
};

struct Options {
  std::vector<std::string> cases{"256",          "512",          "1024",
                                 "1024-ta",      "1024-tb",      "1024-f64",
                                 "m16n1024k256", "m64n2048k512", "m1n1024k1024"};
  std::string peer, json;
  int threads = 0, rounds = 3;
};

struct Row {
  Case c;
  PeerTime ours;
  PeerTimes peer;
};

Case parse(const std::string& name) {
  static const std::regex grammar("(?:(\\d+)|m(\\d+)n(\\d+)k(\\d+))(-ta)?(-tb)?(-f64)?");
  std::smatch found;
  if (!std::regex_match(name, found, grammar))
    throw Unknown{"unknown case '" + name + "': expected N or mMnNkK[-ta][-tb][-f64]"};
  const auto number = [&](int group) {
    return static_cast<int64_t>(std::stoll(found[found[1].matched ? 1 : group]));
  };
  return {
      name, number(2), number(3), number(4), found[5].matched, found[6].matched, found[7].matched};
}

template <class T>
std::vector<T> numbers(int64_t count) {
  std::vector<T> v(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < v.size(); ++i) v[i] = static_cast<T>(i * 37 % 101) / 50 - 1;
  return v;
}

// A product's operands, and what it gives.
template <class T>
struct Product {
  explicit Product(const Case& c)
      : a(numbers<T>(c.m * c.k)), b(numbers<T>(c.k * c.n)), out(c.m * c.n) {
    args = {c.m,
            c.n,
            c.k,
            a.data(),
            c.a_transposed ? 1 : c.k,
            c.a_transposed ? c.m : 1,
            b.data(),
            c.b_transposed ? 1 : c.n,
            c.b_transposed ? c.k : 1,
            out.data(),
            c.n};
  }
  std::vector<T> a, b, out;
  carousel::cpu::GemmArgs<T> args;
};

double flops_of(const Case& c) { return 2.0 * static_cast<double>(c.m * c.n * c.k); }

template <class T>
PeerTime time_case(const Case& c) {
  const Product<T> product(c);
  const int calls = static_cast<int>(std::max(1.0, 2e7 / flops_of(c)));
  std::vector<double> times;
  const double begin = now();
  while (times.size() < 7 || now() - begin < 0.3) {
    const double start = now();
    for (int i = 0; i < calls; ++i) carousel::cpu::gemm(product.args);
    times.push_back((now() - start) / calls);
  }
  std::sort(times.begin(), times.end());
  return {times[times.size() / 2], times.front()};
}

template <class T>
void compare(const Case& c, const ResultFolder& folder) {
  const Product<T> product(c);
  carousel::cpu::gemm(product.args);
  std::ifstream file(folder.path / (c.name + ".f64"), std::ios::binary);
  compare_next(file, std::vector<double>(product.out.begin(), product.out.end()), c.name);
}

void run_peers(const Options& options, std::vector<Row>& rows, int round) {
  const ResultFolder folder;
  std::string cases;
  for (const Row& row : rows) cases += (cases.empty() ? "" : ",") + row.c.name;
  for (const PeerSetting& setting : torch_settings()) {
    const auto times = run_peer(options.peer, "gemm", setting,
                                fmt::format("--cases {} --threads {} --out {}", cases,
                                            carousel::num_threads(), quoted(folder.path.string())));
    for (Row& row : rows) {
      keep_best(row.peer[setting.name], times.at(row.c.name));
      if (round > 0) continue;
      row.c.f64 ? compare<double>(row.c, folder) : compare<float>(row.c, folder);
    }
  }
}

nlohmann::json report(const std::vector<Row>& rows, double peak) {
  nlohmann::json results = nlohmann::json::array();
  fmt::print("{:>18} {:>10} {:>10} {:>8} {:>7}\n", "case", "median ms", "min ms", "GF/s", "% peak");
  for (const Row& row : rows) {
    const double rate = flops_of(row.c) / row.ours.median * 1e-9;
    const double share = 100 * rate / (peak * carousel::num_threads() / (row.c.f64 ? 2 : 1));
    fmt::print("{:>18} {:>10.4f} {:>10.4f} {:>8.1f} {:>7.1f}", row.c.name, row.ours.median * 1e3,
               row.ours.min * 1e3, rate, share);
    nlohmann::json result{{"case", row.c.name},
                          {"ms", row.ours.median * 1e3},
                          {"min_ms", row.ours.min * 1e3},
                          {"gflops", rate},
                          {"peak", share}};
    if (!row.peer.empty()) {
      result["ratio"] = best_median(row.peer) / row.ours.median;
      fmt::print("  ratio {:.2f}", best_median(row.peer) / row.ours.median);
      for (const auto& [setting, time] : row.peer)
        fmt::print(" {} {:.3f}", setting, time.median * 1e3);
    }
    fmt::print("\n");
    results.push_back(result);
  }
  return results;
}

void run(const Options& options) {
  std::vector<Row> rows;
  for (const auto& name : options.cases) rows.push_back({parse(name), {}, {}});
  if (!options.peer.empty() && options.peer != "torch")
    throw Unknown{"unknown peer '" + options.peer + "': expected torch"};
  if (options.threads != 0) carousel::set_num_threads(options.threads);
  double peak = 0;
  for (int round = 0; round < options.rounds; ++round) {
    peak = std::max(peak, fma_peak());
    for (Row& row : rows)
      keep_best(row.ours, row.c.f64 ? time_case<double>(row.c) : time_case<float>(row.c));
    if (!options.peer.empty()) run_peers(options, rows, round);
  }
  const char* level = to_string(carousel::cpu::simd_level());
  fmt::print(
      "{}, {} thread(s), best median of {} rounds; peak of multiply-adds {:.1f} GF/s a core\n",
      level, carousel::num_threads(), options.rounds, peak);
  const auto results = report(rows, peak);
  if (options.json.empty()) return;
  std::ofstream(options.json) << nlohmann::json{{"program", "gemm"},
                                                {"level", level},
                                                {"threads", carousel::num_threads()},
                                                {"fma_peak", peak},
                                                {"cases", results}}
                              << '\n';
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Matrix products against the peak of fused multiply-adds, and beside PyTorch"};
  Options options;
  app.add_option("--cases", options.cases, "N or mMnNkK, with -ta, -tb, -f64")->delimiter(',');
  app.add_option("--threads", options.threads, "threads (default: all)");
  app.add_option("--peer", options.peer, "torch: time it in the same run");
  app.add_option("--rounds", options.rounds, "alternations of ours and the peer's runs");
  app.add_option("--json", options.json, "write the figures to this file");
  return exit_status(app, argc, argv, [&] { run(options); });
}
