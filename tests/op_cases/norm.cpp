// Normalisations: the fused kernels and their composed twins.
#include <carousel/autograd/ops/norm.h>
#include <tests/op_cases/op_case.h>

#include <cmath>

namespace carousel::test {
namespace {

constexpr double kEpsilon = 1e-3;

using Number = long double;

// The numbers of a group, and what they normalise to.
struct Moments {
  Number mean = 0, variance = 0;
};
Moments moments_of(const std::vector<double>& x, bool centred) {
  Moments m;
  const auto count = static_cast<Number>(x.size());
  if (centred)
    for (double v : x) m.mean += v / count;
  for (double v : x) m.variance += (v - m.mean) * (v - m.mean) / count;
  return m;
}
double normal(double x, const Moments& m) {
  return static_cast<double>((x - m.mean) / std::sqrt(m.variance + static_cast<Number>(kEpsilon)));
}

// Rows of `cols` numbers; scale and offset follow x among the inputs.
HostOutputs rows_reference(const Hosts& in, std::size_t cols, bool centred) {
  Host y = in[0];
  for (std::size_t first = 0; first + cols <= y.values.size() && cols > 0; first += cols) {
    const auto begin = in[0].values.begin() + static_cast<std::ptrdiff_t>(first);
    const std::vector<double> row(begin, begin + static_cast<std::ptrdiff_t>(cols));
    const Moments m = moments_of(row, centred);
    for (std::size_t c = 0; c < cols; ++c) {
      double& v = y.values[first + c];
      v = normal(row[c], m);
      if (in.size() > 1) v *= in[1].values[c];
      if (in.size() > 2) v += in[2].values[c];
    }
  }
  return y;
}

// y, and the columns' means and variances.
HostOutputs columns_reference(const Hosts& in) {
  Host y = in[0], mean = in[1], variance = in[1];
  const auto cols = static_cast<std::size_t>(in[1].values.size());
  for (std::size_t c = 0; c < cols; ++c) {
    std::vector<double> column;
    for (std::size_t i = c; i < y.values.size(); i += cols) column.push_back(y.values[i]);
    const Moments m = moments_of(column, true);
    mean.values[c] = static_cast<double>(m.mean);
    variance.values[c] = static_cast<double>(m.variance);
    for (std::size_t i = c; i < y.values.size(); i += cols)
      y.values[i] = normal(y.values[i], m) * in[1].values[c] + in[2].values[c];
  }
  return Hosts{y, mean, variance};
}

// Groups of neighbouring columns of each sample; scale and offset follow x.
HostOutputs groups_reference(const Hosts& in, std::size_t groups) {
  Host y = in[0];
  if (y.values.empty()) return y;
  const Shape& shape = y.shape;
  const auto cols = static_cast<std::size_t>(shape[shape.rank() - 1]), width = cols / groups;
  const std::size_t size = y.values.size() / static_cast<std::size_t>(shape[0]);
  for (std::size_t first = 0; first < y.values.size(); first += size)
    for (std::size_t g = 0; g < groups; ++g) {
      std::vector<std::size_t> places;
      for (std::size_t i = first; i < first + size; ++i)
        if (i % cols / width == g) places.push_back(i);
      std::vector<double> numbers;
      for (const std::size_t i : places) numbers.push_back(in[0].values[i]);
      const Moments m = moments_of(numbers, true);
      for (const std::size_t i : places) {
        y.values[i] = normal(in[0].values[i], m);
        if (in.size() > 1) y.values[i] *= in[1].values[i % cols];
        if (in.size() > 2) y.values[i] += in[2].values[i % cols];
      }
    }
  return y;
}

Sample sample(const char* what, const Shape& x, const Shape& of_scale, Lie lie = Lie::dense) {
  return {what, {draw(x, -2, 3, 1, lie), draw(of_scale, 0.5, 2, 2), draw(of_scale, -1, 1, 3)}};
}

std::vector<Sample> samples() {
  std::vector<Sample> all{sample("a row", {5}, {5}),
                          sample("odd sizes", {3, 19}, {19}),
                          sample("three axes", {2, 3, 4}, {4}),
                          sample("one number", {1, 1}, {1}),
                          sample("many rows", {130, 3}, {3}),
                          sample("a long row", {2, 1500}, {1500}),
                          sample("transposed", {4, 6}, {6}, Lie::transposed),
                          sample("strided", {3, 5}, {5}, Lie::strided),
                          sample("stride 0", {3, 5}, {5}, Lie::expanded),
                          {"equal numbers",
                           {list({2, 3}, {2, 2, 2, 2, 2, 2}), list({1, 1, 1}), list({0, 0, 0})},
                           false},
                          {"NaN stays in its row",
                           {list({2, 3}, {1, kNaN, 2, 1, 3, 7}), list({1, 2, -1}), list({0, 1, 2})},
                           false}};
  return all;
}

template <class Call>
OpCase norm(const char* name, const char* word, const Call& call, std::size_t inputs,
            bool centred) {
  OpCase c;
  c.name = name;
  c.variant = word;
  c.forward = [call](const Tensors& in) { return call(in); };
  c.reference = [centred](const Hosts& in) {
    return rows_reference(in, static_cast<std::size_t>(in[0].shape[in[0].shape.rank() - 1]),
                          centred);
  };
  for (Sample s : samples()) {
    s.inputs.resize(inputs);
    c.samples.push_back(s);
  }
  c.epsilons = 32;
  c.of_largest = true;
  return c;
}

template <class Call>
OpCase over_two_axes(const char* name, const Call& call) {
  OpCase c = norm(name, "two_axes", call, 3, true);
  c.samples = {sample("three axes", {2, 3, 4}, {3, 4}), sample("all axes", {3, 5}, {3, 5})};
  c.reference = [](const Hosts& in) { return rows_reference(in, in[1].values.size(), true); };
  return c;
}

using LayerNorm = Tensor (*)(const Tensor&, const Tensor&, const Tensor&, int, double);
using RmsNorm = Tensor (*)(const Tensor&, const Tensor&, int, double);
using BatchNorm = BatchNormResult (*)(const Tensor&, const Tensor&, const Tensor&, double);

void add_layer_norm(std::vector<OpCase>& all, const char* name, LayerNorm f) {
  const std::string op = "[" + std::string(name) + "] ";
  all.push_back(norm(
      name, "", [f](const Tensors& in) { return f(in[0], in[1], in[2], 1, kEpsilon); }, 3, true));
  all.back().faults = {
      fault<ShapeError>(op + "scale (2,) must have the shape of the last axis of x (1, 3)",
                        [f] {
                          f(Tensor{{1.f, 2.f, 3.f}}, Tensor{1.f, 1.f}, {}, 1, 1e-3);
                        }),
      fault<ShapeError>(op + "normalises from 1 to all axes, asked for 2 of x (2,)",
                        [f] {
                          f(Tensor{1.f, 2.f}, {}, {}, 2, 1e-3);
                        }),
      fault<ValueError>(op + "epsilon must be from 0, got -1",
                        [f] {
                          f(Tensor{1.f, 2.f}, {}, {}, 1, -1);
                        }),
      fault<DTypeError>(op + "takes f32 or f64, got i32", [f] {
        f(Tensor{1, 2}, {}, {}, 1, 1e-3);
      })};
  all.push_back(norm(
      name, "plain", [f](const Tensors& in) { return f(in[0], {}, {}, 1, kEpsilon); }, 1, true));
  all.push_back(
      over_two_axes(name, [f](const Tensors& in) { return f(in[0], in[1], in[2], 2, kEpsilon); }));
}

void add_rms_norm(std::vector<OpCase>& all, const char* name, RmsNorm f) {
  all.push_back(norm(
      name, "", [f](const Tensors& in) { return f(in[0], in[1], 1, kEpsilon); }, 2, false));
  all.push_back(norm(
      name, "plain", [f](const Tensors& in) { return f(in[0], {}, 1, kEpsilon); }, 1, false));
}

void add_batch_norm(std::vector<OpCase>& all, const char* name, BatchNorm f) {
  const Sample nan{"NaN stays in its column",
                   {list({2, 2}, {1, kNaN, 1, 3}), list({1, 2}), list({0, 1})},
                   false};
  OpCase c = norm(
      name, "", [f](const Tensors& in) { return f(in[0], in[1], in[2], kEpsilon).output; }, 3,
      true);
  c.reference = [](const Hosts& in) { return columns_reference(in)[0]; };
  c.samples.back() = nan;
  c.faults = {fault<ShapeError>(
      "[" + std::string(name) + "] offset (3,) must have the shape of the last axis of x (1, 2)",
      [f] {
        f(Tensor{{1.f, 2.f}}, {}, Tensor{1.f, 1.f, 1.f}, 1e-3);
      })};
  all.push_back(c);
  // Of the batch, for the moving averages: without gradients.
  c.variant = "statistics";
  c.forward = [f](const Tensors& in) -> Outputs {
    const BatchNormResult r = f(in[0], in[1], in[2], kEpsilon);
    return Tensors{r.mean, r.variance};
  };
  c.reference = [](const Hosts& in) -> HostOutputs {
    const Hosts results = columns_reference(in);
    return Hosts{results[1], results[2]};
  };
  c.derivatives = 0;
  c.faults = {};
  // The mean of equal numbers may differ from them by a rounding; their variance is then no 0.
  std::erase_if(c.samples, [](const Sample& sample) { return sample.what == "stride 0"; });
  all.push_back(c);
}

using GroupNorm = Tensor (*)(const Tensor&, std::int64_t, const Tensor&, const Tensor&, double);

OpCase group_case(const char* name, const char* word, std::int64_t groups, GroupNorm f,
                  std::size_t inputs) {
  OpCase c = norm(
      name, word,
      [f, groups](const Tensors& in) {
        return in.size() == 1 ? f(in[0], groups, {}, {}, kEpsilon)
                              : f(in[0], groups, in[1], in[2], kEpsilon);
      },
      inputs, true);
  c.reference = [groups](const Hosts& in) {
    return groups_reference(in, static_cast<std::size_t>(groups));
  };
  c.samples.clear();
  for (Sample s : {sample("an image", {2, 3, 2, 4}, {4}), sample("no positions", {3, 20}, {20}),
                   sample("many positions", {2, 130, 6}, {6}), sample("empty", {0, 3, 2}, {2}),
                   sample("transposed", {4, 6}, {6}, Lie::transposed),
                   sample("strided", {3, 2, 6}, {6}, Lie::strided),
                   // Three positions: the gradients of two cancel.
                   Sample{"NaN stays in its group",
                          {list({2, 3, 2}, {1, kNaN, 2, 3, 4, 5, 1, 3, 7, 8, 2, 9}), list({1, 2}),
                           list({0, 1})},
                          false}}) {
    s.inputs.resize(inputs);
    c.samples.push_back(s);
  }
  return c;
}

void add_group_norm(std::vector<OpCase>& all, const char* name, GroupNorm f) {
  const std::string op = "[" + std::string(name) + "] ";
  all.push_back(group_case(name, "", 2, f, 3));
  all.back().faults = {
      fault<ShapeError>(op + "2 groups do not divide 3 channels of x (1, 3)",
                        [f] {
                          f(Tensor{{1.f, 2.f, 3.f}}, 2, {}, {}, 1e-3);
                        }),
      fault<ShapeError>(op + "0 groups do not divide 1 channels of x (1, 1)",
                        [f] { f(Tensor{{1.f}}, 0, {}, {}, 1e-3); }),
      fault<ShapeError>(op + "needs (batch, ..., channels), got shape (1,)",
                        [f] { f(Tensor{1.f}, 1, {}, {}, 1e-3); }),
      fault<ShapeError>(op + "offset (1,) must have the shape of the last axis", [f] {
        f(Tensor{{1.f, 2.f}}, 2, {}, Tensor{1.f}, 1e-3);
      })};
  all.push_back(group_case(name, "plain", 2, f, 1));
  all.push_back(group_case(name, "one_group", 1, f, 3));
}

}  // namespace

std::vector<OpCase> norm_cases() {
  std::vector<OpCase> all;
  add_layer_norm(all, "layer_norm", layer_norm);
  add_layer_norm(all, "layer_norm_composed", layer_norm_composed);
  add_rms_norm(all, "rms_norm", rms_norm);
  add_rms_norm(all, "rms_norm_composed", rms_norm_composed);
  add_batch_norm(all, "batch_norm", batch_norm);
  add_batch_norm(all, "batch_norm_composed", batch_norm_composed);
  add_group_norm(all, "group_norm", group_norm);
  add_group_norm(all, "group_norm_composed", group_norm_composed);
  return all;
}

}  // namespace carousel::test
