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
// pointers to them. Most runs are short, so nothing grows here.
class Seen {
 public:
  explicit Seen(int64_t places)
      : pixels_(index(places)),
        places_(index(places)),
        x_(index(places)),
        weights_(index(places)),
        out_(index(places)) {}

  int count() const { return count_; }
  int64_t pixel(int i) const { return pixels_[index(i)]; }
  int64_t place(int i) const { return places_[index(i)]; }
  void clear() { count_ = 0; }
  void add(int64_t pixel, int64_t place) {
    pixels_[index(count_)] = pixel, places_[index(count_)] = place;
    ++count_;
  }

  // Pointers to what is seen, `stride` elements apart.
  template <class T>
  const void* const* x_of(const T* image, int64_t stride) {
    return point(x_, image, pixels_, stride);
  }
  template <class T>
  const void* const* weights_of(const T* weights, int64_t stride) {
    return point(weights_, weights, places_, stride);
  }
  template <class T>
  void* const* out_at_pixels(T* image, int64_t stride) {
    return point(out_, image, pixels_, stride);
  }
  template <class T>
  void* const* out_at_places(T* weights, int64_t stride) {
    return point(out_, weights, places_, stride);
  }
  // As weights_of, for a window of `all` places that is turned around.
  template <class T>
  const void* const* turned_weights_of(const T* weights, int64_t all, int64_t stride) {
    return point(weights_, weights + (all - 1) * stride, places_, -stride);
  }

 private:
  static std::size_t index(int64_t i) { return static_cast<std::size_t>(i); }
  template <class P, class T>
  P* point(std::vector<P>& to, T* base, const std::vector<int64_t>& at, int64_t stride) {
    for (std::size_t i = 0; i < index(count_); ++i) to[i] = base + at[i] * stride;
    return to.data();
  }

  int count_ = 0;
  std::vector<int64_t> pixels_, places_;
  std::vector<const void*> x_, weights_;
  std::vector<void*> out_;
};

// The windows of one image in the order of the output.
class Windows {
 public:
  explicit Windows(const WindowGeometry& geometry);

  int64_t count() const { return pixels(g_.out); }
  // What a window may see at most.
  int64_t most() const {
    int64_t places = 1;
    for (std::size_t axis = 0; axis < 3; ++axis)
      places *= g_.stride[axis] == 0 ? (g_.in[axis] + g_.out[axis] - 1) / g_.out[axis] + 1
                                     : g_.size[axis];
    return places;
  }
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
  Seen seen(windows.most());
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
