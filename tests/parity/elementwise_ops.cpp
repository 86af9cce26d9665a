#include <carousel/autograd/ops.h>
#include <tests/parity/tensor_ops.h>

namespace carousel::test {
namespace {

Forward binary(Tensor (*function)(const Tensor&, const Tensor&)) {
  return single([function](const Call& c) { return function(c["a"], c["b"]); });
}

Forward unary(Tensor (*function)(const Tensor&)) {
  return single([function](const Call& c) { return function(c["x"]); });
}

}  // namespace

void add_elementwise(OperationTable& table) {
  table["exp"] = unary(exp);
  table["log"] = unary(log);
  table["add"] = binary(add);
  table["sub"] = binary(sub);
  table["mul"] = binary(mul);
  table["div"] = binary(div);
}

}  // namespace carousel::test
