// Single operations: what one on a tiny tensor costs, and how fast large ones run.
//
// Cases: NAME-COUNT, COUNT with an optional k or m (thousand, million): add-4, tanh-1m. The
// operands of add_row, sum0, sum1, max1, softmax and transpose are matrices, as near to square as
// COUNT allows. "recorded": with an input that wants a gradient; the node it leaves is freed within
// the time.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <regex>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <carousel/autograd/grad_mode.h>
#include <carousel/autograd/ops.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/threads.h>

#include "peer.h"
#include "roofs.h"

namespace {

using namespace carousel;
using bench::PeerTime;
using std::int64_t;

struct Inputs {
  Tensor a, b, matrix, row;  // a and b: (count,); matrix: the same numbers, square
};

struct Operation {
  std::string name;
  double bytes;  // read and written, an element of the largest operand
  std::function<Tensor(const Inputs&)> call;
};

const std::vector<Operation>& operations() {
  static const std::vector<Operation> all{
      {"add", 12, [](const Inputs& x) { return x.a + x.b; }},
      {"mul", 12, [](const Inputs& x) { return x.a * x.b; }},
      {"add_scalar", 8, [](const Inputs& x) { return x.a + 0.5; }},
      {"add_row", 8, [](const Inputs& x) { return x.matrix + x.row; }},
      {"relu", 8, [](const Inputs& x) { return relu(x.a); }},
      {"exp", 8, [](const Inputs& x) { return exp(x.a); }},
      {"tanh", 8, [](const Inputs& x) { return tanh(x.a); }},
      {"sigmoid", 8, [](const Inputs& x) { return sigmoid(x.a); }},
      {"gelu", 8, [](const Inputs& x) { return gelu(x.a); }},
      {"sum", 4, [](const Inputs& x) { return x.a.sum(); }},
      {"sum0", 4, [](const Inputs& x) { return x.matrix.sum(0); }},
      {"sum1", 4, [](const Inputs& x) { return x.matrix.sum(1); }},
      {"max1", 4, [](const Inputs& x) { return x.matrix.max(1); }},
      {"softmax", 8, [](const Inputs& x) { return softmax(x.matrix); }},
      {"clone", 8, [](const Inputs& x) { return x.a.clone(); }},
      {"transpose", 8, [](const Inputs& x) { return x.matrix.t().contiguous(); }},
  };
  return all;
}

struct Case {
  std::string name;
  const Operation* operation;
  int64_t count;
};

Case parse(const std::string& name) {
  static const std::regex grammar("([a-z_0-9]+)-(\\d{1,9})([km]?)");
  std::smatch found;
  if (!std::regex_match(name, found, grammar))
    throw bench::Unknown{
        fmt::format("unknown case '{}': expected NAME-COUNT, like add-4 or tanh-1m", name)};
  for (const Operation& operation : operations())
    if (operation.name == found[1]) {
      const int64_t unit = found[3] == "m" ? 1000000 : found[3] == "k" ? 1000 : 1;
      return {name, &operation, std::max<int64_t>(1, std::stoll(found[2])) * unit};
    }
  std::string known;
  for (const Operation& operation : operations()) known += " " + operation.name;
  throw bench::Unknown{
      fmt::format("unknown operation '{}': expected one of{}", found[1].str(), known)};
}

// The largest divisor of count that is at most its root.
int64_t rows_of(int64_t count) {
  int64_t rows = static_cast<int64_t>(std::sqrt(static_cast<double>(count)));
  while (count % rows != 0) --rows;
  return rows;
}

Inputs make_inputs(int64_t count, bool requires_grad) {
  const int64_t rows = rows_of(count), cols = count / rows;
  std::vector<float> a, b;
  for (int64_t i = 0; i < count; ++i) {
    a.push_back(static_cast<float>(i * 37 % 101) / 50 - 1);
    b.push_back(static_cast<float>(i * 53 % 97) / 50 + 0.25f);
  }
  const auto tensor = [&](const std::vector<float>& values, const Shape& shape) {
    return from_vector(values, shape, {.requires_grad = requires_grad});
  };
  return {tensor(a, {count}), tensor(b, {count}), tensor(a, {rows, cols}),
          tensor(std::vector<float>(b.begin(), b.begin() + cols), {cols})};
}

// Seconds a call: the median and the best of 15 rounds of about 5 ms.
PeerTime time_case(const Case& c, bool recorded) {
  const Inputs inputs = make_inputs(c.count, recorded);
  const GradMode mode(recorded);
  const auto calls_take = [&](int64_t calls) {
    const double begin = bench::now();
    for (int64_t i = 0; i < calls; ++i) c.operation->call(inputs);
    return bench::now() - begin;
  };
  int64_t calls = 1;
  while (calls_take(calls) < 5e-3) calls *= 2;
  std::vector<double> rounds;
  for (int i = 0; i < 15; ++i) rounds.push_back(calls_take(calls) / static_cast<double>(calls));
  std::sort(rounds.begin(), rounds.end());
  return {rounds[7], rounds[0]};
}

// The fastest of the peer's settings, a case.
std::map<std::string, PeerTime> time_peer(const std::string& peer, const std::vector<Case>& cases) {
  std::string names;
  for (const Case& c : cases) names += (names.empty() ? "" : ",") + c.name;
  std::map<std::string, PeerTime> best;
  for (const auto& setting : bench::torch_settings()) {
    if (setting.name == "native") continue;  // oneDNN has no part in these
    const auto times = bench::run_peer(
        peer, "ops", setting, fmt::format("--threads {} --cases {}", num_threads(), names));
    for (const auto& [name, time] : times) {
      const auto [at, fresh] = best.try_emplace(name, time);
      if (!fresh && time.median < at->second.median) at->second = time;
    }
  }
  return best;
}

void run(const std::vector<Case>& cases, const std::string& peer, const std::string& json_file) {
  const char* level = to_string(cpu::simd_level());
  fmt::print("{}, {} thread(s)\n{:>18} {:>12} {:>12} {:>8}{}\n", level, num_threads(), "case", "ns",
             "recorded, ns", "GB/s",
             peer.empty() ? "" : fmt::format("{:>13} {:>7}", peer + ", ns", "ratio"));
  std::map<std::string, PeerTime> peers;
  if (!peer.empty()) peers = time_peer(peer, cases);
  nlohmann::json results = nlohmann::json::array();
  double logs = 0;
  for (const Case& c : cases) {
    const PeerTime time = time_case(c, false), recorded = time_case(c, true);
    const double rate = c.operation->bytes * static_cast<double>(c.count) / time.median * 1e-9;
    fmt::print("{:>18} {:>12.1f} {:>12.1f} {:>8.2f}", c.name, time.median * 1e9,
               recorded.median * 1e9, rate);
    results.push_back({{"case", c.name},
                       {"ns", time.median * 1e9},
                       {"recorded_ns", recorded.median * 1e9},
                       {"gb_per_s", rate}});
    if (!peer.empty()) {
      const double theirs = peers.at(c.name).median, ratio = theirs / time.median;
      logs += std::log(ratio);
      fmt::print("{:>13.1f} {:>7.2f}", theirs * 1e9, ratio);
      results.back().update({{"peer_ns", theirs * 1e9}, {"ratio", ratio}});
    }
    fmt::print("\n");
  }
  const double geomean = std::exp(logs / static_cast<double>(cases.size()));
  if (!peer.empty()) fmt::print("{:>18} {:>55.2f}\n", "geomean", geomean);
  if (json_file.empty()) return;
  nlohmann::json report{
      {"program", "ops"}, {"level", level}, {"threads", num_threads()}, {"cases", results}};
  if (!peer.empty()) report["geomean"] = geomean;
  std::ofstream(json_file) << report << '\n';
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"What single operations cost"};
  std::vector<std::string> names{
      "add-4",   "add_scalar-4", "tanh-4",     "sum-4",      "softmax-4",   "add-1m", "add_row-1m",
      "relu-1m", "exp-1m",       "tanh-1m",    "sigmoid-1m", "gelu-1m",     "sum-1m", "sum0-1m",
      "sum1-1m", "max1-1m",      "softmax-1m", "clone-1m",   "transpose-1m"};
  int threads = 0;
  std::string json_file, peer;
  app.add_option("--cases", names, "NAME-COUNT, like add-4 or tanh-1m")->delimiter(',');
  app.add_option("--threads", threads, "threads (default: all)");
  app.add_option("--peer", peer, "time this beside it")->check(CLI::IsMember({"torch"}));
  app.add_option("--json", json_file, "write the figures to this file");
  return bench::exit_status(app, argc, argv, [&] {
    if (threads != 0) set_num_threads(threads);
    std::vector<Case> cases;
    for (const auto& name : names) cases.push_back(parse(name));
    run(cases, peer, json_file);
  });
}
