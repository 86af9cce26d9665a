// What every example has in common: its flags, exit status, report and output folder.
#pragma once

#include <carousel/tensor/device.h>
#include <fmt/format.h>

#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace CLI {
class App;
}

namespace carousel::examples {

enum ExitStatus {
  kDone = 0,
  kError = 1,
  kWrongCommandLine = 2,
  kPromiseMissed = 3,
  kInterrupted = 130
};

// The flags of every example.
struct Flags {
  std::uint64_t seed = 0;
  int epochs = 0;
  int threads = 0;  // 0: as the library decides
  Device device;
  std::string out = ".";
  bool quick = false;
  bool quiet = false;
  bool check = false;
  std::string json;
};

// Epochs that a program trains unless told otherwise, and with --quick; 0 if it trains none.
struct DefaultEpochs {
  int full = 0;
  int quick = 0;
};

// main() of an example:
//
//   Program program("counting", "Learns to count.", {.full = 600, .quick = 5});
//   program.describe_metric("loss", "mean squared error of the last epoch");
//   return program.run(argc, argv, [&] { ... });
class Program {
 public:
  Program(std::string name, const std::string& summary, DefaultEpochs epochs = {});
  ~Program();

  // Flags of the program's own: a text, a number of 0 or more; others by the parser itself.
  void add_option(const std::string& name, std::string& value, const std::string& help);
  void add_option(const std::string& name, int& value, const std::string& help);
  CLI::App& options() { return *app_; }
  // Metrics that the report will have, listed by --help.
  void describe_metric(const std::string& name, const std::string& meaning);

  // Parses, runs `body` and reports. Returns what main() returns: 1 for an exception, whose text
  // goes to stderr; 2 for a wrong command line; 3 with --check if a promise was missed. An
  // interrupt ends the program with 130.
  int run(int argc, char** argv, const std::function<void()>& body);

  const Flags& flags() const { return flags_; }
  // A file in the output folder.
  std::string path(const std::string& name) const;

  // To stdout, or nowhere with --quiet.
  template <class... Args>
  void print(fmt::format_string<Args...> text, Args&&... args) const {
    if (!flags_.quiet) fmt::print(stdout, text, std::forward<Args>(args)...);
  }

  void metric(const std::string& name, double value);
  // One that was given. std::out_of_range otherwise.
  double metric(const std::string& name) const;
  // A file that was written.
  void add_file(const std::string& file) { files_.push_back(file); }
  void set_epochs(int trained) { flags_.epochs = trained; }
  // Says whether a promised number was kept; --check turns a missed one into exit status 3.
  void promise(bool kept, const std::string& what);

 private:
  bool parse(int argc, char** argv, int& status);
  int finish(double seconds);

  std::string name_;
  std::unique_ptr<CLI::App> app_;
  DefaultEpochs default_epochs_;
  Flags flags_;
  std::string device_ = "cpu";
  std::vector<std::string> metric_help_, files_, missed_;
  std::vector<std::pair<std::string, double>> metrics_;
};

}  // namespace carousel::examples
