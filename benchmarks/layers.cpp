// Layers, forward and backward to input and parameters, and beside PyTorch.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "layer_cases.h"
#include "support/benchmark.h"

namespace {

using namespace carousel;
using namespace carousel::bench;

class Layer : public Case {
 public:
  explicit Layer(const std::string& name) {
    static const std::vector<LayerCase> known = layer_cases();
    const auto found = std::find_if(known.begin(), known.end(),
                                    [&](const LayerCase& c) { return name == c.name; });
    if (found == known.end()) {
      std::string list;
      for (const LayerCase& c : known) list += std::string(" ") + c.name;
      throw Unknown{"unknown case '" + name + "': expected one of" + list};
    }
    case_ = *found;
  }

  Calls ready() override {
    return repeated([run = std::make_shared<LayerRun>(case_.make())] { run->once(); });
  }
  std::vector<std::vector<float>> results() override {
    std::vector<Tensor> all = case_.make().once();
    if (case_.random)
      for (Tensor& x : all) x = x.max().reshape({1});
    return to_vectors(all);
  }

 private:
  LayerCase case_;
};

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const LayerCase& c : layer_cases()) all.push_back(c.name);
  return all;
}

// PyTorch's images have their channels first, or last where it does better so.
std::vector<PeerSetting> settings() {
  std::vector<PeerSetting> all = torch_settings();
  all.push_back({"channels last", "OMP_WAIT_POLICY=PASSIVE", "--onednn 1 --channels-last 1"});
  return all;
}

}  // namespace

int main(int argc, char** argv) {
  return run_benchmark({.name = "layers",
                        .summary = "Layers, forward and backward, and beside PyTorch",
                        .grammar = "names, like conv2d or lstm (default: all)",
                        .cases = names(),
                        .make = [](auto& name, auto&) { return std::make_unique<Layer>(name); },
                        .settings = settings()},
                       argc, argv);
}
