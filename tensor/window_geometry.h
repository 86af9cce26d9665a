// What follows from where windows stand (WindowGeometry).
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include <carousel/tensor/kernel_args.h>

namespace carousel::detail {

// In a window, and in an image.
inline std::int64_t places_of(const WindowGeometry& g) { return g.size[0] * g.size[1] * g.size[2]; }
inline std::int64_t windows_of(const WindowGeometry& g) { return g.out[0] * g.out[1] * g.out[2]; }

// Whether windows are neighbours, so that the outputs that see an input are a window, too.
inline bool has_turned(const WindowGeometry& g) {
  return g.stride[0] == 1 && g.stride[1] == 1 && g.stride[2] == 1;
}

// The windows that inputs have on outputs of `channels`: an input is place k of the output at place
// size - 1 - k of its window. So a convolution's gradient by its input is the convolution of dy
// with the kernel's places in reverse.
inline WindowGeometry turned(const WindowGeometry& geometry, std::int64_t channels) {
  WindowGeometry g = geometry;
  std::swap(g.in, g.out);
  g.channels = channels;
  for (std::size_t axis = 0; axis < 3; ++axis)
    g.before[axis] = (g.size[axis] - 1) * g.dilation[axis] - g.before[axis];
  return g;
}

}  // namespace carousel::detail
