#include "options.h"

#include <regex>

#include <CLI/CLI.hpp>

#include "benchmark.h"

namespace carousel::bench {

std::optional<int> parse_options(const Benchmark& benchmark, int argc, char** argv,
                                 Options& options) {
  CLI::App app{benchmark.summary};
  app.add_option("--cases", options.cases, benchmark.grammar)->delimiter(',');
  if (benchmark.has_modes)
    app.add_option("--mode", options.mode, "train (default): forward and backward; infer")
        ->check(CLI::IsMember({"train", "infer"}));
  app.add_option("--threads", options.threads, "threads (default: all)")
      ->check(CLI::Range(1, 1024));
  app.add_option("--peer", options.peer, "time it in the same run")
      ->check(CLI::IsMember({"torch"}));
  app.add_option("--rounds", options.rounds, "alternations of ours and the peer's runs")
      ->check(CLI::Range(1, 1000));
  app.add_option("--json", options.json, "write the figures to this file");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  return {};
}

std::vector<std::string> match(const char* expression, const std::string& name) {
  std::smatch found;
  if (!std::regex_match(name, found, std::regex(expression))) return {};
  return {found.begin() + 1, found.end()};
}

}  // namespace carousel::bench
