#include <limits>

#include <carousel/autograd/ops.h>
#include <tests/parity/tensor_ops.h>

namespace carousel::test {
namespace {

Forward unary(Tensor (*function)(const Tensor&)) {
  return single([function](const Call& c) { return function(c["x"]); });
}

Forward binary(Tensor (*function)(const Tensor&, const Tensor&)) {
  return single([function](const Call& c) { return function(c["a"], c["b"]); });
}

Forward reduction(Tensor (*function)(const Tensor&, const Axes&, bool)) {
  return single(
      [function](const Call& c) { return function(c["x"], axes(c), flag(c, "keepdim")); });
}

Forward variance(Tensor (*function)(const Tensor&, const Axes&, bool, double)) {
  return single([function](const Call& c) {
    return function(c["x"], axes(c), flag(c, "keepdim"), number(c, "correction"));
  });
}

Forward along(Tensor (*function)(const Tensor&, int)) {
  return single([function](const Call& c) { return function(c["x"], axis(c)); });
}

Tensor clamp(const Call& call) {
  if (call.in.contains("lo")) return minimum(maximum(call["x"], call["lo"]), call["hi"]);
  const double infinite = std::numeric_limits<double>::infinity();
  return clip(call["x"], call.args.contains("min") ? number(call, "min") : -infinite,
              call.args.contains("max") ? number(call, "max") : infinite);
}

Tensor torch_where(const Call& call) {
  if (call.in.contains("c")) return where(call["c"], call["a"], call["b"]);
  return where(call["x"] > 0, sqrt(call["x"]), 0);
}

// torch's max along one axis: the whole gradient goes to the position returned.
Forward extreme(Tensor (*position)(const Tensor&, int, bool)) {
  return [position](const Call& c) {
    const Tensor at = position(c["x"], axis(c), true);
    return Results{{"values", gather(c["x"], axis(c), at).squeeze(axis(c))},
                   {"indices", at.squeeze(axis(c))}};
  };
}

void add_functions(OperationTable& table) {
  const std::map<std::string, Tensor (*)(const Tensor&)> functions{{"abs", abs},
                                                                   {"neg", neg},
                                                                   {"exp", exp},
                                                                   {"expm1", expm1},
                                                                   {"log", log},
                                                                   {"log1p", log1p},
                                                                   {"sqrt", sqrt},
                                                                   {"rsqrt", rsqrt},
                                                                   {"square", square},
                                                                   {"reciprocal", reciprocal},
                                                                   {"sin", sin},
                                                                   {"cos", cos},
                                                                   {"tanh", tanh},
                                                                   {"sigmoid", sigmoid},
                                                                   {"erf", erf},
                                                                   {"floor", floor},
                                                                   {"ceil", ceil},
                                                                   {"round", round},
                                                                   {"sign", sign},
                                                                   {"relu", relu},
                                                                   {"selu", selu},
                                                                   {"silu", silu},
                                                                   {"softplus", softplus},
                                                                   {"softsign", softsign},
                                                                   {"hardsigmoid", hard_sigmoid}};
  for (const auto& [name, function] : functions) table[name] = unary(function);
  table["leaky_relu"] = single([](const Call& c) { return leaky_relu(c["x"]); });
  table["elu"] = single([](const Call& c) { return elu(c["x"]); });
  table["gelu"] =
      single([](const Call& c) { return gelu(c["x"], c.args.contains("approximate")); });
}

void add_pairs(OperationTable& table) {
  const std::map<std::string, Tensor (*)(const Tensor&, const Tensor&)> functions{
      {"add", add},         {"sub", sub},
      {"mul", mul},         {"div", div},
      {"pow", pow},         {"maximum", maximum},
      {"minimum", minimum}, {"remainder", remainder},
      {"eq", equal},        {"floor_divide", floor_divide},
      {"ne", not_equal},    {"lt", less},
      {"le", less_equal},   {"gt", greater},
      {"ge", greater_equal}};
  for (const auto& [name, function] : functions) table[name] = binary(function);
  table["pow_scalar"] = single([](const Call& c) { return pow(c["x"], number(c, "exponent")); });
  table["rpow_scalar"] =
      single([](const Call& c) { return pow(full_like(c["x"], number(c, "base")), c["x"]); });
  table["clamp"] = single(clamp);
  table["where"] = single(torch_where);
}

void add_reductions(OperationTable& table) {
  table["sum"] = reduction(sum);
  table["mean"] = reduction(mean);
  table["prod"] = reduction(prod);
  table["amax"] = reduction(max);
  table["amin"] = reduction(min);
  table["logsumexp"] = reduction(logsumexp);
  table["var"] = variance(var);
  table["std"] = variance(std);
  table["max"] = extreme(argmax);
  table["min"] = extreme(argmin);
  table["argmax"] = single([](const Call& c) { return argmax(c["x"], axis(c)); });
  table["argmin"] = single([](const Call& c) { return argmin(c["x"], axis(c)); });
  table["all"] = single([](const Call& c) { return all(c["x"] != 0, axes(c)); });
  table["any"] = single([](const Call& c) { return any(c["x"] != 0, axes(c)); });
  table["vector_norm"] =
      single([](const Call& c) { return norm(c["x"], number(c, "ord"), axes(c)); });
  table["softmax"] = along(softmax);
  table["log_softmax"] = along(log_softmax);
  table["cumsum"] = along(cumsum);
  table["cumprod"] = along(cumprod);
}

}  // namespace

void add_elementwise(OperationTable& table) {
  add_functions(table);
  add_pairs(table);
  add_reductions(table);
}

}  // namespace carousel::test
