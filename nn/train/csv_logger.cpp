#include <carousel/nn/train/callbacks.h>
#include <carousel/tensor/error.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <system_error>

namespace carousel::nn {
namespace {

[[noreturn]] void throw_failed(const std::string& filename, const char* doing, int error) {
  throw IoError("CSVLogger", fmt::format("can't {} {}: {}", doing, filename,
                                         std::generic_category().message(error)));
}

}  // namespace

CSVLogger::CSVLogger(std::string filename, std::string separator, bool append)
    : filename_(std::move(filename)), separator_(std::move(separator)), append_(append) {}

void CSVLogger::on_train_begin(FitState&) {
  file_.reset(std::fopen(filename_.c_str(), append_ ? "a" : "w"));
  if (!file_) throw_failed(filename_, "open", errno);
  std::fseek(file_.get(), 0, SEEK_END);
  begun_ = std::ftell(file_.get()) > 0;
  names_.clear();
}

void CSVLogger::write_line(const FitState& fit, const Logs& logs, bool header) {
  fmt::memory_buffer line;
  if (header)
    fmt::format_to(std::back_inserter(line), "epoch");
  else
    fmt::format_to(std::back_inserter(line), "{}", fit.epoch);
  for (const std::string& name : names_) {
    if (header)
      fmt::format_to(std::back_inserter(line), "{}{}", separator_, name);
    else if (logs.has(name))
      fmt::format_to(std::back_inserter(line), "{}{}", separator_, logs[name]);
    else
      fmt::format_to(std::back_inserter(line), "{}NA", separator_);
  }
  line.push_back('\n');
  if (std::fwrite(line.data(), 1, line.size(), file_.get()) != line.size() ||
      std::fflush(file_.get()) != 0)
    throw_failed(filename_, "write", errno);
}

void CSVLogger::on_epoch_end(FitState& fit, Logs& logs) {
  if (names_.empty()) {
    for (const auto& each : logs.values) names_.push_back(each.first);
    std::sort(names_.begin(), names_.end());
    if (!begun_) write_line(fit, logs, true);
  }
  write_line(fit, logs, false);
}

void CSVLogger::on_train_end(FitState&) { file_.reset(); }

}  // namespace carousel::nn
