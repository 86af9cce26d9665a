// Kernels of one operand against the C library in extended precision, on every instruction set.
#include <tests/backends/kernel_support.h>

using namespace carousel;
using namespace carousel::test;
using Real = long double;

namespace {

Real logistic(Real x) { return 1 / (1 + std::exp(-x)); }
Real times(Real x, Real factor) { return factor == 0 ? 0 : x * factor; }  // -inf times 0
Real gelu_tanh(Real x) {
  return times(
      x, (1 + std::tanh(std::sqrt(2 / 3.14159265358979323846L) * (x + 0.044715L * x * x * x))) / 2);
}

struct Case {
  Kernel kernel;
  Real (*reference)(Real);
  double ulps;      // allowed for |x| <= 10
  double absolute;  // allowed beside that, in units of 1: where a sum cancels
};
// alpha is 0.25 and beta 1.5 throughout: exact in both types.
const Case kCases[] = {
    {Kernel::neg, [](Real x) { return -x; }, 0, 0},
    {Kernel::abs, [](Real x) { return std::abs(x); }, 0, 0},
    {Kernel::sign, [](Real x) { return std::isnan(x) ? x : Real((x > 0) - (x < 0)); }, 0, 0},
    {Kernel::square, [](Real x) { return x * x; }, 0.5, 0},
    {Kernel::sqrt, [](Real x) { return std::sqrt(x); }, 0.5, 0},
    {Kernel::rsqrt, [](Real x) { return 1 / std::sqrt(x); }, 1.5, 0},
    {Kernel::reciprocal, [](Real x) { return 1 / x; }, 0.5, 0},
    {Kernel::exp, [](Real x) { return std::exp(x); }, 1, 0},
    {Kernel::expm1, [](Real x) { return std::expm1(x); }, 2, 0},
    {Kernel::log, [](Real x) { return std::log(x); }, 1, 0},
    {Kernel::log1p, [](Real x) { return std::log1p(x); }, 1, 0},
    {Kernel::sin, [](Real x) { return std::sin(x); }, 2.5, 0},
    {Kernel::cos, [](Real x) { return std::cos(x); }, 2.5, 0},
    {Kernel::atan, [](Real x) { return std::atan(x); }, 1, 0},
    {Kernel::tanh, [](Real x) { return std::tanh(x); }, 1.5, 0},
    {Kernel::sigmoid, logistic, 2.5, 0},
    {Kernel::relu, [](Real x) { return x <= 0 ? 0 : x; }, 0, 0},
    {Kernel::leaky_relu, [](Real x) { return x < 0 ? x / 4 : x; }, 0, 0},
    {Kernel::elu, [](Real x) { return x > 0 ? x : std::expm1(x) / 4; }, 2, 0},
    {Kernel::selu,
     [](Real x) {
       return 1.0507009873554804934193L * (x > 0 ? x : 1.6732632423543772848L * std::expm1(x));
     },
     4, 0},
    {Kernel::softplus, [](Real x) { return x > 30 ? x + std::exp(-x) : std::log1p(std::exp(x)); },
     2, 0},
    {Kernel::softsign, [](Real x) { return x / (1 + std::abs(x)); }, 1.5, 0},
    {Kernel::gelu, [](Real x) { return times(x, std::erfc(-x / std::sqrt(2.0L)) / 2); }, 7, 0},
    {Kernel::gelu_tanh, gelu_tanh, 4, 4},
    {Kernel::silu, [](Real x) { return times(x, logistic(x)); }, 3.5, 0},
    {Kernel::hard_sigmoid, [](Real x) { return x <= -3  ? 0
                                               : x >= 3 ? 1
                                                        : (x + 3) / 6; }, 1, 1},
    {Kernel::erf, [](Real x) { return std::erf(x); }, 2.5, 0},
    {Kernel::floor, [](Real x) { return std::floor(x); }, 0, 0},
    {Kernel::ceil, [](Real x) { return std::ceil(x); }, 0, 0},
    {Kernel::round, [](Real x) { return std::nearbyint(x); }, 0, 0},
    {Kernel::clip, [](Real x) { return x < 0.25L  ? 0.25L
                                       : x > 1.5L ? 1.5L
                                                  : x; }, 0, 0},
    {Kernel::pow_scalar, [](Real x) { return std::pow(x, 0.25L); }, 1, 0},
};

template <class T>
void run_unary(Kernel kernel, const Buffer<T>& x, const Buffer<T>& out, std::int64_t n) {
  cpu_kernels().unary.at(kernel, dtype_of<T>)(
      cpu_context(), UnaryArgs{kernel, dtype_of<T>, Layout::contiguous, n, Shape{n}, out.operand(),
                               x.operand(), 0.25, 1.5});
}

template <class T>
std::vector<T> samples() {
  using Limits = std::numeric_limits<T>;
  std::vector<T> x{0,
                   T(-0.0),
                   1,
                   -1,
                   T(0.5),
                   T(-0.5),
                   T(1.5),
                   T(2.5),
                   T(-2.5),
                   T(0.25),
                   3,
                   -3,
                   T(1e-6),
                   T(-1e-6),
                   T(0.4999),
                   7,
                   -7,
                   10,
                   -10,
                   Limits::min(),
                   -Limits::min(),
                   Limits::epsilon(),
                   -Limits::epsilon()};
  Numbers numbers(7);
  while (x.size() < 2000) x.push_back(static_cast<T>(numbers.next(x.size() % 2 ? 10 : 1)));
  return x;
}

template <class T>
void check_values(const Case& c) {
  const Buffer<T> x(samples<T>()), out(x.size());
  run_unary(c.kernel, x, out, x.size());
  const double slack = c.absolute * std::numeric_limits<T>::epsilon();
  for (std::int64_t i = 0; i < x.size(); ++i) {
    const Real wanted = c.reference(x[i]);
    if (ulps(out[i], wanted) <= c.ulps || std::abs(out[i] - wanted) <= slack) continue;
    BOOST_ERROR(name_of(c.kernel) << "(" << x[i] << ") = " << out[i] << ", wanted " << wanted
                                  << ": " << ulps(out[i], wanted) << " ulps off");
    return;
  }
}

// NaN, infinities, huge, tiny: as the reference, within a few units.
template <class T>
void check_extremes(const Case& c) {
  using Limits = std::numeric_limits<T>;
  const Buffer<T> x(std::vector<T>{T(kNaN), T(kInf), T(-kInf), Limits::max(), Limits::lowest(),
                                   Limits::denorm_min(), -Limits::denorm_min(), T(88.7), T(-103),
                                   T(-88), T(709.7), T(-740), T(1e10), T(-1e10), T(40), T(-40),
                                   T(-20), T(-30)});
  const Buffer<T> out(x.size());
  run_unary(c.kernel, x, out, x.size());
  for (std::int64_t i = 0; i < x.size(); ++i) {
    Real wanted = c.reference(x[i]);
    if (c.kernel == Kernel::softsign && std::isinf(x[i])) wanted = kNaN;
    // Sums that cancel; and x times a factor that is subnormal, so has few bits.
    const Real slack = 160 * c.absolute * Limits::epsilon();
    if (std::abs(out[i] - wanted) <= slack + std::abs(x[i]) * Limits::denorm_min()) continue;
    BOOST_TEST(ulps(out[i], wanted) <= c.ulps + 1,
               name_of(c.kernel) << "(" << x[i] << ") = " << out[i] << ", wanted " << wanted);
  }
}

// A value depends neither on its place nor on its neighbours, and nothing around it is touched.
template <class T>
void check_lengths(const Case& c) {
  const std::vector<T> all = samples<T>();
  for (std::int64_t n = 0; n <= 33; ++n) {
    const Buffer<T> x(std::vector<T>(all.begin(), all.begin() + n)), out(n);
    run_unary(c.kernel, x, out, n);
    out.check();
    for (std::int64_t i = 0; i < n; ++i) {
      const Buffer<T> alone(std::vector<T>{x[i]}), one(1);
      run_unary(c.kernel, alone, one, 1);
      BOOST_TEST(same(out[i], one[0]), name_of(c.kernel) << " of " << n << " at " << i);
    }
  }
}

template <class T>
void check(const Case& c) {
  check_values<T>(c);
  check_extremes<T>(c);
  check_lengths<T>(c);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cpu_unary)

BOOST_AUTO_TEST_CASE(floating_kernels_match_the_reference) {
  cpu::for_each_level([] {
    for (const Case& c : kCases) {
      check<float>(c);
      check<double>(c);
    }
  });
}

BOOST_AUTO_TEST_CASE(every_unary_kernel_has_a_case) {
  for (int k = 0; k < static_cast<int>(kKernelCount); ++k) {
    const auto kernel = static_cast<Kernel>(k);
    if (kind_of(kernel) != KernelKind::unary) continue;
    const bool found = std::any_of(std::begin(kCases), std::end(kCases),
                                   [&](const Case& c) { return c.kernel == kernel; });
    BOOST_TEST(found, name_of(kernel));
  }
}

BOOST_AUTO_TEST_CASE(integers_wrap_around) {
  cpu::for_each_level([] {
    constexpr auto low = std::numeric_limits<std::int32_t>::min();
    const Buffer<std::int32_t> x(std::vector<std::int32_t>{5, -5, 0, low, 65536}), out(5);
    const auto expect = [&](Kernel kernel, std::vector<std::int32_t> wanted) {
      run_unary(kernel, x, out, 5);
      BOOST_TEST(out.values() == wanted, name_of(kernel));
      out.check();
    };
    expect(Kernel::neg, {-5, 5, 0, low, -65536});
    expect(Kernel::abs, {5, 5, 0, low, 65536});
    expect(Kernel::sign, {1, -1, 0, -1, 1});
    expect(Kernel::square, {25, 25, 0, 0, 0});
    expect(Kernel::clip, {1, 1, 1, 1, 1});  // of the integers, only 1 lies in [0.25, 1.5]
  });
}

BOOST_AUTO_TEST_CASE(powers_that_are_asked_for_most_are_exact) {
  cpu::for_each_level([] {
    const Buffer<float> x(std::vector<float>{-3, 0, 0.5f, 7}), out(4);
    const auto expect = [&](double power, std::vector<float> wanted) {
      cpu_kernels().unary.at(Kernel::pow_scalar, f32)(
          cpu_context(), UnaryArgs{Kernel::pow_scalar, f32, Layout::contiguous, 4, Shape{4},
                                   out.operand(), x.operand(), power, 0});
      BOOST_TEST(same(out.values(), wanted), "power " << power);
    };
    expect(2, {9, 0, 0.25f, 49});
    expect(1, {-3, 0, 0.5f, 7});
    expect(-1, {-1.f / 3, static_cast<float>(kInf), 2, 1.f / 7});
    expect(0, {1, 1, 1, 1});
    expect(3, {-27, 0, 0.125f, 343});
  });
}

// Where 1 + erf would cancel.
BOOST_AUTO_TEST_CASE(gelu_keeps_its_digits_below_zero) {
  cpu::for_each_level([] {
    const Buffer<float> x(1300), out(1300);
    for (std::int64_t i = 0; i < x.size(); ++i) x[i] = -0.01f * static_cast<float>(i);
    run_unary(Kernel::gelu, x, out, x.size());
    double worst = 0;
    for (std::int64_t i = 0; i < x.size(); ++i)
      worst = std::max(worst,
                       ulps(out[i], x[i] * std::erfc(-x[i] / std::sqrt(static_cast<Real>(2))) / 2));
    BOOST_TEST(worst <= 8, cpu::to_string(cpu::simd_level()) << ": " << worst << " ulps off");
  });
}

BOOST_AUTO_TEST_CASE(predicates) {
  cpu::for_each_level([] {
    const Buffer<double> x(std::vector<double>{kNaN, kInf, -kInf, 0, -1, 1e308}), none(0);
    const Buffer<bool> out(6);
    const auto expect = [&](Kernel kernel, std::vector<bool> wanted) {
      cpu_kernels().unary.at(kernel, f64)(
          cpu_context(),
          UnaryArgs{kernel, f64, Layout::contiguous, 6, Shape{6}, out.operand(), x.operand()});
      BOOST_TEST(out.values() == wanted, name_of(kernel));
      out.check();
    };
    expect(Kernel::isnan, {true, false, false, false, false, false});
    expect(Kernel::isinf, {false, true, true, false, false, false});
    expect(Kernel::isfinite, {false, false, false, true, true, true});
  });
}

BOOST_AUTO_TEST_SUITE_END()
