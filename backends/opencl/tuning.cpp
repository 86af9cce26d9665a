#include <carousel/backends/opencl/tuning.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>

#include <clblast.h>
#include <nlohmann/json.hpp>

namespace carousel::opencl {
namespace {

using Parameters = std::unordered_map<std::string, std::size_t>;

struct Tuned {
  double time;  // ms
  Parameters parameters;
};

// CLBlast's name of the kernels that a tuner's file is about; empty for those we don't use.
std::string kernel_name(const std::string& family) {
  if (family == "copy") return "Copy";
  if (family == "pad") return "Pad";
  if (family == "transpose") return "Transpose";
  if (family == "padtranspose") return "Padtranspose";
  if (family.starts_with("xgemm_direct_")) return "XgemmDirect";
  if (family.starts_with("xgemm_")) return "Xgemm";
  return {};
}

// "WGD=64 KWID=2 PRECISION=32"
Parameters parse_parameters(const std::string& text) {
  Parameters parameters;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t equals = text.find('=', at), end = std::min(text.find(' ', at), text.size());
    const std::string name = text.substr(at, equals - at);
    if (name != "PRECISION") parameters[name] = std::stoul(text.substr(equals + 1, end - equals));
    at = end + 1;
  }
  return parameters;
}

// The fastest of the files about one kernel and precision.
using Best = std::map<std::pair<std::string, int>, Tuned>;

void read_file(const std::filesystem::path& file, const DeviceInfo& device, Best& best) {
  const auto json = nlohmann::json::parse(std::ifstream(file));
  const std::string name = kernel_name(json.at("kernel_family").get<std::string>());
  if (name.empty() || !device.name.starts_with(json.at("device").get<std::string>() + " (")) return;
  const int precision = std::stoi(json.at("precision").get<std::string>());
  Tuned tuned{std::stod(json.at("best_time").get<std::string>()),
              parse_parameters(json.at("best_parameters").get<std::string>())};
  const auto [at, is_new] = best.try_emplace({name, precision}, tuned);
  if (!is_new && tuned.time < at->second.time) at->second = std::move(tuned);
}

}  // namespace

std::filesystem::path tuning_folder() {
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && *cache != '\0')
    return std::filesystem::path(cache) / "carousel/clblast";
  const char* home = std::getenv("HOME");
  if (home == nullptr) return {};
  return std::filesystem::path(home) / ".cache/carousel/clblast";
}

int apply_tuning(const DeviceInfo& device, const std::filesystem::path& folder) {
  Best best;
  std::error_code missing;
  for (const auto& entry : std::filesystem::directory_iterator(folder, missing)) {
    if (entry.path().extension() != ".json") continue;
    try {
      read_file(entry.path(), device, best);
    } catch (const std::exception&) {  // another program's file, or a broken one
    }
  }
  int tuned = 0;
  for (const auto& [kernel, found] : best)
    if (clblast::OverrideParameters(device.id, kernel.first,
                                    static_cast<clblast::Precision>(kernel.second),
                                    found.parameters) == clblast::StatusCode::kSuccess)
      ++tuned;
  return tuned;
}

}  // namespace carousel::opencl
