// Numbers of a step that differ from element to element. Arithmetic on them is recorded, not done:
// the record runs over all parameters at once, on any device.
#pragma once

#include <cstdint>

#include <carousel/tensor/update_program.h>

namespace carousel::optim {

class Recorder;

// A number known by its formula; implicit from plain numbers, with which it mixes.
class Value {
 public:
  Value(double number) : number_(number) {}  // NOLINT: implicit, so that 2 * x works

  Value& operator+=(const Value& x);
  Value& operator-=(const Value& x);
  Value& operator*=(const Value& x);
  Value& operator/=(const Value& x);

 private:
  friend class Recorder;
  Value(Recorder* recorder, std::uint8_t id) : recorder_(recorder), id_(id) {}

  Recorder* recorder_ = nullptr;  // null for a plain number
  std::uint8_t id_ = 0;
  double number_ = 0;
};

Value operator+(const Value& a, const Value& b);
Value operator-(const Value& a, const Value& b);
Value operator*(const Value& a, const Value& b);
Value operator/(const Value& a, const Value& b);
Value operator-(const Value& x);
// NaN stays in all of these.
Value maximum(const Value& a, const Value& b);
Value minimum(const Value& a, const Value& b);
Value abs(const Value& x);
Value sign(const Value& x);
Value sqrt(const Value& x);
Value square(const Value& x);
// x to the power y, for x >= 0.
Value pow(const Value& x, const Value& y);
// a where c > 0, else b.
Value where_positive(const Value& c, const Value& a, const Value& b);

// Collects one program; for the library's own use.
class Recorder {
 public:
  Recorder() { clear(); }
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  // The value that an operand of the program has at the beginning.
  Value operand(int k) { return {this, static_cast<std::uint8_t>(k)}; }
  // What is recorded so far, with the values that operands shall have at the end: values[k] for
  // the first `count` operands. Valid until clear().
  const UpdateProgram& finish(const Value* const* values, int count);
  bool empty() const { return length_ == 0; }
  void clear();

  // ValueError for a formula that is too long.
  static Value record(UpdateOp op, const Value& a, const Value& b, const Value& c);

 private:
  std::uint8_t id_of(const Value& x);
  Value add(UpdateOp op, const Value& a, const Value& b, const Value& c);
  void assign_temporaries();

  // Until finish(), each instruction writes an id of its own.
  UpdateProgram program_;
  int length_ = 0;
};

}  // namespace carousel::optim
