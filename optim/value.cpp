#include <carousel/optim/value.h>

#include <carousel/tensor/error.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace carousel::optim {
namespace {

constexpr int kFirst = UpdateProgram::kFirstTemporary;
constexpr int kIds = kFirst + UpdateProgram::kInstructions;
static_assert(kIds < UpdateProgram::kNone);

bool takes_two(UpdateOp op) { return op < UpdateOp::abs; }

double evaluate(UpdateOp op, double a, double b, double c) {
  switch (op) {
    case UpdateOp::add:
      return a + b;
    case UpdateOp::sub:
      return a - b;
    case UpdateOp::mul:
      return a * b;
    case UpdateOp::div:
      return a / b;
    case UpdateOp::maximum:
      return a > b || std::isnan(a) ? a : b;
    case UpdateOp::minimum:
      return a < b || std::isnan(a) ? a : b;
    case UpdateOp::pow:
      return std::pow(a, b);
    case UpdateOp::where:
      return c > 0 ? a : b;
    case UpdateOp::abs:
      return std::abs(a);
    case UpdateOp::sign:
      return a == 0 || std::isnan(a) ? a : std::copysign(1, a);
    case UpdateOp::sqrt:
      return std::sqrt(a);
    case UpdateOp::copy:
      break;
  }
  return a;
}

[[noreturn]] void too_long(const char* what, int most) {
  throw ValueError("optimizer", fmt::format("the rule needs more than {} {}", most, what));
}

}  // namespace

void Recorder::clear() {
  length_ = 0;
  program_.length = 0;
  program_.constant_count = 0;
  program_.results.fill(UpdateProgram::kNone);
  program_.used.fill(false);
}

std::uint8_t Recorder::id_of(const Value& x) {
  if (x.recorder_ != nullptr) return x.id_;
  if (program_.constant_count == UpdateProgram::kConstants)
    too_long("numbers", UpdateProgram::kConstants);
  program_.constants[static_cast<std::size_t>(program_.constant_count)] = x.number_;
  return static_cast<std::uint8_t>(UpdateProgram::kFirstConstant + program_.constant_count++);
}

Value Recorder::add(UpdateOp op, const Value& a, const Value& b, const Value& c) {
  if (length_ == UpdateProgram::kInstructions) too_long("steps", UpdateProgram::kInstructions);
  const std::uint8_t first = id_of(a);
  const std::uint8_t second = takes_two(op) ? id_of(b) : first;
  const std::uint8_t third = op == UpdateOp::where ? id_of(c) : first;
  const auto out = static_cast<std::uint8_t>(kFirst + length_);
  program_.code[static_cast<std::size_t>(length_++)] = {op, out, first, second, third};
  return {this, out};
}

Value Recorder::record(UpdateOp op, const Value& a, const Value& b, const Value& c) {
  for (const Value* x : {&a, &b, &c})
    if (x->recorder_ != nullptr) return x->recorder_->add(op, a, b, c);
  return evaluate(op, a.number_, b.number_, c.number_);
}

// Ids become temporaries that are used again after the last look at them.
void Recorder::assign_temporaries() {
  std::array<int, kIds> last{};
  for (int i = 0; i < length_; ++i) {
    const UpdateInstruction& step = program_.code[static_cast<std::size_t>(i)];
    for (const std::uint8_t id : {step.a, step.b, step.c}) last[id] = i;
  }
  for (const std::uint8_t id : program_.results)
    if (id != UpdateProgram::kNone) last[id] = length_;
  std::array<std::uint8_t, kIds> place{};
  for (int id = 0; id < kFirst; ++id)
    place[static_cast<std::size_t>(id)] = static_cast<std::uint8_t>(id);
  std::array<int, UpdateProgram::kTemporaries> free_at{};  // the last look at what is there
  free_at.fill(-1);
  for (int i = 0; i < length_; ++i) {
    UpdateInstruction& step = program_.code[static_cast<std::size_t>(i)];
    const std::uint8_t id = step.out;
    step.a = place[step.a], step.b = place[step.b], step.c = place[step.c];
    const auto* slot =
        std::find_if(free_at.begin(), free_at.end(), [i](int at) { return at <= i; });
    if (slot == free_at.end()) too_long("values at once", UpdateProgram::kTemporaries);
    step.out = place[id] = static_cast<std::uint8_t>(kFirst + (slot - free_at.begin()));
    free_at[static_cast<std::size_t>(slot - free_at.begin())] = std::max(last[id], i);
  }
  for (std::uint8_t& id : program_.results)
    if (id != UpdateProgram::kNone) id = place[id];
}

const UpdateProgram& Recorder::finish(const Value* const* values, int count) {
  for (int k = 0; k < count; ++k) {
    const Value& value = *values[k];
    if (value.recorder_ != nullptr && value.id_ == k) continue;  // as it was
    const bool temporary = value.recorder_ != nullptr && value.id_ >= kFirst;
    const Value copy = temporary ? value : add(UpdateOp::copy, value, value, value);
    program_.results[static_cast<std::size_t>(k)] = copy.id_;
    program_.used[static_cast<std::size_t>(k)] = true;
  }
  for (int i = 0; i < length_; ++i) {
    const UpdateInstruction& step = program_.code[static_cast<std::size_t>(i)];
    for (const std::uint8_t id : {step.a, step.b, step.c})
      if (id < UpdateProgram::kOperands) program_.used[id] = true;
  }
  assign_temporaries();
  program_.length = length_;
  return program_;
}

namespace {

Value record(UpdateOp op, const Value& a, const Value& b) { return Recorder::record(op, a, b, a); }

}  // namespace

Value operator+(const Value& a, const Value& b) { return record(UpdateOp::add, a, b); }
Value operator-(const Value& a, const Value& b) { return record(UpdateOp::sub, a, b); }
Value operator*(const Value& a, const Value& b) { return record(UpdateOp::mul, a, b); }
Value operator/(const Value& a, const Value& b) { return record(UpdateOp::div, a, b); }
Value operator-(const Value& x) { return x * -1; }
Value maximum(const Value& a, const Value& b) { return record(UpdateOp::maximum, a, b); }
Value minimum(const Value& a, const Value& b) { return record(UpdateOp::minimum, a, b); }
Value abs(const Value& x) { return record(UpdateOp::abs, x, x); }
Value sign(const Value& x) { return record(UpdateOp::sign, x, x); }
Value sqrt(const Value& x) { return record(UpdateOp::sqrt, x, x); }
Value square(const Value& x) { return x * x; }
Value pow(const Value& x, const Value& y) { return record(UpdateOp::pow, x, y); }
Value where_positive(const Value& c, const Value& a, const Value& b) {
  return Recorder::record(UpdateOp::where, a, b, c);
}

Value& Value::operator+=(const Value& x) { return *this = *this + x; }
Value& Value::operator-=(const Value& x) { return *this = *this - x; }
Value& Value::operator*=(const Value& x) { return *this = *this * x; }
Value& Value::operator/=(const Value& x) { return *this = *this / x; }

}  // namespace carousel::optim
