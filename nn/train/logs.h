// Numbers that training reports.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace carousel::nn {

// Named values in a fixed order: "loss", the metrics, "val_loss", ...
struct Logs {
  std::vector<std::pair<std::string, double>> values;

  bool has(std::string_view name) const;
  // ValueError that lists the names there are.
  double operator[](std::string_view name) const;
  // Adds it, or changes what it had.
  void set(std::string_view name, double value);
};

// What an epoch ended with, for every epoch of a fit().
class History {
 public:
  // "loss", "val_loss", ...: a value an epoch; ValueError for another name.
  const std::vector<double>& operator[](std::string_view name) const;
  bool has(std::string_view name) const;
  // The epochs' numbers, from initial_epoch on.
  const std::vector<std::int64_t>& epochs() const { return epochs_; }
  std::vector<std::string> names() const;

  void reserve(std::int64_t epochs) { expected_ = epochs; }
  void add(std::int64_t epoch, const Logs& logs);

 private:
  std::int64_t expected_ = 0;
  std::vector<std::int64_t> epochs_;
  std::vector<std::pair<std::string, std::vector<double>>> series_;
};

}  // namespace carousel::nn
