#include <tests/parity/tensor_ops.h>

#include <limits>

namespace carousel::test {

std::int64_t integer(const Call& call, const char* name) {
  return call.args.at(name).get<std::int64_t>();
}

int axis(const Call& call, const char* name) { return static_cast<int>(integer(call, name)); }

std::vector<std::int64_t> integers(const Call& call, const char* name) {
  const auto& value = call.args.at(name);
  if (value.is_array()) return value.get<std::vector<std::int64_t>>();
  return {value.get<std::int64_t>()};
}

Axes axes(const Call& call, const char* name) {
  if (!call.args.contains(name) || call.args[name].is_null()) return {};
  std::vector<int> list;
  for (std::int64_t one : integers(call, name)) list.push_back(static_cast<int>(one));
  return Axes(list);
}

double number(const Call& call, const char* name) {
  const auto& value = call.args.at(name);
  if (!value.is_string()) return value.get<double>();
  const double infinite = std::numeric_limits<double>::infinity();
  return value.get<std::string>() == "-inf" ? -infinite : infinite;
}

bool flag(const Call& call, const char* name) { return call.args.value(name, false); }

Difference run_tensor_op(const GoldenCase& golden) {
  static const OperationTable table = [] {
    OperationTable all;
    add_elementwise(all);
    add_arrangement(all);
    add_more(all);
    add_places(all);
    add_windows(all);
    return all;
  }();
  const std::string op = golden.config.at("op");
  const auto found = table.find(op);
  if (found == table.end()) throw NotThere("no operation " + op);
  return compare_case(golden, golden.config.at("args"), found->second, f64, "", kBoundsF64);
}

}  // namespace carousel::test
