// The command line of a benchmark.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace carousel::bench {

struct Benchmark;

struct Options {
  std::vector<std::string> cases;
  std::string mode = "train", peer, json;
  int threads = 0, rounds = 3;  // 0 threads: as the library decides
};

// What the program ends with, if it ends here: 0 after --help, 2 for a wrong command line.
std::optional<int> parse_options(const Benchmark& benchmark, int argc, char** argv,
                                 Options& options);

}  // namespace carousel::bench
