// Update programs as OpenCL C.
#pragma once

#include <string>
#include <string_view>

#include <carousel/tensor/update_program.h>

namespace carousel::opencl {

// What a program is called among the queue's programs: its instructions, without the constants,
// so that one compiled kernel serves all steps.
std::string update_name(const UpdateProgram& program);
// Empty for a name that is none of update_name's.
std::string update_source(std::string_view name);

}  // namespace carousel::opencl
