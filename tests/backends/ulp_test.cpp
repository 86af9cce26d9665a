// How many units in the last place the transcendental kernels are off, over the whole range of
// floats: a sample by default, all 2^32 with CAROUSEL_TEST_FULL=1; and over random doubles.
#include <cstdlib>

#include <tests/backends/kernel_support.h>

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

// The worst of each level; the reference, which costs most, is computed once.
template <class T, class Real>
void measure(Kernel kernel, const Buffer<T>& x, const Buffer<T>& out, Real (*reference)(Real),
             std::vector<Worst<T>>& worst) {
  const std::int64_t n = x.size();
  std::vector<Real> wanted;
  for (T value : x) wanted.push_back(reference(value));
  for (std::size_t level = 0; level < levels().size(); ++level) {
    const cpu::ScopedSimdLevel scoped(levels()[level]);
    cpu_kernels().unary.at(kernel, dtype_of<T>)(
        cpu_context(), UnaryArgs{kernel, dtype_of<T>, Layout::contiguous, n, Shape{n},
                                 out.operand(), x.operand()});
    for (std::int64_t i = 0; i < n; ++i) {
      const Real exact = wanted[static_cast<std::size_t>(i)];
      if (out[i] == static_cast<T>(exact)) continue;  // within half a unit
      const double off = ulps(out[i], static_cast<long double>(exact));
      if (off > worst[level].ulps) worst[level] = {off, x[i], out[i]};
    }
  }
}

template <class T>
void report(const Case& c, double allowed, const std::vector<Worst<T>>& worst) {
  for (std::size_t level = 0; level < levels().size(); ++level) {
    const Worst<T>& w = worst[level];
    BOOST_TEST_MESSAGE(name_of(c.kernel) << " " << to_string(dtype_of<T>) << " "
                                         << cpu::to_string(levels()[level]) << ": " << w.ulps);
    BOOST_TEST(w.ulps <= allowed, name_of(c.kernel)
                                      << "(" << w.at << ") = " << w.value << " is " << w.ulps
                                      << " ulps off with " << cpu::to_string(levels()[level]));
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cpu_ulps)

BOOST_AUTO_TEST_CASE(floats) {
  const std::uint64_t step = std::getenv("CAROUSEL_TEST_FULL") != nullptr ? 1 : 40009;
  const std::int64_t chunk = 4096;
  const Buffer<float> x(chunk), out(chunk);
  for (const Case& c : kCases) {
    std::vector<Worst<float>> worst(levels().size());
    for (std::uint64_t bits = 0; bits < std::uint64_t{1} << 32;) {
      for (std::int64_t i = 0; i < chunk; ++i, bits += step) {
        const auto pattern = static_cast<std::uint32_t>(bits);
        std::memcpy(&x[i], &pattern, 4);
      }
      measure(c.kernel, x, out, c.for_float, worst);
    }
    report(c, c.float_ulps, worst);
  }
}

BOOST_AUTO_TEST_CASE(doubles) {
  const std::int64_t n = 20000;
  const Buffer<double> x(n), out(n);
  for (const Case& c : kCases) {
    std::vector<Worst<double>> worst(levels().size());
    Numbers numbers(3);
    for (double range : {0.0, 0.7, 5.0, 30.0, 750.0}) {  // 0: any bits
      for (double& value : x) {
        const std::uint64_t bits = numbers.bits();
        std::memcpy(&value, &bits, 8);
        if (range != 0) value = numbers.next(range);
      }
      measure(c.kernel, x, out, c.for_double, worst);
    }
    report(c, c.double_ulps, worst);
  }
}

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
