// How layers draw random numbers from the state that they own.
#pragma once

#include <carousel/autograd/ops/create.h>
#include <carousel/autograd/ops/random.h>
#include <carousel/tensor/host_write.h>

namespace carousel::nn::detail {

// draw(generator) with the generator of `state` (seed, counter; see Module::random_state), which
// goes on behind what was drawn.
template <class Draw>
Tensor draw_from(Tensor& state, const Draw& draw) {
  const HostWrite<std::int64_t> numbers(state);
  Generator generator{static_cast<std::uint64_t>(numbers[0]), 0,
                      static_cast<std::uint64_t>(numbers[1])};
  Tensor drawn = draw(generator);
  numbers[1] = static_cast<std::int64_t>(generator.offset);
  return drawn;
}

// 0, or 1 / (1 - rate), for inputs like `like`: what these are multiplied by in training.
inline Tensor dropout_mask(Tensor& state, const Shape& shape, double rate, const Tensor& like) {
  return draw_from(state, [&](Generator& generator) {
    return dropout(ones(shape, {.dtype = like.dtype(), .device = like.device()}), rate, generator);
  });
}

}  // namespace carousel::nn::detail
