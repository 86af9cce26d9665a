#include <carousel/autograd/ops/random.h>

#include <cmath>
#include <string>

#include <carousel/autograd/record.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/error.h>

namespace carousel {
namespace {

// Draws and advances. An f64 normal takes a whole Philox block where the others take half a one.
Tensor draw(Kernel kernel, const char* op, const Shape& shape, double alpha, double beta,
            Generator& generator, const TensorOptions& options) {
  detail::check_takes(kernel, options.dtype, op);
  if (options.requires_grad && !is_floating(options.dtype))
    throw DTypeError(
        op, std::string("requires_grad takes f32 or f64, got ") + to_string(options.dtype));
  const auto count = static_cast<std::uint64_t>(shape.numel());
  const bool whole_blocks = kernel == Kernel::normal && options.dtype == f64;
  const std::uint64_t start = whole_blocks ? (generator.offset + 1) / 2 : generator.offset;
  Tensor x = detail::run_random(kernel, shape, options.dtype, options.device, generator.seed,
                                generator.stream, start, alpha, beta);
  generator.offset = whole_blocks ? 2 * (start + count) : start + count;
  if (options.requires_grad) x.set_requires_grad();
  return x;
}

}  // namespace

Tensor uniform(const Shape& shape, double low, double high, Generator& generator,
               const TensorOptions& options) {
  if (!std::isfinite(low) || !std::isfinite(high) || !(low < high))
    throw ValueError("uniform", "needs finite low < high: low " + std::to_string(low) + ", high " +
                                    std::to_string(high));
  return draw(Kernel::uniform, "uniform", shape, low, high, generator, options);
}

Tensor rand(const Shape& shape, Generator& generator, const TensorOptions& options) {
  return uniform(shape, 0, 1, generator, options);
}

Tensor normal(const Shape& shape, double mean, double stddev, Generator& generator,
              const TensorOptions& options) {
  if (!std::isfinite(mean) || !std::isfinite(stddev) || stddev < 0)
    throw ValueError("normal", "needs a finite mean and stddev >= 0: mean " + std::to_string(mean) +
                                   ", stddev " + std::to_string(stddev));
  return draw(Kernel::normal, "normal", shape, mean, stddev, generator, options);
}

Tensor randn(const Shape& shape, Generator& generator, const TensorOptions& options) {
  return normal(shape, 0, 1, generator, options);
}

Tensor randint(const Shape& shape, std::int64_t low, std::int64_t high, Generator& generator,
               const TensorOptions& options) {
  const std::int64_t most = options.dtype == i32 ? std::int64_t{1} << 31 : std::int64_t{1} << 53;
  if (low >= high || low < -most || high > most)
    throw ValueError("randint", "needs low < high that " + std::string(to_string(options.dtype)) +
                                    " and f64 hold exactly: low " + std::to_string(low) +
                                    ", high " + std::to_string(high));
  return draw(Kernel::randint, "randint", shape, static_cast<double>(low),
              static_cast<double>(high), generator, options);
}

Tensor bernoulli(const Shape& shape, double probability, Generator& generator,
                 const TensorOptions& options) {
  if (!(probability >= 0 && probability <= 1))
    throw ValueError("bernoulli",
                     "probability must be in [0, 1], got " + std::to_string(probability));
  return draw(Kernel::bernoulli, "bernoulli", shape, probability, 0, generator, options);
}

Tensor permutation(std::int64_t count, Generator& generator, Device device) {
  if (count < 0) throw ValueError("permutation", "count is negative: " + std::to_string(count));
  return draw(Kernel::permutation, "permutation", {count}, 0, 0, generator, {i64, device, false});
}

Tensor dropout(const Tensor& x, double rate, Generator& generator) {
  detail::check_floating("dropout", x);
  if (!(rate >= 0 && rate < 1))
    throw ValueError("dropout", "rate must be in [0, 1), got " + std::to_string(rate));
  if (rate == 0) return x;
  const double keep = 1 - rate;
  const Tensor drawn = draw(Kernel::bernoulli, "dropout", x.shape(), keep, 0, generator,
                            {x.dtype(), x.device(), false});
  const Tensor mask = detail::run(Kernel::mul, drawn, Scalar(1 / keep));
  return record("dropout", detail::run(Kernel::mul, x, mask), {x, mask}, {mask},
                [](Backward& b) { b.grad(0) = b.dy() * b.saved(0); });
}

}  // namespace carousel
