#include <carousel/nn/recurrent/gru.h>

namespace carousel::nn {

void fields(Fields& f, GRUOptions& o) {
  detail::recurrent_fields(f, o);
  f("reset_after", o.reset_after);
}

GRU::GRU(GRUOptions options) : Layer(std::move(options)) {
  configure(CellKind::gru, options_).spec.reset_after = options_.reset_after;
}

std::unique_ptr<SequenceLayer> GRU::reversed() const { return reversed_copy<GRU>(options_); }

}  // namespace carousel::nn
