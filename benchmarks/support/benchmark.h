// A benchmark: cases that are timed in rounds, and beside a peer whose results must agree.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "peer.h"
#include "timing.h"

namespace carousel::bench {

// A command line that asks for what is not there; the program ends with 2.
struct Unknown {
  std::string text;
};

// Runs as many times as it is told.
using Calls = std::function<void(std::int64_t count)>;

template <class F>
Calls repeated(F call) {
  return [call = std::move(call)](std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) call();
  };
}

class Case {
 public:
  virtual ~Case() = default;
  // Makes the operands; the calls are what is timed.
  virtual Calls ready() = 0;
  // What a call computes, in the order in which the peer's script writes it.
  virtual std::vector<std::vector<float>> results() = 0;
  // Of a call, multiply-adds counted as two; 0 leaves out the columns that compare with the peak.
  virtual double flops() const { return 0; }
  virtual bool is_f64() const { return false; }
  virtual bool peer_has_it() const { return true; }
  // Further columns by name, asked for after the last round.
  virtual std::vector<std::pair<std::string, double>> figures(const Time&) { return {}; }
};

using Cases = std::vector<std::unique_ptr<Case>>;

struct Benchmark {
  std::string name;                // peers/NAME_PEER.py is the peer's script
  std::string summary, grammar;    // for --help; the grammar says how cases are named
  std::vector<std::string> cases;  // unless told otherwise
  // Throws Unknown. The mode is train or infer, for benchmarks that have modes.
  std::function<std::unique_ptr<Case>(const std::string& name, const std::string& mode)> make;
  bool has_modes = false;
  bool in_nanoseconds = false;  // else in milliseconds
  std::vector<PeerSetting> settings = torch_settings();
  std::function<void(Cases&)> before_all = {};
};

// main() of a benchmark. Returns 0, 1 after an error, 2 for a wrong command line, 5 where the
// peer's results differ.
int run_benchmark(const Benchmark& benchmark, int argc, char** argv);

// The groups of a regular expression that matches all of the name, empty for a group without
// a part in it; none at all where the name doesn't match.
std::vector<std::string> match(const char* expression, const std::string& name);

}  // namespace carousel::bench
