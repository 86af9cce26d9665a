// How the CPU runs an update program: as an accumulator machine. Most instructions take what the
// one before them has made, so it stays in registers; only what is needed later goes to memory.
#pragma once

#include <array>
#include <cstdint>

#include <carousel/tensor/update_program.h>

namespace carousel::cpu {

// acc = a (unless it stays), acc = acc op b, and what there is goes to `store`. Places are the
// program's registers; where a result can go straight to its operand, `store` is that.
struct UpdateStep {
  enum class Op : std::uint8_t {
    add,
    sub,
    sub_from,  // b - acc
    mul,
    div,
    div_into,  // b / acc
    maximum,
    minimum,
    pow,    // places a and b to place `store`
    where,  // places a, b and c
    abs,
    sign,
    sqrt,
    copy,
    // What rules are made of, as one step.
    sub_mul_add,       // (acc - b) * c + b: a moving average
    sqrt_add,          // sqrt(acc) + b
    div_into_sub_from  // c - b / acc
  };
  Op op;
  bool stays;
  std::uint8_t a, b, c, store;  // store: kNone for what only the next step takes
};

struct UpdatePlan {
  struct Copy {
    std::uint8_t from, operand;
  };
  int length = 0, copy_count = 0;
  std::array<UpdateStep, UpdateProgram::kInstructions> steps;
  std::array<Copy, UpdateProgram::kOperands> copies;  // results that wait for the end
  std::array<bool, UpdateProgram::kOperands> written{};
};

UpdatePlan plan_of(const UpdateProgram& program);

}  // namespace carousel::cpu
