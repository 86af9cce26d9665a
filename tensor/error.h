// Every exception that Carousel throws.
#pragma once

#include <exception>
#include <string>
#include <string_view>

namespace carousel {

// Base of all. Text: `[op] what is wrong: the values; in the.path.of.the.module (Type)`.
// Thrown before anything is allocated or changed, so the caller's state is as it was.
class Error : public std::exception {
 public:
  Error(std::string_view op, std::string_view message);

  const char* what() const noexcept override { return text_.c_str(); }

  // Called by each module that the error passes on its way out, innermost first. The first call
  // gives the type that is shown; later ones prepend their name to the path.
  void add_module(std::string_view name, std::string_view type);

 private:
  void compose();
  std::string message_, path_, type_, text_;
};

// Shapes, ranks or lengths that do not fit together.
struct ShapeError : Error {
  using Error::Error;
};
// A dtype that the operation does not take, or operands of different dtypes.
struct DTypeError : Error {
  using Error::Error;
};
// An axis, index, label or id outside its range.
struct IndexError : Error {
  using Error::Error;
};
// An argument outside its domain.
struct ValueError : Error {
  using Error::Error;
};
// Misuse of the autodiff graph: backward twice, a saved tensor overwritten, no gradient to be had.
struct GraphError : Error {
  using Error::Error;
};
// A device that is absent, lacks a kernel, is out of memory, or holds the wrong operand.
struct DeviceError : Error {
  using Error::Error;
};
// NaN or infinity where training can't go on.
struct NumericError : Error {
  using Error::Error;
};
// A file or text whose contents are not what they should be.
struct FormatError : Error {
  using Error::Error;
};
// The operating system refused to read or write.
struct IoError : Error {
  using Error::Error;
};

}  // namespace carousel
