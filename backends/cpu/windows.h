// How sliding windows lie on images; for the kernels of this family.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include <carousel/backends/cpu/loops.h>
#include <carousel/backends/cpu/team.h>
#include <carousel/tensor/kernels.h>
#include <carousel/tensor/storage.h>

namespace carousel::cpu {

using std::int64_t;

template <class T>
T* window_memory(const Operand& operand) {
  return reinterpret_cast<T*>(operand.storage->host()) + operand.offset;
}

inline int64_t pixels(const std::array<int64_t, 3>& sizes) {
  return sizes[0] * sizes[1] * sizes[2];
}

// What a window sees: input pixels, and which of the window's places they stand at; and room for
// pointers to them.
struct Seen {
  std::vector<int64_t> pixel, place;
  std::vector<const void*> x, weights;
  std::vector<void*> out;
  int count() const { return static_cast<int>(pixel.size()); }
};

// Pointers to what is seen, `stride` elements apart.
template <class T, class P>
void point(std::vector<P>& taps, T* base, const std::vector<int64_t>& at, int64_t stride) {
  taps.clear();
  for (const int64_t i : at) taps.push_back(base + i * stride);
}

// The windows of one image in the order of the output.
class Windows {
 public:
  explicit Windows(const WindowGeometry& geometry);

  int64_t count() const { return pixels(g_.out); }
  void see(int64_t window, Seen& seen) const;
  // How many windows from here, before `end`, see alike: the neighbours on their line that lie
  // inside it.
  int64_t alike(int64_t window, int64_t end) const {
    const int64_t column = window % g_.out[2];
    const bool inside = column >= first_inside_ && column < end_inside_;
    return inside ? std::min(end_inside_ - column, end - window) : 1;
  }

 private:
  const WindowGeometry& g_;
  int64_t first_inside_ = 0, end_inside_ = 0;
};

// Calls body(image, window of it, count of alike ones, seen) for the windows [begin, end) of all
// images.
template <class Body>
void for_runs(const Windows& windows, int64_t begin, int64_t end, const Body& body) {
  Seen seen;
  const int64_t each = windows.count();
  while (begin < end) {
    const int64_t image = begin / each, window = begin % each;
    const int64_t count = windows.alike(window, std::min(each, end - image * each));
    windows.see(window, seen);
    body(image, window, count, seen);
    begin += count;
  }
}

void add_window_row_kernels(KernelTables& tables);

}  // namespace carousel::cpu
