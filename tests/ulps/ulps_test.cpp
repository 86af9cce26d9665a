// How many units in the last place the transcendental kernels are off, over the whole range of
// floats: a sample by default, all 2^32 with CAROUSEL_TEST_FULL=1; and over random doubles. The
// references are the C library's, a precision higher.
#include <bit>
#include <mutex>

#include <carousel/backends/cpu/team.h>
#include <tests/backends/kernel_support.h>
#include <tests/support/full.h>

using namespace carousel;
using namespace carousel::test;

namespace {

template <class Real>
Real logistic(Real x) {
  return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x));
}
template <class Real>
Real softplus(Real x) {
  return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
}

struct Case {
  Kernel kernel;
  double (*for_float)(double);
  long double (*for_double)(long double);
  double float_ulps, double_ulps;
};
const Case kCases[] = {
    {Kernel::exp, std::exp, std::exp, 1, 1},
    {Kernel::expm1, std::expm1, std::expm1, 2, 2},
    {Kernel::log, std::log, std::log, 1, 1},
    {Kernel::log1p, std::log1p, std::log1p, 1, 1},
    {Kernel::atan, std::atan, std::atan, 0.6, 1},
    {Kernel::tanh, std::tanh, std::tanh, 1.5, 1.5},
    {Kernel::sigmoid, logistic<double>, logistic<long double>, 2.5, 2.5},
    {Kernel::softplus, softplus<double>, softplus<long double>, 2, 2},
    {Kernel::erf, std::erf, std::erf, 2.5, 1},
    {Kernel::sin, std::sin, std::sin, 0.6, 2.5},
    {Kernel::cos, std::cos, std::cos, 0.6, 2.5},
};

template <class T>
struct Worst {
  double ulps = 0;
  T at = 0, value = 0;
};

const std::vector<cpu::SimdLevel>& levels() {
  static const auto all = [] {
    std::vector<cpu::SimdLevel> found;
    cpu::for_each_level([&] { found.push_back(cpu::simd_level()); });
    return found;
  }();
  return all;
}

// The distance from a float of this size to the next larger one.
template <class T>
T unit_at(T value) {
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  constexpr int kMantissa = std::numeric_limits<T>::digits - 1;
  const Bits exponent = std::bit_cast<Bits>(std::abs(value)) >> kMantissa;
  if (exponent <= kMantissa) return std::numeric_limits<T>::denorm_min();
  return std::bit_cast<T>((exponent - kMantissa) << kMantissa);
}

template <class T, class Real>
void compare(const T* x, const T* out, const Real* wanted, std::int64_t n, Worst<T>& worst) {
  for (std::int64_t i = 0; i < n; ++i) {
    const T rounded = static_cast<T>(wanted[i]);
    if (out[i] == rounded) continue;  // within half a unit
    // A quick look first, which NaN and infinity never pass.
    if (std::isfinite(rounded) && std::abs(out[i] - wanted[i]) <= worst.ulps * unit_at(rounded))
      continue;
    const double off = ulps(out[i], static_cast<long double>(wanted[i]));
    if (off > worst.ulps) worst = {off, x[i], out[i]};
  }
}

// A block of arguments, the results of a kernel, and what they should be.
template <class T, class Real>
class Block {
 public:
  explicit Block(std::int64_t size) : x_(size), out_(size), wanted_(size_t(size)) {}

  // argument(i) gives the i-th one. The reference, which costs most, is computed once for all
  // levels, by all threads.
  template <class Argument>
  void fill(const Argument& argument, Real (*reference)(Real)) {
    cpu::parallel_for(x_.size(), kPart, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        x_[i] = argument(i);
        wanted_[size_t(i)] = reference(x_[i]);
      }
    });
  }

  void measure(Kernel kernel, std::vector<Worst<T>>& worst) {
    for (std::size_t level = 0; level < levels().size(); ++level) {
      const cpu::ScopedSimdLevel scoped(levels()[level]);
      std::mutex mutex;
      cpu::parallel_for(x_.size(), kPart, [&](std::int64_t begin, std::int64_t end) {
        Worst<T> here = worst_so_far(mutex, worst[level]);
        for (std::int64_t part = begin; part < end; part += kPart)
          measure_part(kernel, part, std::min(end - part, kPart), here);
        const std::lock_guard lock(mutex);
        if (here.ulps > worst[level].ulps) worst[level] = here;
      });
    }
  }

 private:
  static constexpr std::int64_t kPart = 4096;  // stays in the cache

  static Worst<T> worst_so_far(std::mutex& mutex, const Worst<T>& worst) {
    const std::lock_guard lock(mutex);
    return worst;
  }

  void measure_part(Kernel kernel, std::int64_t at, std::int64_t n, Worst<T>& worst) const {
    const Strides dense = contiguous_strides(Shape{n});
    cpu_kernels().unary.at(kernel, dtype_of<T>)(
        cpu_context(), UnaryArgs{kernel, dtype_of<T>, Layout::contiguous, n, Shape{n},
                                 out_.operand(dense, at), x_.operand(dense, at)});
    compare(&x_[at], &out_[at], &wanted_[size_t(at)], n, worst);
  }

  Buffer<T> x_, out_;
  std::vector<Real> wanted_;
};

template <class T>
void report(const Case& c, double allowed, const std::vector<Worst<T>>& worst) {
  for (std::size_t level = 0; level < levels().size(); ++level) {
    const Worst<T>& w = worst[level];
    const std::string which = std::string(name_of(c.kernel)) + ", " + to_string(dtype_of<T>) +
                              ", " + cpu::to_string(levels()[level]);
    figure("worst ulps off: " + which, w.ulps, allowed);
    BOOST_TEST(w.ulps <= allowed,
               which << ": of " << w.at << " it is " << w.value << ", " << w.ulps << " ulps off");
  }
}

// All 2^32 floats in the full tests, one in 40009 otherwise.
void floats(const Case& c) {
  const std::uint64_t step = full_tests() ? 1 : 40009, all = std::uint64_t{1} << 32;
  const std::int64_t size = full_tests() ? 1 << 20 : 1 << 14;
  Block<float, double> block(size);
  std::vector<Worst<float>> worst(levels().size());
  for (std::uint64_t first = 0; first < all; first += static_cast<std::uint64_t>(size) * step) {
    block.fill(
        [&](std::int64_t i) {
          return std::bit_cast<float>(
              static_cast<std::uint32_t>(first + static_cast<std::uint64_t>(i) * step));
        },
        c.for_float);
    block.measure(c.kernel, worst);
  }
  report(c, c.float_ulps, worst);
}

// Any bits, then random numbers of ever larger ranges.
void doubles(const Case& c) {
  const std::int64_t size = full_tests() ? 1 << 20 : 20000;
  Block<double, long double> block(size);
  std::vector<Worst<double>> worst(levels().size());
  for (double range : {0.0, 0.7, 5.0, 30.0, 750.0}) {
    block.fill(
        [&](std::int64_t i) {
          Numbers numbers(static_cast<std::uint64_t>(i) + 3);
          return range == 0 ? std::bit_cast<double>(numbers.bits()) : numbers.next(range);
        },
        c.for_double);
    block.measure(c.kernel, worst);
  }
  report(c, c.double_ulps, worst);
}

// A test case for each line of the table; with all threads, alone (see ./dev test).
const bool asked = [] {
  auto* suite = BOOST_TEST_SUITE("threads");
  const std::pair<const char*, void (*)(const Case&)> kinds[] = {{"floats", floats},
                                                                 {"doubles", doubles}};
  for (const auto& [name, body] : kinds) {
    auto* kind = BOOST_TEST_SUITE(name);
    for (const Case& c : kCases)
      kind->add(boost::unit_test::make_test_case(
          [&c, body = body] { body(c); }, std::string(name_of(c.kernel)), __FILE__, __LINE__));
    suite->add(kind);
  }
  boost::unit_test::framework::master_test_suite().add(suite);
  return true;
}();

}  // namespace

BOOST_AUTO_TEST_SUITE(ranges)

BOOST_AUTO_TEST_CASE(nothing_overflows_early_or_is_flushed) {
  cpu::for_each_level([] {
    const Buffer<float> x(std::vector<float>{88.72283f, 88.72284f, -87.5f, -100, -103.9f, -104.1f});
    const Buffer<float> out(6);
    const auto run = [&](Kernel kernel) {
      cpu_kernels().unary.at(kernel, f32)(
          cpu_context(),
          UnaryArgs{kernel, f32, Layout::contiguous, 6, Shape{6}, out.operand(), x.operand()});
    };
    run(Kernel::exp);
    BOOST_TEST(std::isfinite(out[0]));
    BOOST_TEST(std::isinf(out[1]));
    for (int i : {2, 3, 4}) BOOST_TEST((out[i] > 0 && out[i] < std::numeric_limits<float>::min()));
    BOOST_TEST(out[5] == 0);
    run(Kernel::sigmoid);
    for (int i : {2, 3, 4}) BOOST_TEST(out[i] > 0);
  });
}

BOOST_AUTO_TEST_SUITE_END()
