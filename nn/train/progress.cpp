#include <carousel/nn/train/progress.h>

#include <unistd.h>

#include <cmath>
#include <iterator>

#include <fmt/format.h>

namespace carousel::nn::detail {
namespace {

constexpr int kWidth = 20;

// As Keras: four decimals, or an exponent where they would say nothing.
void put_logs(fmt::memory_buffer& text, const Logs& logs) {
  for (const auto& [name, value] : logs.values) {
    const bool small = value != 0 && std::abs(value) < 1e-3;
    if (small)
      fmt::format_to(std::back_inserter(text), " - {}: {:.4e}", name, value);
    else
      fmt::format_to(std::back_inserter(text), " - {}: {:.4f}", name, value);
  }
}

void flush(const fmt::memory_buffer& text, std::FILE* out) {
  std::fwrite(text.data(), 1, text.size(), out);
  std::fflush(out);
}

}  // namespace

Progress::Progress(int verbose, std::FILE* out)
    : style_(verbose == 0                               ? Style::silent
             : verbose == 1 && isatty(fileno(out)) != 0 ? Style::bar
                                                        : Style::lines),
      out_(out) {}

double Progress::seconds() const {
  return std::chrono::duration<double>(Clock::now() - start_).count();
}

void Progress::begin_epoch(std::int64_t epoch, std::int64_t epochs, std::int64_t batches) {
  epoch_ = epoch, epochs_ = epochs, batches_ = batches;
  start_ = drawn_ = Clock::now();
  if (style_ != Style::bar) return;
  fmt::memory_buffer text;
  fmt::format_to(std::back_inserter(text), "Epoch {}/{}\n", epoch + 1, epochs);
  flush(text, out_);
}

void Progress::draw(std::int64_t done, const Logs& logs, bool last) {
  fmt::memory_buffer text;
  fmt::format_to(std::back_inserter(text), "\r{}/{} [", done, batches_);
  const auto filled = static_cast<int>(done * kWidth / std::max<std::int64_t>(batches_, 1));
  for (int i = 0; i < kWidth; ++i) text.push_back(i < filled ? '=' : '.');
  fmt::format_to(std::back_inserter(text), "] {:.1f}s", seconds());
  put_logs(text, logs);
  const char* end = last ? "\033[K\n" : "\033[K";
  text.append(end, end + (last ? 4 : 3));
  flush(text, out_);
}

void Progress::batch(std::int64_t done, const Logs& logs) {
  if (style_ != Style::bar) return;
  const auto now = Clock::now();
  if (now - drawn_ < std::chrono::milliseconds(50)) return;
  drawn_ = now;
  draw(done, logs, false);
}

void Progress::end_epoch(const Logs& logs) {
  if (style_ == Style::bar) return draw(batches_, logs, true);
  if (style_ == Style::silent) return;
  fmt::memory_buffer text;
  fmt::format_to(std::back_inserter(text), "Epoch {}/{} - {:.1f}s", epoch_ + 1, epochs_, seconds());
  put_logs(text, logs);
  text.push_back('\n');
  flush(text, out_);
}

}  // namespace carousel::nn::detail
