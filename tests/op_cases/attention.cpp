// Attention: the fused operation and its composed twin.
#include <carousel/autograd/ops/attention.h>
#include <tests/op_cases/op_case.h>

#include <cmath>

namespace carousel::test {
namespace {

enum Operand { kQuery, kKey, kValue, kMask, kBias, kDropout };

// What one case leaves out or sets.
struct Setting {
  bool mask = false, bias = false, dropout = false, causal = false;
  double scale = 0;
  bool keyless_mean = false;
};

// One batch after the other; leading axes are equal.
HostOutputs reference(const Hosts& in, const Setting& s) {
  const Shape &q = in[kQuery].shape, &k = in[kKey].shape, &v = in[kValue].shape;
  const int r = q.rank();
  const std::int64_t queries = q[r - 2], features = q[r - 1], keys = k[r - 2], width = v[r - 1];
  Shape out = q, of_weights = q;
  out[r - 1] = width, of_weights[r - 1] = keys;
  Host y = zeros_host(out, in[kQuery].dtype), weights = zeros_host(of_weights, in[kQuery].dtype);
  const double scale = s.scale != 0 ? s.scale : 1 / std::sqrt(static_cast<double>(features));
  const auto at = [](const Host& x, std::int64_t i) {
    return x.values[static_cast<std::size_t>(i)];
  };
  for (std::int64_t row = 0; row * keys < of_weights.numel(); ++row) {
    const std::int64_t batch = row / queries, i = row % queries;
    std::vector<double> terms;
    double total = 0, largest = -kInf;
    for (std::int64_t j = 0; j < keys; ++j) {
      double score = 0;
      for (std::int64_t c = 0; c < features; ++c)
        score += at(in[kQuery], row * features + c) *
                 at(in[kKey], (batch * keys + j) * features + c) * scale;
      if (s.bias) score += at(in[kBias], row * keys + j);
      if ((s.mask && at(in[kMask], i * keys + j) == 0) || (s.causal && j > i)) score = -kInf;
      terms.push_back(score);
      largest = std::max(largest, score);
    }
    for (double& term : terms) total += term = largest == -kInf ? 0 : std::exp(term - largest);
    for (std::int64_t j = 0; j < keys; ++j) {
      const double weight = total == 0 ? (s.keyless_mean ? 1.0 / static_cast<double>(keys) : 0)
                                       : terms[static_cast<std::size_t>(j)] / total;
      weights.values[static_cast<std::size_t>(row * keys + j)] = weight;
      const double used = s.dropout ? weight * at(in[kDropout], row * keys + j) : weight;
      for (std::int64_t c = 0; c < width; ++c)
        y.values[static_cast<std::size_t>(row * width + c)] +=
            used * at(in[kValue], (batch * keys + j) * width + c);
    }
  }
  return Hosts{y, weights};
}

Sample sample(const char* what, const Shape& batch, std::int64_t queries, std::int64_t keys,
              std::int64_t features, std::int64_t width, Lie lie = Lie::dense) {
  const auto shape = [&](std::int64_t rows, std::int64_t cols) {
    Shape s = batch;
    s.append(rows), s.append(cols);
    return s;
  };
  // The first query has no key.
  std::vector<double> mask;
  for (std::int64_t i = 0; i < queries * keys; ++i) mask.push_back(i >= keys && i % 3 != 0);
  return {
      what,
      {draw(shape(queries, features), -1, 1, 1, lie), draw(shape(keys, features), -1, 1, 2, lie),
       draw(shape(keys, width), -1, 1, 3, lie), fixed(list({queries, keys}, mask), boolean),
       draw(shape(queries, keys), -1, 1, 4), draw(shape(queries, keys), 0.5, 1.5, 5)}};
}

using Attend = AttentionResult (*)(const Tensor&, const Tensor&, const Tensor&,
                                   const AttentionOptions&);

OpCase attention(const char* name, const char* word, Attend f, const Setting& s) {
  OpCase c;
  c.name = name;
  c.variant = word;
  c.forward = [f, s](const Tensors& in) -> Outputs {
    AttentionOptions options{.scale = s.scale, .causal = s.causal, .keyless_mean = s.keyless_mean};
    if (s.mask) options.mask = in[kMask];
    if (s.bias) options.bias = in[kBias];
    if (s.dropout) options.dropout_mask = in[kDropout];
    const AttentionResult r = f(in[kQuery], in[kKey], in[kValue], options);
    return Tensors{r.output, r.weights};
  };
  c.reference = [s](const Hosts& in) { return reference(in, s); };
  c.samples = {sample("a matrix", {}, 3, 4, 2, 3),
               sample("heads", {2, 3}, 4, 5, 3, 2),
               sample("one of each", {1}, 1, 1, 1, 1),
               sample("a tail", {2}, 3, 19, 17, 5),
               sample("transposed", {2}, 3, 4, 5, 2, Lie::transposed),
               sample("strided", {2}, 3, 4, 5, 2, Lie::strided)};
  if (!s.bias) c.constant.push_back(kBias);
  if (!s.dropout) c.constant.push_back(kDropout);
  c.epsilons = 32;
  c.of_largest = true;
  return c;
}

std::vector<Fault> faults(Attend f) {
  const std::string op = "[scaled_dot_product_attention] ";
  const Tensor x{{1.f, 2.f}}, wide{{1.f, 2.f, 3.f}}, two{{1.f, 2.f}, {3.f, 4.f}};
  return {fault<ShapeError>(op + "query and key differ in features: query (1, 2), key (1, 3)",
                            [=] { f(x, wide, wide, {}); }),
          fault<ShapeError>(op + "key and value differ in steps: query (1, 2), key (1, 2), value "
                                 "(2, 2)",
                            [=] { f(x, x, two, {}); }),
          fault<DTypeError>(op + "the mask must be bool, got f32 (1, 2)",
                            [=] { f(x, x, x, {.mask = x}); }),
          fault<ShapeError>(op + "mask (1, 2) does not broadcast to the scores (1, 1)", [=] {
            f(x, x, x, {.mask = Tensor{{true, false}}});
          })};
}

}  // namespace

std::vector<OpCase> attention_cases() {
  std::vector<OpCase> all;
  const std::pair<const char*, Attend> both[] = {
      {"scaled_dot_product_attention", scaled_dot_product_attention},
      {"scaled_dot_product_attention_composed", scaled_dot_product_attention_composed}};
  for (const auto& [name, f] : both) {
    all.push_back(attention(name, "", f, {}));
    all.back().faults = faults(f);
    all.push_back(attention(name, "masked", f, {.mask = true, .scale = 0.7}));
    all.push_back(attention(name, "keyless", f, {.mask = true, .keyless_mean = true}));
    all.push_back(attention(name, "causal", f, {.causal = true}));
    all.push_back(attention(name, "everything", f,
                            {.mask = true, .bias = true, .dropout = true, .causal = true}));
  }
  return all;
}

}  // namespace carousel::test
