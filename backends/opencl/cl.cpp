#include <carousel/backends/opencl/cl.h>

#include <fmt/format.h>

#include <carousel/tensor/error.h>

namespace carousel::opencl {
namespace {

struct Status {
  cl_int code;
  const char* name;
};
#define S(name) \
  { name, #name }
constexpr Status kStatuses[] = {
    S(CL_DEVICE_NOT_FOUND),
    S(CL_DEVICE_NOT_AVAILABLE),
    S(CL_COMPILER_NOT_AVAILABLE),
    S(CL_MEM_OBJECT_ALLOCATION_FAILURE),
    S(CL_OUT_OF_RESOURCES),
    S(CL_OUT_OF_HOST_MEMORY),
    S(CL_MEM_COPY_OVERLAP),
    S(CL_BUILD_PROGRAM_FAILURE),
    S(CL_MAP_FAILURE),
    S(CL_MISALIGNED_SUB_BUFFER_OFFSET),
    S(CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST),
    S(CL_COMPILE_PROGRAM_FAILURE),
    S(CL_LINKER_NOT_AVAILABLE),
    S(CL_LINK_PROGRAM_FAILURE),
    S(CL_KERNEL_ARG_INFO_NOT_AVAILABLE),
    S(CL_INVALID_VALUE),
    S(CL_INVALID_PLATFORM),
    S(CL_INVALID_DEVICE),
    S(CL_INVALID_CONTEXT),
    S(CL_INVALID_QUEUE_PROPERTIES),
    S(CL_INVALID_COMMAND_QUEUE),
    S(CL_INVALID_MEM_OBJECT),
    S(CL_INVALID_BINARY),
    S(CL_INVALID_BUILD_OPTIONS),
    S(CL_INVALID_PROGRAM),
    S(CL_INVALID_PROGRAM_EXECUTABLE),
    S(CL_INVALID_KERNEL_NAME),
    S(CL_INVALID_KERNEL_DEFINITION),
    S(CL_INVALID_KERNEL),
    S(CL_INVALID_ARG_INDEX),
    S(CL_INVALID_ARG_VALUE),
    S(CL_INVALID_ARG_SIZE),
    S(CL_INVALID_KERNEL_ARGS),
    S(CL_INVALID_WORK_DIMENSION),
    S(CL_INVALID_WORK_GROUP_SIZE),
    S(CL_INVALID_WORK_ITEM_SIZE),
    S(CL_INVALID_GLOBAL_OFFSET),
    S(CL_INVALID_EVENT_WAIT_LIST),
    S(CL_INVALID_EVENT),
    S(CL_INVALID_OPERATION),
    S(CL_INVALID_BUFFER_SIZE),
    S(CL_INVALID_GLOBAL_WORK_SIZE),
    S(CL_INVALID_COMPILER_OPTIONS),
    S(CL_INVALID_LINKER_OPTIONS),
    {-1001, "CL_PLATFORM_NOT_FOUND_KHR"},
    // CLBlast's own (clblast.h).
    {-1024, "CLBlast kNotImplemented"},
    {-1022, "CLBlast kInvalidMatrixA"},
    {-1021, "CLBlast kInvalidMatrixB"},
    {-1020, "CLBlast kInvalidMatrixC"},
    {-1017, "CLBlast kInvalidDimension"},
    {-1016, "CLBlast kInvalidLeadDimA"},
    {-1015, "CLBlast kInvalidLeadDimB"},
    {-1014, "CLBlast kInvalidLeadDimC"},
    {-1011, "CLBlast kInsufficientMemoryA"},
    {-1010, "CLBlast kInsufficientMemoryB"},
    {-1009, "CLBlast kInsufficientMemoryC"},
    {-2049, "CLBlast kInvalidBatchCount"},
    {-2046, "CLBlast kInvalidLocalMemUsage"},
    {-2044, "CLBlast kNoDoublePrecision"},
    {-2041, "CLBlast kDatabaseError"},
    {-2040, "CLBlast kUnknownError"},
    {-2039, "CLBlast kUnexpectedError"},
};
#undef S

}  // namespace

std::string status_name(cl_int status) {
  for (const Status& known : kStatuses)
    if (known.code == status) return known.name;
  return fmt::format("code {}", status);
}

void fail(cl_int status, std::string_view call, std::string_view device) {
  throw DeviceError("opencl",
                    fmt::format("{} failed with {} on {}", call, status_name(status), device));
}

}  // namespace carousel::opencl
