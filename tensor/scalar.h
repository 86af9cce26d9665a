// A C++ number beside a tensor: weakly typed, it takes the tensor's dtype.
#pragma once

#include <concepts>
#include <cstdint>

namespace carousel {

class Scalar {
 public:
  template <std::floating_point T>
  Scalar(T value) : real_(value), integer_(0), floating_(true) {}
  template <std::integral T>
  Scalar(T value) : real_(static_cast<double>(value)), integer_(static_cast<std::int64_t>(value)) {}

  bool is_floating() const { return floating_; }
  double real() const { return real_; }
  // The exact integer; 0 for a floating one.
  std::int64_t integer() const { return integer_; }

 private:
  double real_;
  std::int64_t integer_;
  bool floating_ = false;
};

}  // namespace carousel
