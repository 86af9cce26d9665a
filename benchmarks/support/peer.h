// Runs a peer's script in a process of its own, reads what it measured, compares what it computed.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "timing.h"

namespace carousel::bench {

// Results that differ; the program ends with 5.
struct Differs {
  std::string text;
};

// A way to run a peer: what is printed, its environment, its arguments.
struct PeerSetting {
  std::string name, environment, arguments;
};

// oneDNN with threads that sleep or spin between operations, and PyTorch's own kernels.
std::vector<PeerSetting> torch_settings();

// Best times by setting of the peer.
using PeerTimes = std::map<std::string, Time>;

// Of the settings, the best median and the best minimum.
Time best_of(const PeerTimes& times);

// A folder for a peer's results, while it lives.
class ResultFolder {
 public:
  ResultFolder();
  ~ResultFolder();
  ResultFolder(const ResultFolder&) = delete;
  const std::string& path() const { return path_; }
  // CASE.f32 in it holds the results of a case, one after another. Throws Differs if a number is
  // further off than 1e-4 of the largest of its tensor, or NaN in one of them.
  void compare(const std::string& name, const std::vector<std::vector<float>>& results) const;

 private:
  std::string path_;
};

// Times by case. std::runtime_error with the command if the script fails.
std::map<std::string, Time> run_peer(const std::string& peer, const std::string& script,
                                     const PeerSetting& setting, const std::string& arguments);

}  // namespace carousel::bench
