#include "peer.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include <unistd.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace carousel::bench {

std::vector<PeerSetting> torch_settings() {
  return {
      {"onednn", "OMP_WAIT_POLICY=PASSIVE", "--onednn 1"},
      {"onednn active", "OMP_WAIT_POLICY=ACTIVE", "--onednn 1"},
      {"native", "OMP_WAIT_POLICY=PASSIVE", "--onednn 0"},
  };
}

Time best_of(const PeerTimes& times) {
  Time best;
  for (const auto& [setting, time] : times) keep_best(best, time);
  return best;
}

ResultFolder::ResultFolder()
    : path_(std::filesystem::temp_directory_path() /
            fmt::format("carousel-bench-{}", static_cast<long>(getpid()))) {
  std::filesystem::create_directories(path_);
}

ResultFolder::~ResultFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void ResultFolder::compare(const std::string& name,
                           const std::vector<std::vector<float>>& results) const {
  std::ifstream file(path_ + "/" + name + ".f32", std::ios::binary);
  for (std::size_t k = 0; k < results.size(); ++k) {
    const std::vector<float>& mine = results[k];
    std::vector<float> theirs(mine.size());
    file.read(reinterpret_cast<char*>(theirs.data()),
              static_cast<std::streamsize>(theirs.size() * sizeof(float)));
    if (!file) throw Differs{name + ": the peer's results are shorter than ours"};
    double error = 0, largest = 1e-30;
    bool same_nan = true;
    for (std::size_t i = 0; i < mine.size(); ++i) {
      same_nan = same_nan && std::isnan(mine[i]) == std::isnan(theirs[i]);
      error = std::max<double>(error, std::abs(mine[i] - theirs[i]));
      largest = std::max<double>(largest, std::abs(theirs[i]));
    }
    if (!same_nan || error > 1e-4 * largest)
      throw Differs{fmt::format("{}, result {}: off by {:.2g}, the largest element is {:.2g}", name,
                                k, error, largest)};
  }
}

namespace {

std::string quoted(const std::string& text) {
  std::string out = "'";
  for (char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

// The Python of the peer's environment, as ./dev bench --peer has set it up.
std::string peer_python() {
  const char* python = std::getenv("CAROUSEL_PEER_PYTHON");
  if (!python) throw std::runtime_error("CAROUSEL_PEER_PYTHON is not set: use ./dev bench --peer");
  return python;
}

}  // namespace

std::map<std::string, Time> run_peer(const std::string& peer, const std::string& script,
                                     const PeerSetting& setting, const std::string& arguments) {
  const std::string command =
      fmt::format("{} {} {}/{}_{}.py {} {}", setting.environment, quoted(peer_python()),
                  quoted(CAROUSEL_PEER_SCRIPTS), script, peer, setting.arguments, arguments);
  std::FILE* pipe = popen(command.c_str(), "r");
  if (!pipe) throw std::runtime_error("cannot run " + command);
  std::map<std::string, Time> times;
  char line[512];
  while (std::fgets(line, sizeof line, pipe)) {
    const auto result = nlohmann::json::parse(line);
    times[result.at("case")] = {result.at("median"), result.at("min")};
  }
  if (pclose(pipe) != 0) throw std::runtime_error("peer failed: " + command);
  return times;
}

}  // namespace carousel::bench
