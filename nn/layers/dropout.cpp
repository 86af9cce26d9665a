#include <carousel/nn/layers/dropout.h>

#include <fmt/format.h>

#include <carousel/autograd/ops/random.h>
#include <carousel/tensor/host_write.h>

namespace carousel::nn {

void fields(Fields& f, DropoutOptions& o) { f("rate", o.rate), f("seed", o.seed); }

Dropout::Dropout(DropoutOptions options) : Layer(std::move(options)) {
  if (!(options_.rate >= 0 && options_.rate < 1))
    throw ValueError("dropout", fmt::format("rate must be in [0, 1), got {}", options_.rate));
}

void Dropout::make_parameters(const Values&) { state_ = random_state(options_.seed); }

Value Dropout::forward(const Value& x) {
  if (!training() || options_.rate == 0 || building()) return x;
  const HostWrite<std::int64_t> state(state_);
  Generator generator{static_cast<std::uint64_t>(state[0]), 0,
                      static_cast<std::uint64_t>(state[1])};
  Tensor y = dropout(x, options_.rate, generator);
  state[1] = static_cast<std::int64_t>(generator.offset);
  return Value::masked(std::move(y), x.mask);
}

}  // namespace carousel::nn
