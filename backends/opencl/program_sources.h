// The OpenCL programs inside the library: written by cmake/CarouselOpenCL.cmake when it is built.
#pragma once
#include <string_view>

namespace carousel::opencl {

// The text of backends/opencl/**/NAME.cl, ended by a zero; empty if there is no such file.
std::string_view program_source(std::string_view name);

}  // namespace carousel::opencl
