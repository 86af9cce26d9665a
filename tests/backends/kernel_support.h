// Buffers with sentinels around them, and calls of the CPU's kernels without front ends.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>
#include <vector>

#include <carousel/tensor/backend.h>
#include <carousel/tensor/kernels.h>
#include <carousel/tensor/storage.h>
#include <carousel/tensor/threads.h>
#include <tests/backends/cpu_levels.h>

namespace carousel::test {

inline const KernelTables& cpu_kernels() { return backend(Device{}).kernels(); }
inline Context& cpu_context() { return backend(Device{}).context(); }

inline constexpr double kInf = std::numeric_limits<double>::infinity();
inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// `count` elements between sentinels, which check() compares.
template <class T>
class Buffer {
 public:
  explicit Buffer(std::int64_t count)
      : count_(count),
        storage_(detail::new_storage(
            Device{}, static_cast<std::size_t>(kPad + count + kPadBehind) * sizeof(T))) {
    std::memset(storage_->host(), kSentinel, storage_->bytes());
  }
  explicit Buffer(const std::vector<T>& values) : Buffer(static_cast<std::int64_t>(values.size())) {
    std::copy(values.begin(), values.end(), begin());
  }

  T* begin() const { return reinterpret_cast<T*>(storage_->host()) + kPad; }
  T* end() const { return begin() + count_; }
  T& operator[](std::int64_t i) const { return begin()[i]; }
  std::int64_t size() const { return count_; }
  std::vector<T> values() const { return std::vector<T>(begin(), end()); }

  // As an operand of this shape, dense or with strides.
  Operand operand(const Shape& shape) const { return operand(contiguous_strides(shape)); }
  Operand operand(const Strides& strides, std::int64_t offset = 0) const {
    Operand o;
    o.storage = storage_.get();
    o.offset = kPad + offset;
    o.strides = strides;
    return o;
  }
  Operand operand() const { return operand(Shape{count_}); }

  void check() const {
    const auto* bytes = reinterpret_cast<const unsigned char*>(storage_->host());
    const std::size_t first = kPad * sizeof(T);
    const std::size_t last = first + static_cast<std::size_t>(count_) * sizeof(T);
    for (std::size_t i = 0; i < storage_->bytes(); ++i)
      if ((i < first || i >= last) && bytes[i] != kSentinel)
        BOOST_FAIL("a kernel wrote outside its output, at byte " << i << " of " << first << " to "
                                                                 << last);
  }

 private:
  static constexpr std::int64_t kPad = 64;
#ifdef __SANITIZE_ADDRESS__
  static constexpr std::int64_t kPadBehind = 0;  // so that reads behind the end are seen, too
#else
  static constexpr std::int64_t kPadBehind = kPad;
#endif
  static constexpr unsigned char kSentinel = 0xA7;
  std::int64_t count_;
  detail::Ref<detail::Storage> storage_;
};

inline Operand immediate(Scalar value) {
  Operand o;
  o.scalar = value;
  return o;
}

// The same bits, or both NaN.
template <class T>
bool same(T a, T b) {
  if constexpr (std::is_floating_point_v<T>)
    if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return std::memcmp(&a, &b, sizeof(T)) == 0;
}
template <class T>
bool same(const std::vector<T>& a, const std::vector<T>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!same(static_cast<T>(a[i]), static_cast<T>(b[i]))) return false;
  return true;
}

// How far `got` is from `wanted`, in units of T's last place there; infinite if one of them is NaN
// or infinite and the other is something else.
template <class T>
double ulps(T got, long double wanted) {
  const T rounded = static_cast<T>(wanted);
  if (std::isnan(rounded) || std::isnan(got))
    return std::isnan(rounded) && std::isnan(got) ? 0 : kInf;
  if (std::isinf(rounded) || std::isinf(got)) return rounded == got ? 0 : kInf;
  constexpr int digits = std::numeric_limits<T>::digits;
  constexpr int lowest = std::numeric_limits<T>::min_exponent - digits;
  int exponent = lowest;
  if (rounded != 0) std::frexp(rounded, &exponent);
  const long double unit = std::ldexp(1.0L, std::max(exponent - digits, lowest));
  return static_cast<double>(std::abs(static_cast<long double>(got) - wanted) / unit);
}

// Numbers that repeat from run to run, in (-range, range).
class Numbers {
 public:
  explicit Numbers(std::uint64_t seed) : state_(seed * 2654435761u + 1) {}
  std::uint64_t bits() {
    state_ += 0x9E3779B97F4A7C15u;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }
  double next(double range) { return (static_cast<double>(bits() >> 11) * 0x1p-52 - 1) * range; }

 private:
  std::uint64_t state_;
};

struct WithThreads {
  explicit WithThreads(int n) : before(num_threads()) { set_num_threads(n); }
  ~WithThreads() { set_num_threads(before); }
  int before;
};

}  // namespace carousel::test
