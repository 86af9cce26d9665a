#include <carousel/nn/init.h>

#include <array>
#include <cmath>
#include <numbers>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <carousel/autograd/grad_mode.h>
#include <carousel/autograd/ops/create.h>
#include <carousel/autograd/ops/linear.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/host_write.h>

namespace carousel::nn {
namespace {

using Kind = Initializer::Kind;

struct Named {
  const char* name;
  Kind kind;
  double a, b;
};
// Keras' names and defaults.
constexpr std::array<Named, 16> kNames{{
    {"zeros", Kind::zeros, 0, 0},
    {"ones", Kind::ones, 0, 0},
    {"constant", Kind::constant, 0, 0},
    {"random_uniform", Kind::uniform, -0.05, 0.05},
    {"random_normal", Kind::normal, 0, 0.05},
    {"uniform", Kind::uniform, -0.05, 0.05},
    {"normal", Kind::normal, 0, 0.05},
    {"truncated_normal", Kind::truncated_normal, 0, 0.05},
    {"glorot_uniform", Kind::glorot_uniform, 0, 0},
    {"glorot_normal", Kind::glorot_normal, 0, 0},
    {"he_uniform", Kind::he_uniform, 0, 0},
    {"he_normal", Kind::he_normal, 0, 0},
    {"lecun_uniform", Kind::lecun_uniform, 0, 0},
    {"lecun_normal", Kind::lecun_normal, 0, 0},
    {"orthogonal", Kind::orthogonal, 1, 0},
    {"identity", Kind::identity, 1, 0},
}};

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

// Variance `scale` / n. A truncated normal has 0.8796 of the deviation it is given.
Tensor scaled(const Shape& shape, DType dtype, Generator& generator, double scale, bool uniform) {
  if (uniform) {
    const double limit = std::sqrt(3 * scale);
    return carousel::uniform(shape, -limit, limit, generator, {.dtype = dtype});
  }
  return truncated_tensor(shape, dtype, generator, 0, std::sqrt(scale) / .87962566103423978);
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
  return detail::run(Kernel::mul, eye(shape[0], shape[1], {.dtype = dtype}), Scalar(gain));
}

}  // namespace

Initializer::Initializer(std::string_view name) : kind_(Kind::zeros) {
  std::string known;
  for (const Named& each : kNames) {
    if (name == each.name) {
      kind_ = each.kind, a_ = each.a, b_ = each.b;
      return;
    }
    known += fmt::format("{}{}", known.empty() ? "" : ", ", each.name);
  }
  throw ValueError("initializer", fmt::format("'{}' is none of {}", name, known));
}

const char* Initializer::name() const {
  for (const Named& each : kNames)
    if (each.kind == kind_) return each.name;
  return "";
}

Tensor Initializer::operator()(const Shape& shape, DType dtype, Generator& generator) const {
  const NoGrad no_grad;
  const Fans fans = fans_of(shape);
  const double average = std::max(1.0, (fans.in + fans.out) / 2), in = std::max(1.0, fans.in);
  switch (kind_) {
    case Kind::zeros:
      return zeros(shape, {.dtype = dtype});
    case Kind::ones:
      return ones(shape, {.dtype = dtype});
    case Kind::constant:
      return full(shape, a_, {.dtype = dtype});
    case Kind::uniform:
      return carousel::uniform(shape, a_, b_, generator, {.dtype = dtype});
    case Kind::normal:
      return carousel::normal(shape, a_, b_, generator, {.dtype = dtype});
    case Kind::truncated_normal:
      return truncated_tensor(shape, dtype, generator, a_, b_);
    case Kind::glorot_uniform:
      return scaled(shape, dtype, generator, 1 / average, true);
    case Kind::glorot_normal:
      return scaled(shape, dtype, generator, 1 / average, false);
    case Kind::he_uniform:
      return scaled(shape, dtype, generator, 2 / in, true);
    case Kind::he_normal:
      return scaled(shape, dtype, generator, 2 / in, false);
    case Kind::lecun_uniform:
      return scaled(shape, dtype, generator, 1 / in, true);
    case Kind::lecun_normal:
      return scaled(shape, dtype, generator, 1 / in, false);
    case Kind::orthogonal:
      return orthogonal_tensor(shape, dtype, generator, a_);
    case Kind::identity:
      return identity_tensor(shape, dtype, a_);
  }
  throw ValueError("initializer", "unknown kind");
}

namespace init {

Initializer zeros() { return "zeros"; }
Initializer ones() { return "ones"; }
Initializer constant(double value) { return {Kind::constant, value, 0}; }
Initializer uniform(double low, double high) {
  if (!(low < high))
    throw ValueError("uniform", fmt::format("low must be below high: {}, {}", low, high));
  return {Kind::uniform, low, high};
}
Initializer normal(double mean, double stddev) {
  if (!(stddev >= 0)) throw ValueError("normal", fmt::format("stddev is negative: {}", stddev));
  return {Kind::normal, mean, stddev};
}
Initializer truncated_normal(double mean, double stddev) {
  if (!(stddev >= 0))
    throw ValueError("truncated_normal", fmt::format("stddev is negative: {}", stddev));
  return {Kind::truncated_normal, mean, stddev};
}
Initializer glorot_uniform() { return "glorot_uniform"; }
Initializer glorot_normal() { return "glorot_normal"; }
Initializer he_uniform() { return "he_uniform"; }
Initializer he_normal() { return "he_normal"; }
Initializer lecun_uniform() { return "lecun_uniform"; }
Initializer lecun_normal() { return "lecun_normal"; }
Initializer orthogonal(double gain) { return {Kind::orthogonal, gain, 0}; }
Initializer identity(double gain) { return {Kind::identity, gain, 0}; }

}  // namespace init
}  // namespace carousel::nn
