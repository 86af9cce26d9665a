#include <carousel/backends/opencl/update_source.h>

#include <carousel/backends/opencl/program_sources.h>
#include <fmt/format.h>

#include <vector>

namespace carousel::opencl {
namespace {

constexpr std::string_view kPrefix = "update:";
constexpr std::size_t kFields = 5;  // of an instruction

int digit(char c) { return c <= '9' ? c - '0' : c - 'a' + 10; }

std::vector<int> bytes_of(std::string_view hex) {
  std::vector<int> bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes.push_back(16 * digit(hex[i]) + digit(hex[i + 1]));
  return bytes;
}

std::string name_of_register(int r) {
  if (r < UpdateProgram::kFirstConstant) return fmt::format("x{}", r);
  if (r < UpdateProgram::kFirstTemporary)
    return fmt::format("constants.c[{}]", r - UpdateProgram::kFirstConstant);
  return fmt::format("t{}", r - UpdateProgram::kFirstTemporary);
}

std::string expression(UpdateOp op, const std::string& a, const std::string& b,
                       const std::string& c) {
  switch (op) {
    case UpdateOp::add:
      return fmt::format("{} + {}", a, b);
    case UpdateOp::sub:
      return fmt::format("{} - {}", a, b);
    case UpdateOp::mul:
      return fmt::format("{} * {}", a, b);
    case UpdateOp::div:
      return fmt::format("{} / {}", a, b);
    case UpdateOp::maximum:
      return fmt::format("larger({}, {})", a, b);
    case UpdateOp::minimum:
      return fmt::format("smaller({}, {})", a, b);
    case UpdateOp::pow:
      return fmt::format("pow({}, {})", a, b);
    case UpdateOp::where:
      return fmt::format("{} > 0 ? {} : {}", c, a, b);
    case UpdateOp::abs:
      return fmt::format("fabs({})", a);
    case UpdateOp::sign:
      return fmt::format("sign_of({})", a);
    case UpdateOp::sqrt:
      return fmt::format("sqrt({})", a);
    case UpdateOp::copy:
      break;
  }
  return a;
}

std::string hex(int byte) { return fmt::format("{:02x}", byte); }

}  // namespace

std::string update_name(const UpdateProgram& program) {
  std::string name(kPrefix);
  for (std::size_t k = 0; k < program.results.size(); ++k)
    name += hex(program.used[k]) + hex(program.results[k]);
  for (int i = 0; i < program.length; ++i) {
    const UpdateInstruction& step = program.code[static_cast<std::size_t>(i)];
    for (const int field :
         {static_cast<int>(step.op), int{step.out}, int{step.a}, int{step.b}, int{step.c}})
      name += hex(field);
  }
  return name;
}

std::string update_source(std::string_view name) {
  if (!name.starts_with(kPrefix)) return {};
  const std::vector<int> bytes = bytes_of(name.substr(kPrefix.size()));
  std::string text(program_source("update"));
  text += "__kernel IN_GROUPS void update_kernel(const __global long* error";
  for (int k = 0; k < UpdateProgram::kOperands; ++k) text += fmt::format(", __global T* p{}", k);
  text += ", Span span, Constants constants) {\n  const long i = get_global_id(0);\n";
  text += "  if (i >= span.count || error[0] != 0) return;\n";
  for (std::size_t k = 0; k < UpdateProgram::kOperands; ++k)
    if (bytes[2 * k] != 0) text += fmt::format("  const T x{0} = p{0}[span.begin[{0}] + i];\n", k);
  for (int k = 0; k < UpdateProgram::kTemporaries; ++k) text += fmt::format("  T t{};\n", k);
  for (std::size_t at = 2 * UpdateProgram::kOperands; at < bytes.size(); at += kFields)
    text +=
        fmt::format("  {} = {};\n", name_of_register(bytes[at + 1]),
                    expression(static_cast<UpdateOp>(bytes[at]), name_of_register(bytes[at + 2]),
                               name_of_register(bytes[at + 3]), name_of_register(bytes[at + 4])));
  for (std::size_t k = 0; k < UpdateProgram::kOperands; ++k)
    if (bytes[2 * k + 1] != UpdateProgram::kNone)
      text += fmt::format("  p{0}[span.begin[{0}] + i] = {1};\n", k,
                          name_of_register(bytes[2 * k + 1]));
  return text + "}\n";
}

}  // namespace carousel::opencl
