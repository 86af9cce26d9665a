// Runs a peer's script in a process of its own, reads what it measured, compares what it computed.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include <unistd.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "program.h"

namespace carousel::bench {

struct PeerTime {
  double median = 1e30, min = 1e30;  // seconds
};

inline void keep_best(PeerTime& best, const PeerTime& time) {
  best = {std::min(best.median, time.median), std::min(best.min, time.min)};
}

// Best times by setting of the peer.
using PeerTimes = std::map<std::string, PeerTime>;

inline double best_median(const PeerTimes& times) {
  double best = 1e30;
  for (const auto& [setting, time] : times) best = std::min(best, time.median);
  return best;
}

// A folder for a peer's results, while it lives.
struct ResultFolder {
  ResultFolder()
      : path(std::filesystem::temp_directory_path() /
             fmt::format("carousel-bench-{}", static_cast<long>(getpid()))) {
    std::filesystem::create_directories(path);
  }
  ~ResultFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::filesystem::path path;
};

// Reads as many numbers as `mine` has from the peer's file. Differs if one is further off than 1e-4
// of the largest of the tensor.
template <class T>
void compare_next(std::ifstream& file, const std::vector<T>& mine, const std::string& name) {
  std::vector<T> theirs(mine.size());
  file.read(reinterpret_cast<char*>(theirs.data()),
            static_cast<std::streamsize>(theirs.size() * sizeof(T)));
  if (!file) throw Differs{name + ": the peer's results are shorter than ours"};
  double error = 0, largest = 1e-30;
  bool same_nan = true;
  for (std::size_t i = 0; i < mine.size(); ++i) {
    same_nan = same_nan && std::isnan(mine[i]) == std::isnan(theirs[i]);
    error = std::max<double>(error, std::abs(mine[i] - theirs[i]));
    largest = std::max<double>(largest, std::abs(theirs[i]));
  }
  if (!same_nan || error > 1e-4 * largest)
    throw Differs{
        fmt::format("{}: off by {:.2g}, the largest element is {:.2g}", name, error, largest)};
}

// A way to run a peer: what is printed, its environment, its arguments.
struct PeerSetting {
  std::string name, environment, arguments;
};

inline const std::vector<PeerSetting>& torch_settings() {
  static const std::vector<PeerSetting> settings{
      {"onednn", "OMP_WAIT_POLICY=PASSIVE", "--onednn 1"},
      {"onednn active", "OMP_WAIT_POLICY=ACTIVE", "--onednn 1"},
      {"native", "OMP_WAIT_POLICY=PASSIVE", "--onednn 0"},
  };
  return settings;
}

inline std::string quoted(const std::string& text) {
  std::string out = "'";
  for (char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

// The Python of the peer's environment, as ./dev bench --peer has set it up.
inline std::string peer_python() {
  const char* python = std::getenv("CAROUSEL_PEER_PYTHON");
  if (!python) throw std::runtime_error("CAROUSEL_PEER_PYTHON is not set: use ./dev bench --peer");
  return python;
}

// Times by case. std::runtime_error with the command if the script fails.
inline PeerTimes run_peer(const std::string& peer, const std::string& script,
                          const PeerSetting& setting, const std::string& arguments) {
  const std::string command =
      fmt::format("{} {} {}/{}_{}.py {} {}", setting.environment, quoted(peer_python()),
                  quoted(CAROUSEL_PEER_SCRIPTS), script, peer, setting.arguments, arguments);
  std::FILE* pipe = popen(command.c_str(), "r");
  if (!pipe) throw std::runtime_error("cannot run " + command);
  PeerTimes times;
  char line[512];
  while (std::fgets(line, sizeof line, pipe)) {
    const auto result = nlohmann::json::parse(line);
    times[result.at("case")] = {result.at("median"), result.at("min")};
  }
  if (pclose(pipe) != 0) throw std::runtime_error("peer failed: " + command);
  return times;
}

}  // namespace carousel::bench
