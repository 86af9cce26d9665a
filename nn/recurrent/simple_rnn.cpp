#include <carousel/nn/recurrent/simple_rnn.h>

namespace carousel::nn {

void fields(Fields& f, SimpleRNNOptions& o) { detail::recurrent_fields(f, o); }

SimpleRNN::SimpleRNN(SimpleRNNOptions options) : Layer(std::move(options)) {
  configure(CellKind::simple_rnn, options_);
}

std::unique_ptr<SequenceLayer> SimpleRNN::reversed() const {
  return reversed_copy<SimpleRNN>(options_);
}

}  // namespace carousel::nn
