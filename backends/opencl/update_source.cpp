#include <carousel/backends/opencl/update_source.h>

#include <carousel/backends/opencl/program_sources.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace carousel::opencl {
namespace {

constexpr std::string_view kPrefix = "update:";
constexpr std::size_t kFields = 5;                                           // of an instruction
constexpr std::size_t kFirstInstruction = 1 + 2 * UpdateProgram::kOperands;  // among the bytes

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

std::vector<std::size_t> used_operands(const UpdateProgram& program) {
  std::vector<std::size_t> used;
  for (std::size_t k = 0; k < program.used.size(); ++k)
    if (program.used[k]) used.push_back(k);
  return used;
}

// A work group serves one parameter: the while loop finds it, the switch takes its buffers.
std::string signature(const UpdateLayout& layout) {
  const std::size_t used = layout.operands.size();
  std::string text = fmt::format(
      "typedef struct {{\n  long begin[{0}][{1}], count[{0}], group[{0} + 1];\n}} Spans;\n"
      "typedef struct {{\n  T c[{2}];\n}} Constants;\n"
      "__kernel IN_GROUPS void update_kernel(const __global long* error",
      layout.width, used, layout.constants);
  for (std::size_t i = 0; i < layout.width; ++i)
    for (std::size_t k : layout.operands) text += fmt::format(", __global T* s{}_{}", i, k);
  text +=
      ", Spans spans, Constants constants) {\n  if (error[0] != 0) return;\n  int k = 0;\n"
      "  while ((long)get_group_id(0) >= spans.group[k + 1]) ++k;\n"
      "  const long i = ((long)get_group_id(0) - spans.group[k]) * GROUP + get_local_id(0);\n"
      "  if (i >= spans.count[k]) return;\n";
  for (std::size_t k : layout.operands) text += fmt::format("  __global T* p{};\n", k);
  text += "  switch (k) {\n";
  for (std::size_t i = 0; i < layout.width; ++i) {
    text += i + 1 < layout.width ? fmt::format("    case {}:", i) : std::string("    default:");
    for (std::size_t k : layout.operands) text += fmt::format(" p{0} = s{1}_{0};", k, i);
    text += " break;\n";
  }
  text += "  }\n";
  for (std::size_t n = 0; n < used; ++n)
    text += fmt::format("  p{} += spans.begin[k][{}] + i;\n", layout.operands[n], n);
  return text;
}

}  // namespace

// Every device takes 1,024 bytes of arguments (OpenCL 1.2, CL_DEVICE_MAX_PARAMETER_SIZE).
UpdateLayout::UpdateLayout(std::vector<std::size_t> used, std::size_t constant_count)
    : operands(std::move(used)), constants(std::max<std::size_t>(constant_count, 1)) {
  const std::size_t left = 1024 - sizeof(void*) - sizeof(double) * (constants + 1);
  const std::size_t each = (sizeof(void*) + 8) * operands.size() + 16;  // buffers, Spans
  width = std::clamp<std::size_t>(left / each, 1, 16);
}

UpdateLayout::UpdateLayout(const UpdateProgram& program)
    : UpdateLayout(used_operands(program), static_cast<std::size_t>(program.constant_count)) {}

std::string update_name(const UpdateProgram& program) {
  std::string name(kPrefix);
  name += hex(program.constant_count);
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
  std::vector<std::size_t> used;
  for (std::size_t k = 0; k < UpdateProgram::kOperands; ++k)
    if (bytes[1 + 2 * k] != 0) used.push_back(k);
  const UpdateLayout layout(used, static_cast<std::size_t>(bytes[0]));
  std::string text(program_source("update"));
  text += signature(layout);
  for (std::size_t k : used) text += fmt::format("  const T x{0} = *p{0};\n", k);
  for (int k = 0; k < UpdateProgram::kTemporaries; ++k) text += fmt::format("  T t{};\n", k);
  for (std::size_t at = kFirstInstruction; at < bytes.size(); at += kFields)
    text +=
        fmt::format("  {} = {};\n", name_of_register(bytes[at + 1]),
                    expression(static_cast<UpdateOp>(bytes[at]), name_of_register(bytes[at + 2]),
                               name_of_register(bytes[at + 3]), name_of_register(bytes[at + 4])));
  for (std::size_t k : used)
    if (bytes[2 + 2 * k] != UpdateProgram::kNone)
      text += fmt::format("  *p{} = {};\n", k, name_of_register(bytes[2 + 2 * k]));
  return text + "}\n";
}

}  // namespace carousel::opencl
