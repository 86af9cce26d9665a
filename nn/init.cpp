#include <carousel/nn/init.h>

#include <array>
#include <cmath>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <carousel/autograd/grad_mode.h>
#include <carousel/autograd/ops/create.h>
#include <carousel/autograd/ops/linear.h>
#include <carousel/nn/init_stft.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/host_write.h>

namespace carousel::nn {
namespace {

using Rule = InitializerRule;
using Kind = Rule::Kind;
using Fan = Rule::Fan;
using Distribution = Rule::Distribution;

struct Defaults {
  Kind kind;
  double a = 0, b = 0;
  Fan fan = Fan::in;
  Distribution distribution = Distribution::truncated_normal;
};
constexpr Defaults scaling(double scale, Fan fan, Distribution distribution) {
  return {Kind::variance_scaling, scale, 0, fan, distribution};
}

struct Named {
  const char* name;
  const char* other;  // Keras' name of the class
  Defaults defaults;
};
// Keras' names and defaults. The first of a kind is the one it is written with.
constexpr auto kNames = std::to_array<Named>({
    {"zeros", "Zeros", {Kind::zeros}},
    {"ones", "Ones", {Kind::ones}},
    {"constant", "Constant", {Kind::constant}},
    {"random_uniform", "RandomUniform", {Kind::uniform, -0.05, 0.05}},
    {"random_normal", "RandomNormal", {Kind::normal, 0, 0.05}},
    {"truncated_normal", "TruncatedNormal", {Kind::truncated_normal, 0, 0.05}},
    {"variance_scaling", "VarianceScaling", scaling(1, Fan::in, Distribution::truncated_normal)},
    {"glorot_uniform", "GlorotUniform", scaling(1, Fan::average, Distribution::uniform)},
    {"glorot_normal", "GlorotNormal", scaling(1, Fan::average, Distribution::truncated_normal)},
    {"he_uniform", "HeUniform", scaling(2, Fan::in, Distribution::uniform)},
    {"he_normal", "HeNormal", scaling(2, Fan::in, Distribution::truncated_normal)},
    {"lecun_uniform", "LecunUniform", scaling(1, Fan::in, Distribution::uniform)},
    {"lecun_normal", "LecunNormal", scaling(1, Fan::in, Distribution::truncated_normal)},
    {"orthogonal", "Orthogonal", {Kind::orthogonal, 1}},
    {"identity", "Identity", {Kind::identity, 1}},
    {"stft", "STFT", {Kind::stft}},
    {"zero", nullptr, {Kind::zeros}},
    {"one", nullptr, {Kind::ones}},
    {"uniform", nullptr, {Kind::uniform, -0.05, 0.05}},
    {"normal", nullptr, {Kind::normal, 0, 0.05}},
});
// Keras' names from earlier versions.
constexpr std::pair<const char*, const char*> kOlderNames[] = {
    {"OrthogonalInitializer", "orthogonal"},
    {"IdentityInitializer", "identity"},
    {"STFTInitializer", "stft"}};

Rule rule_of(const Defaults& d) {
  Rule rule{.kind = d.kind, .a = d.a, .b = d.b, .fan = d.fan, .distribution = d.distribution};
  if (d.kind == Kind::stft) rule.stft = std::make_shared<const init::STFTOptions>();
  return rule;
}

struct Fans {
  double in, out;
};

// The last two axes are (in, out); those before are a receptive field.
Fans fans_of(const Shape& shape) {
  const int rank = shape.rank();
  if (rank == 0) return {1, 1};
  if (rank == 1) return {static_cast<double>(shape[0]), static_cast<double>(shape[0])};
  double field = 1;
  for (int i = 0; i < rank - 2; ++i) field *= static_cast<double>(shape[i]);
  return {field * static_cast<double>(shape[rank - 2]),
          field * static_cast<double>(shape[rank - 1])};
}

// Values beyond two deviations are drawn again, from the numbers that follow.
std::vector<double> truncated(std::int64_t count, Generator& generator, double mean,
                              double stddev) {
  std::vector<double> values;
  values.reserve(static_cast<std::size_t>(count));
  while (static_cast<std::int64_t>(values.size()) < count) {
    const Tensor more = carousel::normal({count}, 0, 1, generator, {.dtype = f64});
    for (const double value : more.data<double>())
      if (std::abs(value) <= 2 && static_cast<std::int64_t>(values.size()) < count)
        values.push_back(mean + stddev * value);
  }
  return values;
}

Tensor truncated_tensor(const Shape& shape, DType dtype, Generator& generator, double mean,
                        double stddev) {
  return from_vector(truncated(shape.numel(), generator, mean, stddev), shape, {.dtype = dtype});
}

double fan_of(const Shape& shape, Fan fan) {
  const Fans fans = fans_of(shape);
  return std::max(1.0, fan == Fan::in    ? fans.in
                       : fan == Fan::out ? fans.out
                                         : (fans.in + fans.out) / 2);
}

// A truncated normal has 0.8796 of the deviation it is given.
Tensor scaled(const Shape& shape, DType dtype, Generator& generator, const Rule& rule) {
  const double variance = rule.a / fan_of(shape, rule.fan);
  switch (rule.distribution) {
    case Distribution::uniform: {
      const double limit = std::sqrt(3 * variance);
      return carousel::uniform(shape, -limit, limit, generator, {.dtype = dtype});
    }
    case Distribution::untruncated_normal:
      return carousel::normal(shape, 0, std::sqrt(variance), generator, {.dtype = dtype});
    case Distribution::truncated_normal:
      break;
  }
  return truncated_tensor(shape, dtype, generator, 0, std::sqrt(variance) / .87962566103423978);
}

// The inner product in eight partial sums, side by side.
double inner(const double* x, const double* y, std::int64_t count) {
  double sums[8] = {};
  std::int64_t k = 0;
  for (; k + 8 <= count; k += 8)
    for (int lane = 0; lane < 8; ++lane) sums[lane] += x[k + lane] * y[k + lane];
  for (; k < count; ++k) sums[0] += x[k] * y[k];
  return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

// Makes the rows orthonormal in place, one after the other (modified Gram-Schmidt).
void orthonormalise_rows(const Tensor& rows) {
  const std::int64_t count = rows.dim(0), length = rows.dim(1);
  const HostWrite<double> write(rows);
  for (std::int64_t i = 0; i < count; ++i) {
    double* x = write.begin() + i * length;
    for (std::int64_t j = 0; j < i; ++j) {
      const double* y = write.begin() + j * length;
      const double projection = inner(x, y, length);
      for (std::int64_t k = 0; k < length; ++k) x[k] -= projection * y[k];
    }
    const double inverse = 1 / std::sqrt(inner(x, x, length));
    for (std::int64_t k = 0; k < length; ++k) x[k] *= inverse;
  }
}

// The same for many rows: blocks of them are freed of all earlier ones by products. Twice, since
// once is not enough where rows are nearly parallel (Daniel et al., 1976).
void orthonormalise(const Tensor& rows) {
  constexpr std::int64_t kBlock = 32;
  for (std::int64_t begin = 0; begin < rows.dim(0); begin += kBlock) {
    Tensor place = rows.slice(0, begin, begin + kBlock);
    Tensor block = place.clone();
    for (int again = 0; again < 2; ++again) {
      if (begin > 0) {
        const Tensor done = rows.slice(0, 0, begin);
        block = block - matmul(matmul(block, done.t()), done);
      }
      orthonormalise_rows(block);
    }
    place.copy_(block);
  }
}

// All axes but the last are the rows. Of the two sides, the shorter one's vectors are orthonormal.
Tensor orthogonal_tensor(const Shape& shape, DType dtype, Generator& generator, double gain) {
  if (shape.rank() < 2)
    throw ShapeError("orthogonal", "needs at least two axes, got " + to_string(shape));
  const std::int64_t columns = shape[shape.rank() - 1];
  if (shape.numel() == 0) return zeros(shape, {.dtype = dtype});
  const std::int64_t rows = shape.numel() / columns;
  const std::int64_t count = std::min(rows, columns), length = std::max(rows, columns);
  Tensor q = carousel::normal({count, length}, 0, 1, generator, {.dtype = f64});
  orthonormalise(q);
  if (rows > columns) q = q.t();
  return (q * gain).reshape(shape).to(dtype);
}

Tensor identity_tensor(const Shape& shape, DType dtype, double gain) {
  if (shape.rank() != 2) throw ShapeError("identity", "needs a matrix, got " + to_string(shape));
  return carousel::detail::run(Kernel::mul, eye(shape[0], shape[1], {.dtype = dtype}),
                               Scalar(gain));
}

}  // namespace

Initializer::Initializer(std::string_view given) {
  std::string_view name = given;
  for (const auto& [older, newer] : kOlderNames)
    if (given == older) name = newer;
  std::string known;
  for (const Named& each : kNames) {
    if (name == each.name || (each.other && name == each.other)) {
      rule_ = rule_of(each.defaults);
      return;
    }
    known += fmt::format("{}{}", known.empty() ? "" : ", ", each.name);
  }
  throw ValueError("initializer", fmt::format("'{}' is none of {}", given, known));
}

Initializer::Initializer(DrawFunction function) : rule_{.kind = Kind::custom} {
  if (!function) throw ValueError("initializer", "the function is empty");
  rule_.function = std::make_shared<const DrawFunction>(std::move(function));
}

Initializer::Initializer(const Tensor& values)
    : Initializer([values](const Shape& shape, DType dtype, Generator&) {
        if (!(values.shape() == shape))
          throw ShapeError("initializer", fmt::format("the values have shape {}, the parameter {}",
                                                      to_string(values.shape()), to_string(shape)));
        return values.detach().to(Device("cpu")).to(dtype).clone();
      }) {
  if (!values.defined()) throw ValueError("initializer", "the values are an undefined tensor");
  rule_.kind = Kind::values;
}

const char* Initializer::name() const {
  for (const Named& each : kNames)
    if (each.defaults.kind == rule_.kind) return each.name;
  return rule_.kind == Kind::values ? "values" : "custom";
}

Tensor Initializer::operator()(const Shape& shape, DType dtype, Generator& generator) const {
  const NoGrad no_grad;
  Generator own{rule_.seed.value_or(0), 0, 0};
  Generator& from = rule_.seed ? own : generator;
  switch (rule_.kind) {
    case Kind::zeros:
      return zeros(shape, {.dtype = dtype});
    case Kind::ones:
      return ones(shape, {.dtype = dtype});
    case Kind::constant:
      return full(shape, rule_.a, {.dtype = dtype});
    case Kind::uniform:
      return carousel::uniform(shape, rule_.a, rule_.b, from, {.dtype = dtype});
    case Kind::normal:
      return carousel::normal(shape, rule_.a, rule_.b, from, {.dtype = dtype});
    case Kind::truncated_normal:
      return truncated_tensor(shape, dtype, from, rule_.a, rule_.b);
    case Kind::variance_scaling:
      return scaled(shape, dtype, from, rule_);
    case Kind::orthogonal:
      return orthogonal_tensor(shape, dtype, from, rule_.a);
    case Kind::identity:
      return identity_tensor(shape, dtype, rule_.a);
    case Kind::stft:
      return detail::stft_kernel(*rule_.stft, shape, dtype);
    case Kind::values:
    case Kind::custom:
      return (*rule_.function)(shape, dtype, from);
  }
  throw ValueError("initializer", "unknown kind");
}

}  // namespace carousel::nn
