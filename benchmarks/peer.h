// Runs a peer's script in a process of its own and reads what it measured.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace carousel::bench {

struct PeerTime {
  double median, min;  // seconds
};

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

// Times of each case. std::runtime_error with the command if the script fails.
inline std::map<std::string, PeerTime> run_peer(const std::string& peer, const std::string& script,
                                                const PeerSetting& setting,
                                                const std::string& arguments) {
  const std::string command =
      fmt::format("{} {} {}/{}_{}.py {} {}", setting.environment, quoted(peer_python()),
                  quoted(CAROUSEL_PEER_SCRIPTS), script, peer, setting.arguments, arguments);
  std::FILE* pipe = popen(command.c_str(), "r");
  if (!pipe) throw std::runtime_error("cannot run " + command);
  std::map<std::string, PeerTime> times;
  char line[512];
  while (std::fgets(line, sizeof line, pipe)) {
    const auto result = nlohmann::json::parse(line);
    times[result.at("case")] = {result.at("median"), result.at("min")};
  }
  if (pclose(pipe) != 0) throw std::runtime_error("peer failed: " + command);
  return times;
}

}  // namespace carousel::bench
