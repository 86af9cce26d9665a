// The .cl files beside this one, embedded by cmake/EmbedPrograms.cmake.
#pragma once

#include <string_view>

namespace carousel::opencl {

// The text of backends/opencl/programs/NAME.cl; empty for an unknown name.
std::string_view program_source(std::string_view name);

}  // namespace carousel::opencl
