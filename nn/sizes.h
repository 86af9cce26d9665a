// Sizes along the axes of images, as options take them.
#pragma once

#include <cstdint>

namespace carousel::nn {

// Of a window, a step or a factor; one number means both (all three).
struct Size2D {
  Size2D(std::int64_t both = 1) : height(both), width(both) {}  // NOLINT: implicit, as in Keras
  Size2D(std::int64_t h, std::int64_t w) : height(h), width(w) {}
  std::int64_t height, width;
};

struct Size3D {
  Size3D(std::int64_t all = 1) : depth(all), height(all), width(all) {}  // NOLINT
  Size3D(std::int64_t d, std::int64_t h, std::int64_t w) : depth(d), height(h), width(w) {}
  std::int64_t depth, height, width;
};

// What is added or cut before and after an axis; one number means both.
struct Margin {
  Margin(std::int64_t both = 0) : before(both), after(both) {}  // NOLINT
  Margin(std::int64_t b, std::int64_t a) : before(b), after(a) {}
  std::int64_t before, after;
};

// {1, 2} means 1 above and below, 2 left and right; {{1, 0}, {0, 2}} names all four.
struct Margins2D {
  Margins2D(std::int64_t all = 0) : height(all), width(all) {}  // NOLINT
  Margins2D(Margin h, Margin w) : height(h), width(w) {}
  Margin height, width;
};

}  // namespace carousel::nn
