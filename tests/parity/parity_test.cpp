// Golden files of other frameworks, from the folder $CAROUSEL_PARITY: every case of every file must
// pass, or stand in missing.txt with a reason; and what stands there must not pass.
#include <fnmatch.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include <carousel/tensor/error.h>
#include <tests/parity/runner.h>
#include <tests/support/full.h>
#include <tests/support/skip.h>

using namespace carousel;
using namespace carousel::test;

namespace {

struct Outcome {
  std::string result;  // pass, fail, missing or quirk
  Difference difference;
  std::string why;
};

using Runner = Difference (*)(const GoldenCase&);
const std::map<std::string, Runner> kRunners{{"tensor_ops_torch.h5", run_tensor_op},
                                             {"lstm_keras.h5", run_recurrent_keras},
                                             {"gru_keras.h5", run_recurrent_keras},
                                             {"simple_rnn_keras.h5", run_recurrent_keras},
                                             {"bidirectional_keras.h5", run_bidirectional_keras},
                                             {"dense_misc_keras.h5", run_layer_keras},
                                             {"attention_keras.h5", run_layer_keras},
                                             {"conv_pool_keras.h5", run_layer_keras},
                                             {"normalization_keras.h5", run_layer_keras},
                                             {"optimizers_keras.h5", run_optimizer_keras},
                                             {"losses_keras.h5", run_loss_keras},
                                             {"metrics_keras.h5", run_metric_keras},
                                             {"losses_torch.h5", run_loss_torch},
                                             {"rnn_torch.h5", run_recurrent_torch},
                                             {"rnn_misc_keras.h5", run_stack_keras},
                                             {"optimizers_torch.h5", run_optimizer_torch},
                                             {"schedules_clipping_keras.h5", run_schedule_keras},
                                             {"schedules_clipping_torch.h5", run_schedule_torch}};

Outcome run(const std::string& file, const GoldenCase& golden) {
  const auto runner = kRunners.find(file);
  if (runner == kRunners.end()) return {"missing", {}, "no runner for " + file};
  try {
    const Difference difference = runner->second(golden);
    if (difference.error <= difference.tolerance) return {"pass", difference, ""};
    return {golden.config.contains("quirk") ? "quirk" : "fail", difference, difference.where};
  } catch (const NotThere& e) {
    return {"missing", {}, e.what()};
  } catch (const std::exception& e) {
    return {"fail", {INFINITY, 0, ""}, e.what()};
  }
}

// A number as JSON, which knows no infinity.
nlohmann::json as_json(double x) {
  return std::isfinite(x) ? nlohmann::json(x) : nlohmann::json(std::isnan(x) ? "nan" : "inf");
}

// Patterns of file/case and the reasons; # begins a comment.
std::map<std::string, std::string> read_missing() {
  std::ifstream in(std::string(CAROUSEL_SOURCE_DIR) + "/tests/parity/missing.txt");
  BOOST_TEST_REQUIRE(in.good());
  std::map<std::string, std::string> patterns;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    const std::size_t end = line.find(' ');
    BOOST_TEST_REQUIRE(end != std::string::npos, "no reason: " << line);
    patterns[line.substr(0, end)] = line.substr(end + 1);
  }
  return patterns;
}

std::string folder() {
  const char* given = std::getenv("CAROUSEL_PARITY");
  return given != nullptr ? given : std::string(CAROUSEL_SOURCE_DIR) + "/../shared/parity";
}

// All *.h5 of the folder, by name.
std::vector<std::filesystem::path> golden_files(const std::string& from) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(from))
    if (entry.path().extension() == ".h5") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

// What the run says, a JSON line a case, where asked for.
class Report {
 public:
  Report() {
    if (const char* path = std::getenv("CAROUSEL_PARITY_JSON")) {
      out_.open(path);
      BOOST_TEST_REQUIRE(out_.good(), "can't write " << path);
    }
  }
  void add(const std::string& file, const std::string& name, const Outcome& outcome) {
    ++counts_[outcome.result];
    if (!out_.is_open()) return;
    nlohmann::ordered_json line;
    line["file"] = file;
    line["case"] = name;
    line["result"] = outcome.result;
    if (outcome.result == "missing") {
      line["max_err"] = nullptr;
      line["tol"] = nullptr;
    } else {
      line["max_err"] = as_json(outcome.difference.error);
      line["tol"] = outcome.difference.tolerance;
    }
    line["why"] = outcome.why;
    out_ << line.dump() << '\n';
  }
  ~Report() {
    for (const auto& [result, count] : counts_)
      figure("golden files, cases with the result " + result, std::to_string(count), "");
  }

 private:
  std::ofstream out_;
  std::map<std::string, int> counts_;
};

// The patterns that cover this case.
std::set<std::string> covering(const std::map<std::string, std::string>& missing,
                               const std::string& name) {
  std::set<std::string> found;
  for (const auto& [pattern, reason] : missing)
    if (fnmatch(pattern.c_str(), name.c_str(), 0) == 0) found.insert(pattern);
  return found;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(parity)

BOOST_AUTO_TEST_CASE(golden_files_agree) {
  if (!std::filesystem::is_directory(folder()) || golden_files(folder()).empty()) {
    skip("no golden files in " + folder());
    return;
  }
  const auto missing = read_missing();
  std::set<std::string> files, used;
  Report report;
  for (const auto& path : golden_files(folder())) {
    const std::string file = path.filename();
    files.insert(file);
    for (const GoldenCase& golden : read_golden(path)) {
      const Outcome outcome = run(file, golden);
      const std::string name = file + "/" + golden.name;
      report.add(file, golden.name, outcome);
      const auto listed = covering(missing, name);
      used.insert(listed.begin(), listed.end());
      if (outcome.result == "pass")
        BOOST_TEST(listed.empty(), name << " passes: take it out of missing.txt");
      else if (outcome.result != "quirk")
        BOOST_TEST(!listed.empty(), name << ": " << outcome.result << ": " << outcome.why
                                         << ", error " << outcome.difference.error);
    }
  }
  for (const auto& [pattern, reason] : missing)
    if (files.contains(pattern.substr(0, pattern.find('/'))))
      BOOST_TEST(used.contains(pattern), pattern << " in missing.txt fits no case");
}

BOOST_AUTO_TEST_SUITE_END()
