// The table's functions, mixtures of operands, order statistics, distances.
#include <carousel/autograd/ops.h>
#include <tests/parity/tensor_ops.h>

namespace carousel::test {
namespace {

using Unary = Tensor (*)(const Tensor&);
using Binary = Tensor (*)(const Tensor&, const Tensor&);

Results named(const SortResult& result) {
  return {{"values", result.values}, {"indices", result.indices}};
}

void add_functions(OperationTable& table) {
  const std::map<std::string, Unary> functions{{"tan", tan},
                                               {"asin", asin},
                                               {"acos", acos},
                                               {"atan", atan},
                                               {"sinh", sinh},
                                               {"cosh", cosh},
                                               {"asinh", asinh},
                                               {"acosh", acosh},
                                               {"atanh", atanh},
                                               {"deg2rad", deg2rad},
                                               {"exp2", exp2},
                                               {"log2", log2},
                                               {"log10", log10},
                                               {"logit", logit},
                                               {"trunc", trunc},
                                               {"frac", frac},
                                               {"relu6", relu6},
                                               {"hardswish", hard_swish},
                                               {"mish", mish},
                                               {"logsigmoid", log_sigmoid},
                                               {"tanhshrink", tanh_shrink}};
  for (const auto& [name, function] : functions)
    table[name] = single([function](const Call& c) { return function(c["x"]); });
  table["hardtanh"] = single([](const Call& c) { return hard_tanh(c["x"]); });
  table["celu"] = single([](const Call& c) { return celu(c["x"]); });
  table["softshrink"] = single([](const Call& c) { return soft_shrink(c["x"]); });
  table["hardshrink"] = single([](const Call& c) { return hard_shrink(c["x"]); });
  table["threshold"] = single(
      [](const Call& c) { return threshold(c["x"], number(c, "threshold"), number(c, "value")); });
  table["glu"] = single([](const Call& c) { return glu(c["x"], axis(c)); });
  // torch's slopes are the second axis'.
  table["prelu"] = single([](const Call& c) { return prelu(c["x"], c["w"].unsqueeze(1)); });
  table["nan_to_num"] = single([](const Call& c) { return nan_to_num(c["x"]); });
}

void add_mixtures(OperationTable& table) {
  const std::map<std::string, Binary> functions{
      {"fmax", fmax},   {"fmin", fmin},   {"fmod", fmod},           {"copysign", copysign},
      {"atan2", atan2}, {"hypot", hypot}, {"logaddexp", logaddexp}, {"logaddexp2", logaddexp2},
      {"xlogy", xlogy}, {"kron", kron}};
  for (const auto& [name, function] : functions)
    table[name] = single([function](const Call& c) { return function(c["a"], c["b"]); });
  table["special_xlog1py"] = single([](const Call& c) { return xlog1py(c["x"], c["y"]); });
  table["isclose"] = single(
      [](const Call& c) { return isclose(c["a"], c["b"], 1e-5, 1e-8, flag(c, "equal_nan")); });
  table["lerp"] = single([](const Call& c) { return lerp(c["a"], c["b"], c["w"]); });
  table["addcmul"] =
      single([](const Call& c) { return addcmul(c["a"], c["b"], c["c"], number(c, "value")); });
  table["addcdiv"] =
      single([](const Call& c) { return addcdiv(c["a"], c["b"], c["c"], number(c, "value")); });
  table["normalize"] = single([](const Call& c) { return normalize(c["x"], 2, axis(c)); });
  table["cosine_similarity"] =
      single([](const Call& c) { return cosine_similarity(c["a"], c["b"], axis(c)); });
  table["cdist"] = single([](const Call& c) { return cdist(c["a"], c["b"]); });
  table["cross"] = single([](const Call& c) { return cross(c["a"], c["b"]); });
  table["bilinear"] = single([](const Call& c) {
    return einsum("bi,oij,bj->bo", {c["a"], c["w"], c["b"]}) + c["bias"];
  });
}

void add_orders(OperationTable& table) {
  table["nansum"] =
      single([](const Call& c) { return nansum(c["x"], axes(c), flag(c, "keepdim")); });
  table["count_nonzero"] = single([](const Call& c) { return count_nonzero(c["x"], axes(c)); });
  table["cummax"] = [](const Call& c) { return named(cummax(c["x"], axis(c))); };
  table["cummin"] = [](const Call& c) { return named(cummin(c["x"], axis(c))); };
  table["median"] = [](const Call& c) { return named(median(c["x"], axis(c))); };
  table["kthvalue"] = [](const Call& c) {
    return named(kthvalue(c["x"], integer(c, "k"), axis(c)));
  };
  table["logcumsumexp"] = single([](const Call& c) { return logcumsumexp(c["x"], axis(c)); });
  table["diff"] = single([](const Call& c) { return diff(c["x"], axis(c, "n"), axis(c)); });
  table["quantile"] = single([](const Call& c) {
    std::vector<Tensor> rows;
    for (const auto& q : c.args.at("q")) rows.push_back(quantile(c["x"], q.get<double>(), axis(c)));
    return stack(rows);
  });
}

}  // namespace

void add_more(OperationTable& table) {
  add_functions(table);
  add_mixtures(table);
  add_orders(table);
}

}  // namespace carousel::test
