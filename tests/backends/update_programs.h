// Update programs written by hand, for the tests of backends.
#pragma once

#include <carousel/tensor/update_program.h>

#include <algorithm>
#include <initializer_list>

namespace carousel::test {

inline constexpr std::uint8_t kW = 0, kG = 1, kSlot = 2;

// The register of a constant, and of a temporary.
inline std::uint8_t number(int i) {
  return static_cast<std::uint8_t>(UpdateProgram::kFirstConstant + i);
}
inline std::uint8_t temporary(int i) {
  return static_cast<std::uint8_t>(UpdateProgram::kFirstTemporary + i);
}

struct Result {
  std::uint8_t operand, from;
};

inline UpdateProgram program(std::initializer_list<UpdateInstruction> code,
                             std::initializer_list<double> constants,
                             std::initializer_list<Result> results) {
  UpdateProgram p{};
  p.length = static_cast<int>(code.size());
  std::copy(code.begin(), code.end(), p.code.begin());
  p.constant_count = static_cast<int>(constants.size());
  std::copy(constants.begin(), constants.end(), p.constants.begin());
  p.results.fill(UpdateProgram::kNone);
  for (const Result& result : results) p.results[result.operand] = result.from;
  for (int k = 0; k < UpdateProgram::kOperands; ++k) {
    const auto operand = static_cast<std::uint8_t>(k);
    p.used[operand] = p.results[operand] != UpdateProgram::kNone;
    for (const UpdateInstruction& each : code)
      if (each.a == operand || each.b == operand || each.c == operand) p.used[operand] = true;
  }
  return p;
}

// v = momentum v - rate g, w += v.
inline UpdateProgram heavy_ball(double rate, double momentum) {
  using enum UpdateOp;
  return program({{mul, temporary(0), kG, number(0), kG},
                  {mul, temporary(1), kSlot, number(1), kSlot},
                  {sub, temporary(1), temporary(1), temporary(0), temporary(1)},
                  {add, temporary(0), kW, temporary(1), kW}},
                 {rate, momentum}, {{kW, temporary(0)}, {kSlot, temporary(1)}});
}

// w = op(g, v), where v is the first slot; `where` chooses between them by w > 0.
inline UpdateProgram single(UpdateOp op) {
  return program({{op, temporary(3), kG, kSlot, kW}}, {}, {{kW, temporary(3)}});
}

}  // namespace carousel::test
