// What fit() prints.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>

#include <carousel/nn/train/logs.h>

namespace carousel::nn::detail {

// A bar that is redrawn on a terminal; elsewhere, or for verbose 2, a line an epoch. verbose 0
// prints nothing.
class Progress {
 public:
  Progress(int verbose, std::FILE* out);

  void begin_epoch(std::int64_t epoch, std::int64_t epochs, std::int64_t batches);
  void batch(std::int64_t done, const Logs& logs);
  void end_epoch(const Logs& logs);

 private:
  using Clock = std::chrono::steady_clock;
  void draw(std::int64_t done, const Logs& logs, bool last);
  double seconds() const;

  enum class Style { silent, lines, bar } style_;
  std::FILE* out_;
  std::int64_t epoch_ = 0, epochs_ = 0, batches_ = 0;
  Clock::time_point start_, drawn_;
};

}  // namespace carousel::nn::detail
