#include <support/program.h>

#include <carousel/tensor/error.h>
#include <carousel/tensor/threads.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace carousel::examples {
namespace {

// Files are safe at any time: a checkpoint has its name only once it is whole.
extern "C" void end_interrupted(int) {
  constexpr std::string_view text = "\ninterrupted\n";
  [[maybe_unused]] const auto written = write(STDERR_FILENO, text.data(), text.size());
  _exit(kInterrupted);
}

std::string device_problem(const std::string& text) {
  try {
    const Device device(text);
    return device.kind == DeviceKind::meta ? "a meta tensor has no data" : "";
  } catch (const Error& e) {
    return e.what();
  }
}

void write_report(const std::string& path, const nlohmann::ordered_json& report) {
  std::ofstream file(path, std::ios::binary);
  file << report.dump() << '\n';
  file.close();
  if (!file) throw IoError("json", fmt::format("can't write {}", path));
}

}  // namespace

Program::Program(std::string name, const std::string& summary, DefaultEpochs epochs)
    : name_(std::move(name)),
      app_(std::make_unique<CLI::App>(summary, name_)),
      default_epochs_(epochs) {
  app_->add_option("--seed", flags_.seed, "of the initial weights and the order of samples [0]")
      ->check(CLI::NonNegativeNumber);
  app_->add_option("--epochs", flags_.epochs,
                   epochs.full == 0 ? "without effect: nothing is trained"
                                    : fmt::format("passes over the data at most [{}; --quick: {}]",
                                                  epochs.full, epochs.quick))
      ->check(CLI::Range(1, 1'000'000));
  app_->add_option("--threads", flags_.threads, "threads to use at most [all processors]")
      ->check(CLI::Range(1, 1024));
  app_->add_option("--device", device_, "cpu or opencl:N [cpu]")
      ->check(CLI::Validator(device_problem, "cpu|opencl:N"));
  app_->add_option("--out", flags_.out, "folder for the files that are written [.]");
  app_->add_flag("--quick", flags_.quick, "a shortened run");
  app_->add_flag("--quiet", flags_.quiet, "print nothing but errors");
  app_->add_option("--json", flags_.json, "write a report, one JSON object, to this file");
  app_->add_flag("--check", flags_.check, "exit status 3 if a promised number is missed");
}

Program::~Program() = default;

void Program::add_option(const std::string& name, std::string& value, const std::string& help) {
  app_->add_option(name, value, help);
}

void Program::add_option(const std::string& name, int& value, const std::string& help) {
  app_->add_option(name, value, help)->check(CLI::Range(0, 1'000'000));
}

void Program::describe_metric(const std::string& name, const std::string& meaning) {
  metric_help_.push_back(fmt::format("  {:<27} {}", name, meaning));
}

std::string Program::path(const std::string& name) const {
  return (std::filesystem::path(flags_.out) / name).string();
}

void Program::metric(const std::string& name, double value) {
  const auto at = std::find_if(metrics_.begin(), metrics_.end(),
                               [&](const auto& metric) { return metric.first == name; });
  at == metrics_.end() ? (void)metrics_.emplace_back(name, value) : (void)(at->second = value);
}

double Program::metric(const std::string& name) const {
  for (const auto& [known, value] : metrics_)
    if (known == name) return value;
  throw std::out_of_range(fmt::format("no metric '{}' was given", name));
}

void Program::promise(bool kept, const std::string& what) {
  const char* missed = flags_.quick ? "not yet, in a shortened run" : "missed";
  print("{}: {}\n", kept ? "kept" : missed, what);
  if (!kept) missed_.push_back(what);
}

// False if the program ends here, with `status`.
bool Program::parse(int argc, char** argv, int& status) {
  std::string footer = "Metrics of --json:\n";
  for (const std::string& line : metric_help_) footer += line + '\n';
  footer +=
      "Exit status: 0 done, 1 error, 2 wrong command line, 3 a promise missed (--check), "
      "130 interrupted.";
  app_->footer(footer);
  try {
    app_->parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    status = app_->exit(e) == 0 ? kDone : kWrongCommandLine;
    return false;
  }
  flags_.device = Device(device_);
  if (flags_.epochs == 0)
    flags_.epochs = flags_.quick ? default_epochs_.quick : default_epochs_.full;
  if (flags_.threads > 0)
    set_num_threads(flags_.threads);
  else
    num_threads();  // a bad CAROUSEL_NUM_THREADS is told at once
  return true;
}

int Program::run(int argc, char** argv, const std::function<void()>& body) {
  std::signal(SIGINT, end_interrupted);
  try {
    int status = kDone;
    if (!parse(argc, argv, status)) return status;
    std::filesystem::create_directories(flags_.out);
    if (!flags_.json.empty()) write_report(flags_.json, {});  // better now than after training
    const auto start = std::chrono::steady_clock::now();
    body();
    return finish(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  } catch (const std::exception& e) {
    std::fflush(stdout);
    fmt::print(stderr, "error: {}\n", e.what());
    return kError;
  }
}

int Program::finish(double seconds) {
  if (!files_.empty()) print("wrote {}\n", fmt::join(files_, ", "));
  nlohmann::ordered_json metrics = nlohmann::ordered_json::object();
  for (const auto& [name, value] : metrics_) metrics[name] = value;
  if (!flags_.json.empty())
    write_report(flags_.json, {{"program", name_},
                               {"seed", flags_.seed},
                               {"epochs", flags_.epochs},
                               {"seconds", seconds},
                               {"metrics", metrics},
                               {"files", files_}});
  if (!flags_.check || missed_.empty()) return kDone;
  for (const std::string& what : missed_) fmt::print(stderr, "missed: {}\n", what);
  return kPromiseMissed;
}

}  // namespace carousel::examples
