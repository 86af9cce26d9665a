// An optimizer's step as arithmetic on one element, which every backend runs over all parameters.
#pragma once

#include <array>
#include <cstdint>

namespace carousel {

// out = a op b. `where`: a if c > 0, else b. maximum and minimum keep NaN; sign(NaN) is NaN.
enum class UpdateOp : std::uint8_t {
  add,
  sub,
  mul,
  div,
  maximum,
  minimum,
  pow,
  where,
  abs,
  sign,
  sqrt,
  copy
};

struct UpdateInstruction {
  UpdateOp op;
  std::uint8_t out, a, b, c;
  bool operator==(const UpdateInstruction&) const = default;
};

// Registers: operands (0 the parameter, 1 its gradient, the rest slots), then constants, then
// temporaries. Only temporaries are written by instructions; when all have run, `results` says
// which of them goes into which operand.
struct UpdateProgram {
  static constexpr int kOperands = 8;
  static constexpr int kConstants = 48, kFirstConstant = kOperands;
  static constexpr int kTemporaries = 24, kFirstTemporary = kFirstConstant + kConstants;
  static constexpr int kInstructions = 96;
  static constexpr std::uint8_t kNone = 255;

  int length = 0, constant_count = 0;
  std::array<UpdateInstruction, kInstructions> code;
  std::array<double, kConstants> constants;
  std::array<std::uint8_t, kOperands> results;  // a temporary, or kNone
  std::array<bool, kOperands> used;             // read or written
};

}  // namespace carousel
