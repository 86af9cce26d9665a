#include <carousel/backends/cpu/update_plan.h>

#include <algorithm>
#include <initializer_list>

namespace carousel::cpu {
namespace {

using Op = UpdateStep::Op;
constexpr std::uint8_t kNone = UpdateProgram::kNone;

bool reads(const UpdateInstruction& step, std::uint8_t place) {
  return step.a == place || step.b == place || (step.op == UpdateOp::where && step.c == place);
}

Op op_of(UpdateOp op) {
  switch (op) {
    case UpdateOp::add:
      return Op::add;
    case UpdateOp::sub:
      return Op::sub;
    case UpdateOp::mul:
      return Op::mul;
    case UpdateOp::div:
      return Op::div;
    case UpdateOp::maximum:
      return Op::maximum;
    case UpdateOp::minimum:
      return Op::minimum;
    case UpdateOp::pow:
      return Op::pow;
    case UpdateOp::where:
      return Op::where;
    case UpdateOp::abs:
      return Op::abs;
    case UpdateOp::sign:
      return Op::sign;
    case UpdateOp::sqrt:
      return Op::sqrt;
    case UpdateOp::copy:
      break;
  }
  return Op::copy;
}

bool is_binary(UpdateOp op) { return op < UpdateOp::abs; }

// Changes the operation's arguments over; false where there is no such operation.
bool turned(Op& op) {
  if (op == Op::add || op == Op::mul) return true;
  if (op != Op::sub && op != Op::div) return false;
  op = op == Op::sub ? Op::sub_from : Op::div_into;
  return true;
}

class Planner {
 public:
  explicit Planner(const UpdateProgram& program) : program_(program) {
    for (std::size_t i = 0; i < place_.size(); ++i) place_[i] = static_cast<std::uint8_t>(i);
  }

  UpdatePlan plan() {
    for (int i = 0; i < program_.length; ++i) add(i);
    for (std::uint8_t k = 0; k < UpdateProgram::kOperands; ++k) {
      const std::uint8_t from = program_.results[k];
      plan_.written[k] = from != kNone;
      if (from != kNone && place_[from] != k)
        plan_.copies[static_cast<std::size_t>(plan_.copy_count++)] = {place_[from], k};
    }
    return plan_;
  }

 private:
  const UpdateInstruction& at(int i) const { return program_.code[static_cast<std::size_t>(i)]; }

  // Whether instruction i finds its argument in the accumulator, and its operation then.
  bool stays(int i, Op& op) const {
    if (i == 0) return false;
    const UpdateInstruction& step = at(i);
    const std::uint8_t before = at(i - 1).out;
    if (step.op == UpdateOp::pow || step.op == UpdateOp::where) return false;
    if (!is_binary(step.op)) return step.a == before;
    if (step.a == step.b) return false;
    return step.a == before || (step.b == before && turned(op));
  }

  // Whether what instruction i makes is looked at in memory.
  bool is_kept(int i) const {
    const std::uint8_t out = at(i).out;
    for (int j = i + 1; j < program_.length; ++j) {
      Op op = op_of(at(j).op);
      if (reads(at(j), out) && !(j == i + 1 && stays(j, op))) return true;
      if (at(j).out == out) return false;
    }
    return std::find(program_.results.begin(), program_.results.end(), out) !=
           program_.results.end();
  }

  // The operand that may take the result of instruction i at once: nobody needs its old value.
  std::uint8_t direct(int i) const {
    const std::uint8_t out = at(i).out;
    for (int j = i + 1; j < program_.length; ++j)
      if (at(j).out == out) return kNone;  // not the last in this place
    for (std::uint8_t k = 0; k < UpdateProgram::kOperands; ++k) {
      if (program_.results[k] != out) continue;
      bool needed = false;
      for (int j = i + 1; j < program_.length; ++j) needed = needed || reads(at(j), k);
      if (!needed) return k;
    }
    return kNone;
  }

  void add(int i) {
    const UpdateInstruction& from = at(i);
    UpdateStep step{op_of(from.op), false, place_[from.a], place_[from.b], place_[from.c], kNone};
    if (stays(i, step.op)) {
      step.stays = true;
      if (from.a != at(i - 1).out) step.b = step.a;  // the other one
    }
    if (is_kept(i) || from.op == UpdateOp::pow) {
      const std::uint8_t operand = direct(i);
      step.store = operand != kNone ? operand : from.out;
      place_[from.out] = step.store;
    }
    plan_.steps[static_cast<std::size_t>(plan_.length++)] = step;
    fuse();
  }

  // The last steps as one, where there is one for them.
  void fuse() {
    const auto last = [&](int back) -> UpdateStep& {
      return plan_.steps[static_cast<std::size_t>(plan_.length - 1 - back)];
    };
    // Whether the last ones do these, in the order of time, and nothing but the next sees them.
    const auto are = [&](std::initializer_list<Op> ops) {
      int back = static_cast<int>(ops.size());
      if (plan_.length < back) return false;
      for (const Op op : ops) {
        --back;
        if (last(back).op != op) return false;
        if (back > 0 && (last(back).store != kNone || !last(back - 1).stays)) return false;
      }
      return true;
    };
    const auto replace = [&](int count, Op op, std::uint8_t b, std::uint8_t c) {
      UpdateStep& first = last(count - 1);
      first = {op, first.stays, first.a, b, c, last(0).store};
      plan_.length -= count - 1;
    };
    if (are({Op::sub, Op::mul, Op::add}) && last(2).b == last(0).b)
      replace(3, Op::sub_mul_add, last(2).b, last(1).b);
    else if (are({Op::sqrt, Op::add}))
      replace(2, Op::sqrt_add, last(0).b, kNone);
    else if (are({Op::div_into, Op::sub_from}))
      replace(2, Op::div_into_sub_from, last(1).b, last(0).b);
  }

  const UpdateProgram& program_;
  UpdatePlan plan_;
  // Where a register's value is now.
  std::array<std::uint8_t, UpdateProgram::kFirstTemporary + UpdateProgram::kTemporaries> place_;
};

}  // namespace

UpdatePlan plan_of(const UpdateProgram& program) { return Planner(program).plan(); }

}  // namespace carousel::cpu
