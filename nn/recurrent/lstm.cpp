#include <carousel/nn/recurrent/lstm.h>

#include <carousel/autograd/ops.h>

namespace carousel::nn {

DrawFunction detail::forget_bias(const Initializer& initializer, std::int64_t units) {
  return [initializer, units](const Shape& shape, DType dtype, Generator& generator) {
    const Tensor input = initializer({units}, dtype, generator);
    const Tensor forget = init::Ones()({units}, dtype, generator);
    const Tensor rest = initializer({2 * units}, dtype, generator);
    const Tensor bias = concat({input, forget, rest});
    if (shape.rank() == 1) return bias;
    return stack({bias, initializer({4 * units}, dtype, generator)});
  };
}

void fields(Fields& f, LSTMOptions& o) {
  detail::recurrent_fields(f, o);
  f("unit_forget_bias", o.unit_forget_bias);
}

LSTM::LSTM(LSTMOptions options) : Layer(std::move(options)) {
  Settings& settings = configure(CellKind::lstm, options_);
  if (options_.unit_forget_bias)
    settings.bias_initializer = detail::forget_bias(options_.bias_initializer, options_.units);
}

std::unique_ptr<SequenceLayer> LSTM::reversed() const { return reversed_copy<LSTM>(options_); }

}  // namespace carousel::nn
