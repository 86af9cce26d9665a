#include <tests/op_cases/samples.h>

#include <cmath>

#include <carousel/autograd/grad_mode.h>
#include <carousel/autograd/ops.h>

namespace carousel::test {
namespace {

// Splitmix64, Steele, Lea and Flood, 2014.
std::uint64_t mix(std::uint64_t z) {
  z += 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

Tensor dense(const Shape& shape, const std::vector<double>& values, DType dtype, Device device) {
  return from_vector<double>(values, shape).to(dtype).to(device);
}

Tensor transposed(const Array& x, DType dtype, Device device) {
  const Tensor across = dense(x.shape, x.values, f64, {}).transpose(-2, -1).clone();
  return across.to(dtype).to(device).transpose(-2, -1);
}

Tensor strided(const Array& x, DType dtype, Device device) {
  const double between = is_floating(dtype) ? kNaN : -99;
  std::vector<double> wide;
  for (double value : x.values) wide.insert(wide.end(), {value, between});
  Shape shape = x.shape;
  shape[shape.rank() - 1] *= 2;
  return dense(shape, wide, dtype, device).slice(-1, 0, Slice::kEnd, 2);
}

Tensor expanded(const Array& x, DType dtype, Device device) {
  Shape one = x.shape;
  one[0] = 1;
  const auto count = static_cast<std::ptrdiff_t>(one.numel());
  return dense(one, {x.values.begin(), x.values.begin() + count}, dtype, device).expand(x.shape);
}

}  // namespace

Array draw(const Shape& shape, double low, double high, std::uint64_t seed, Lie lie) {
  Array x{shape, {}, lie, {}};
  const auto count = static_cast<std::uint64_t>(shape.numel());
  std::uint64_t period = count;
  if (lie == Lie::expanded) period = count / static_cast<std::uint64_t>(shape[0]);
  for (std::uint64_t i = 0; i < count; ++i) {
    const double unit = static_cast<double>(mix(seed * 1000003 + i % period) >> 11) * 0x1p-53;
    x.values.push_back(low + (high - low) * unit);
  }
  return x;
}

Array list(std::vector<double> values) {
  const Shape shape{static_cast<std::int64_t>(values.size())};
  return {shape, std::move(values), Lie::dense, {}};
}
Array list(const Shape& shape, std::vector<double> values) {
  return {shape, std::move(values), Lie::dense, {}};
}
Array fixed(Array array, DType dtype) {
  array.dtype = dtype;
  return array;
}

Tensor make(const Array& x, DType dtype, Device device) {
  const NoGrad guard;
  dtype = x.dtype.value_or(dtype);
  switch (x.lie) {
    case Lie::transposed:
      return transposed(x, dtype, device);
    case Lie::strided:
      return strided(x, dtype, device);
    case Lie::expanded:
      return expanded(x, dtype, device);
    default:
      return dense(x.shape, x.values, dtype, device);
  }
}

std::vector<Tensor> make(const Sample& sample, DType dtype, Device device) {
  std::vector<Tensor> tensors;
  for (const Array& x : sample.inputs) tensors.push_back(make(x, dtype, device));
  return tensors;
}

std::vector<double> wild() {
  return {kNaN, kInf, -kInf, 0.0, -0.0, 1e-40, -1e-40, 1e-30, 1e30, -1e30, 3e38, 1.0, -2.5};
}

std::vector<Sample> unary_samples(double low, double high, std::vector<double> extremes) {
  std::vector<Sample> samples{
      {"a scalar", {draw({}, low, high, 1)}},
      {"no element", {draw({0, 3}, low, high, 2)}},
      {"one element", {draw({1}, low, high, 3)}},
      {"a matrix", {draw({2, 3}, low, high, 4)}},
      {"an odd tail", {draw({37}, low, high, 5)}},
      {"transposed", {draw({3, 4}, low, high, 6, Lie::transposed)}},
      {"strided", {draw({2, 2, 5}, low, high, 7, Lie::strided)}},
      {"stride 0", {draw({3, 4}, low, high, 8, Lie::expanded)}},
  };
  if (!extremes.empty()) samples.push_back({"extremes", {list(std::move(extremes))}, false});
  return samples;
}

std::vector<Sample> binary_samples(double low_a, double high_a, double low_b, double high_b,
                                   std::vector<double> extremes) {
  const auto a = [=](const Shape& shape, Lie lie = Lie::dense) {
    return draw(shape, low_a, high_a, 11, lie);
  };
  const auto b = [=](const Shape& shape, Lie lie = Lie::dense) {
    return draw(shape, low_b, high_b, 12, lie);
  };
  std::vector<Sample> samples{
      {"scalars", {a({}), b({})}},
      {"no element", {a({0, 3}), b({1, 3})}},
      {"one element", {a({1}), b({1})}},
      {"of one shape", {a({2, 3}), b({2, 3})}},
      {"an odd tail", {a({37}), b({37})}},
      {"a row on the right", {a({4, 19}), b({19})}},
      {"a row on the left", {a({19}), b({4, 19})}},
      {"a scalar on the left", {a({}), b({2, 3})}},
      {"a column and a row", {a({4, 1}), b({1, 5})}},
      {"both transposed", {a({3, 4}, Lie::transposed), b({3, 4}, Lie::transposed)}},
      {"strided and dense", {a({2, 5}, Lie::strided), b({2, 5})}},
      {"stride 0", {a({3, 4}, Lie::expanded), b({3, 4})}},
      {"three axes", {a({2, 1, 3}), b({4, 1}, Lie::transposed)}},
  };
  if (!extremes.empty()) {
    const auto n = static_cast<std::int64_t>(extremes.size());
    samples.push_back({"extremes", {list({n, 1}, extremes), list({1, n}, extremes)}, false});
  }
  return samples;
}

std::vector<Sample> with(std::vector<Sample> samples, std::vector<Sample> more) {
  samples.insert(samples.end(), more.begin(), more.end());
  return samples;
}

std::vector<Sample> not_smooth(std::vector<Sample> samples) {
  for (Sample& sample : samples) sample.smooth = false;
  return samples;
}

}  // namespace carousel::test
