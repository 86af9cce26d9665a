#include <carousel/nn/train/logs.h>

#include <carousel/tensor/error.h>
#include <fmt/format.h>

#include <algorithm>

namespace carousel::nn {
namespace {

template <class List>
auto find(List& list, std::string_view name) {
  return std::find_if(list.begin(), list.end(),
                      [&](const auto& each) { return each.first == name; });
}

template <class List>
[[noreturn]] void throw_unknown(const char* op, const List& list, std::string_view name) {
  std::string known;
  for (const auto& each : list) known += (known.empty() ? "" : ", ") + each.first;
  throw ValueError(op, fmt::format("there is no \"{}\"; there are: {}", name, known));
}

}  // namespace

bool Logs::has(std::string_view name) const { return find(values, name) != values.end(); }

double Logs::operator[](std::string_view name) const {
  const auto found = find(values, name);
  if (found == values.end()) throw_unknown("logs", values, name);
  return found->second;
}

void Logs::set(std::string_view name, double value) {
  const auto found = find(values, name);
  if (found == values.end())
    values.emplace_back(name, value);
  else
    found->second = value;
}

bool History::has(std::string_view name) const { return find(series_, name) != series_.end(); }

const std::vector<double>& History::operator[](std::string_view name) const {
  const auto found = find(series_, name);
  if (found == series_.end()) throw_unknown("history", series_, name);
  return found->second;
}

std::vector<std::string> History::names() const {
  std::vector<std::string> names;
  for (const auto& each : series_) names.push_back(each.first);
  return names;
}

void History::add(std::int64_t epoch, const Logs& logs) {
  const auto expected = static_cast<std::size_t>(expected_);
  epochs_.reserve(expected);
  epochs_.push_back(epoch);
  for (const auto& [name, value] : logs.values) {
    auto found = find(series_, name);
    if (found == series_.end()) found = series_.insert(series_.end(), {name, {}});
    found->second.reserve(expected);
    found->second.push_back(value);
  }
}

}  // namespace carousel::nn
