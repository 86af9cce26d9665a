// Matrix products against the peak of fused multiply-adds.
//
// Cases: N (a square product) or mMnNkK, each with any of -ta, -tb (transposed operand), -f64.
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <regex>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <carousel/backends/cpu/gemm.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/threads.h>

#include "roofs.h"

namespace {

using carousel::bench::best_seconds;
using carousel::bench::fma_peak;
using std::int64_t;

struct Case {
  std::string name;
  int64_t m, n, k;
  bool a_transposed, b_transposed, f64;
};

struct UnknownCase {
  std::string name;
};

Case parse(const std::string& name) {
  static const std::regex grammar("(?:(\\d+)|m(\\d+)n(\\d+)k(\\d+))(-ta)?(-tb)?(-f64)?");
  std::smatch found;
  if (!std::regex_match(name, found, grammar)) throw UnknownCase{name};
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

// Seconds of the fastest product.
template <class T>
double time_case(const Case& c) {
  const auto a = numbers<T>(c.m * c.k), b = numbers<T>(c.k * c.n);
  std::vector<T> out(static_cast<std::size_t>(c.m * c.n));
  const carousel::cpu::GemmArgs<T> args{c.m,
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
  const double flops = 2.0 * static_cast<double>(c.m * c.n * c.k);
  const int calls = static_cast<int>(std::max(1.0, 2e7 / flops));
  const int rounds = static_cast<int>(std::clamp(6e10 / (flops * calls), 5.0, 200.0));
  return best_seconds(rounds,
                      [&] {
                        for (int i = 0; i < calls; ++i) carousel::cpu::gemm(args);
                      }) /
         calls;
}

void run(const std::vector<Case>& cases, const std::string& json_file) {
  const double peak = fma_peak();
  const int threads = carousel::num_threads();
  const char* level = to_string(carousel::cpu::simd_level());
  fmt::print("{}, {} thread(s); peak of multiply-adds {:.1f} GF/s a core\n", level, threads, peak);
  fmt::print("{:>24} {:>10} {:>8} {:>7}\n", "case", "ms", "GF/s", "% peak");
  nlohmann::json results = nlohmann::json::array();
  for (const Case& c : cases) {
    const double seconds = c.f64 ? time_case<double>(c) : time_case<float>(c);
    const double rate = 2e-9 * static_cast<double>(c.m * c.n * c.k) / seconds;
    const double share = 100 * rate / (peak * threads / (c.f64 ? 2 : 1));
    fmt::print("{:>24} {:>10.4f} {:>8.1f} {:>7.1f}\n", c.name, seconds * 1e3, rate, share);
    results.push_back({{"case", c.name}, {"ms", seconds * 1e3}, {"gflops", rate}, {"peak", share}});
  }
  if (json_file.empty()) return;
  std::ofstream(json_file) << nlohmann::json{{"program", "gemm"},
                                             {"level", level},
                                             {"threads", threads},
                                             {"fma_peak", peak},
                                             {"cases", results}}
                           << '\n';
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Matrix products against the peak of fused multiply-adds"};
  std::vector<std::string> names{"256",          "512",          "1024",
                                 "1024-ta",      "1024-tb",      "1024-f64",
                                 "m16n1024k256", "m64n2048k512", "m1n1024k1024"};
  int threads = 0;
  std::string json_file;
  app.add_option("--cases", names, "N or mMnNkK, with -ta, -tb, -f64")->delimiter(',');
  app.add_option("--threads", threads, "threads (default: all)");
  app.add_option("--json", json_file, "write the figures to this file");
  try {
    app.parse(argc, argv);
    if (threads != 0) carousel::set_num_threads(threads);
    std::vector<Case> cases;
    for (const auto& name : names) cases.push_back(parse(name));
    run(cases, json_file);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  } catch (const UnknownCase& e) {
    fmt::print(stderr, "unknown case '{}': expected N or mMnNkK[-ta][-tb][-f64]\n", e.name);
    return 2;
  } catch (const carousel::Error& e) {
    fmt::print(stderr, "error: {}\n", e.what());
    return 1;
  }
}
