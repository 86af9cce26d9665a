#include <carousel/nn/layers/dropout.h>

#include <fmt/format.h>

#include <carousel/autograd/ops/arithmetic.h>
#include <carousel/autograd/ops/create.h>
#include <carousel/autograd/ops/random.h>
#include <carousel/nn/check.h>
#include <carousel/nn/layers/noise_shape.h>
#include <carousel/nn/random_state.h>

namespace carousel::nn {

void fields(Fields& f, DropoutOptions& o) {
  f("rate", o.rate), f("noise_shape", o.noise_shape), f("seed", o.seed);
}

Dropout::Dropout(double rate) : Dropout(DropoutOptions{.rate = rate}) {}

Dropout::Dropout(DropoutOptions options) : Layer(std::move(options)) {
  if (!(options_.rate >= 0 && options_.rate < 1))
    throw ValueError("dropout", fmt::format("rate must be in [0, 1), got {}", options_.rate));
  detail::check_open_sizes("dropout", "noise_shape", options_.noise_shape);
}

void Dropout::make_parameters(const Values&) { state_ = random_state(options_.seed); }

Value Dropout::forward(const Value& x) {
  if (!training() || options_.rate == 0 || building()) return x;
  const Shape shape = detail::shape_of_noise("dropout", options_.noise_shape, x);
  Tensor y = detail::draw_from(state_, [&](Generator& generator) {
    if (shape == x.shape()) return dropout(x, options_.rate, generator);
    const Tensor all = ones(shape, {.dtype = x.dtype(), .device = x.device()});
    return x * dropout(all, options_.rate, generator);
  });
  return Value::masked(std::move(y), x.mask);
}

}  // namespace carousel::nn
