// Update programs as OpenCL C.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <carousel/tensor/update_program.h>

namespace carousel::opencl {

// What an update kernel is given: `width` parameters, of each the operands that the program uses;
// the numbers where they lie; the constants.
struct UpdateLayout {
  explicit UpdateLayout(const UpdateProgram& program);
  UpdateLayout(std::vector<std::size_t> used, std::size_t constant_count);

  std::vector<std::size_t> operands;
  std::size_t constants;  // at least 1
  std::size_t width;
};

// What a program is called among the queue's programs: its instructions, without the constants,
// so that one compiled kernel serves all steps.
std::string update_name(const UpdateProgram& program);
// Empty for a name that is none of update_name's.
std::string update_source(std::string_view name);

}  // namespace carousel::opencl
