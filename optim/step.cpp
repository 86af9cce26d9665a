#include <carousel/optim/step.h>

#include <carousel/tensor/error.h>
#include <fmt/format.h>

#include <algorithm>

namespace carousel::optim {
namespace {

constexpr int kFirstSlot = 2;  // of a program's operands

template <std::size_t... i>
std::array<Value, sizeof...(i)> plain_values(std::index_sequence<i...>) {
  return {((void)i, Value(0))...};
}

}  // namespace

Step::Step(std::vector<detail::Slot>& slots, std::vector<detail::GroupNumber>& numbers, bool find)
    : w(0),
      g(0),
      slots_(slots),
      numbers_(numbers),
      find_(find),
      values_(plain_values(std::make_index_sequence<kSlots>{})) {
  reset();
}

void Step::reset() {
  recorder_.clear();
  w = recorder_.operand(0);
  g = recorder_.operand(1);
  for (std::size_t i = 0; i < kSlots; ++i)
    values_[i] = recorder_.operand(kFirstSlot + static_cast<int>(i));
}

std::size_t Step::index_of(std::string_view name, double start, bool like_parameter) {
  const auto found = std::find_if(slots_.begin(), slots_.end(),
                                  [&](const detail::Slot& slot) { return slot.name == name; });
  if (found != slots_.end()) return static_cast<std::size_t>(found - slots_.begin());
  if (!find_)
    throw ValueError("optimizer", fmt::format("the rule asked for no slot {} when it began", name));
  if (slots_.size() == kSlots)
    throw ValueError("optimizer", fmt::format("the rule has more than {} slots", kSlots));
  slots_.push_back({std::string(name), start, like_parameter});
  return slots_.size() - 1;
}

Value& Step::slot(std::string_view name, double start) { return values_[index_of(name, start)]; }

Value& Step::slot_like_parameter(std::string_view name) { return values_[index_of(name, 0, true)]; }

detail::HostNumber<double>& Step::number(std::string_view name, double start) {
  for (detail::GroupNumber& number : numbers_)
    if (number.name == name) return number.value;
  if (!find_)
    throw ValueError("optimizer",
                     fmt::format("the rule asked for no number {} when it began", name));
  return numbers_.emplace_back(std::string(name), start, detail::HostNumber<double>(start)).value;
}

void Step::run(std::span<const Update> updates) {
  if (!find_ && !updates.empty()) {
    std::array<const Value*, kFirstSlot + kSlots> values{&w, &g};
    for (std::size_t i = 0; i < kSlots; ++i) values[kFirstSlot + i] = &values_[i];
    const UpdateProgram& program = recorder_.finish(values.data(), static_cast<int>(values.size()));
    if (program.length > 0) carousel::detail::run_update(program, updates);
  }
  reset();
}

}  // namespace carousel::optim
