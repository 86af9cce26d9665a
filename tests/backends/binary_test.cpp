// Kernels of two operands: values, layouts, NaN.
#include <tests/backends/kernel_support.h>

using namespace carousel;
using namespace carousel::test;
using Real = long double;

namespace {

constexpr double kAlpha = 0.25, kBeta = 1.5;

Real logistic(Real x) { return 1 / (1 + std::exp(-x)); }
Real normal_cdf(Real x) { return std::erfc(-x / std::sqrt(2.0L)) / 2; }
Real normal_pdf(Real x) { return std::exp(-x * x / 2) / std::sqrt(2 * 3.14159265358979323846L); }
Real python_remainder(Real a, Real b) {
  const Real r = std::fmod(a, b);
  return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}
Real gelu_tanh_slope(Real x) {
  const Real c = std::sqrt(2 / 3.14159265358979323846L),
             t = std::tanh(c * (x + 0.044715L * x * x * x));
  return (1 + t) / 2 + x / 2 * (1 - t * t) * c * (1 + 3 * 0.044715L * x * x);
}

struct Case {
  Kernel kernel;
  Real (*reference)(Real, Real);
  double ulps, absolute;  // one of the two must hold; absolute in units of epsilon
};
// The derivatives are of (saved, dy).
const Case kCases[] = {
    {Kernel::add, [](Real a, Real b) { return a + b; }, 0.5, 0},
    {Kernel::sub, [](Real a, Real b) { return a - b; }, 0.5, 0},
    {Kernel::mul, [](Real a, Real b) { return a * b; }, 0.5, 0},
    {Kernel::div, [](Real a, Real b) { return a / b; }, 0.5, 0},
    {Kernel::floor_divide, [](Real a, Real b) { return std::floor(a / b); }, 0, 0},
    {Kernel::remainder, python_remainder, 0.5, 1},
    {Kernel::pow, [](Real a, Real b) { return std::pow(a, b); }, 1, 0},
    {Kernel::minimum, [](Real a, Real b) { return std::min(a, b); }, 0, 0},
    {Kernel::maximum, [](Real a, Real b) { return std::max(a, b); }, 0, 0},
    {Kernel::tanh_grad, [](Real y, Real g) { return g * (1 - y * y); }, 2, 100},
    {Kernel::sigmoid_grad, [](Real y, Real g) { return g * y * (1 - y); }, 2, 50},
    {Kernel::relu_grad, [](Real y, Real g) { return y > 0 ? g : 0; }, 0, 0},
    {Kernel::leaky_relu_grad, [](Real x, Real g) { return x > 0 ? g : g / 4; }, 0, 0},
    {Kernel::elu_grad, [](Real x, Real g) { return x > 0 ? g : g * std::exp(x) / 4; }, 2, 0},
    {Kernel::selu_grad,
     [](Real x, Real g) {
       return 1.0507009873554804934193L * (x >= 0 ? g : g * 1.6732632423543772848L * std::exp(x));
     },
     4, 0},
    {Kernel::softplus_grad, [](Real x, Real g) { return g * logistic(x); }, 3.5, 0},
    {Kernel::softsign_grad,
     [](Real x, Real g) { return g / ((1 + std::abs(x)) * (1 + std::abs(x))); }, 4, 0},
    {Kernel::gelu_grad, [](Real x, Real g) { return g * (normal_cdf(x) + x * normal_pdf(x)); }, 4,
     20},
    {Kernel::gelu_tanh_grad, [](Real x, Real g) { return g * gelu_tanh_slope(x); }, 4, 60},
    {Kernel::silu_grad,
     [](Real x, Real g) { return g * logistic(x) * (1 + x * (1 - logistic(x))); }, 4, 20},
    {Kernel::hard_sigmoid_grad, [](Real x, Real g) { return std::abs(x) < 3 ? g / 6 : 0; }, 0.5, 0},
    {Kernel::clip_grad, [](Real x, Real g) { return x >= 0.25L && x <= 1.5L ? g : 0; }, 0, 0},
    {Kernel::erf_grad,
     [](Real x, Real g) { return g * 1.12837916709551257390L * std::exp(-x * x); }, 8, 4},
};

template <class T>
void run_binary(Kernel kernel, Layout layout, const Shape& shape, const Operand& out,
                const Operand& a, const Operand& b) {
  cpu_kernels().binary.at(kernel, dtype_of<T>)(
      cpu_context(),
      BinaryArgs{kernel, dtype_of<T>, layout, shape.numel(), shape, out, a, b, kAlpha, kBeta});
}

template <class T>
std::vector<T> numbers(std::uint64_t seed, std::int64_t n, double range = 6) {
  Numbers source(seed);
  std::vector<T> x;
  for (std::int64_t i = 0; i < n; ++i) x.push_back(static_cast<T>(source.next(range)));
  return x;
}

template <class T>
void check_values(const Case& c) {
  const std::int64_t n = 1000;
  const Buffer<T> a(numbers<T>(1, n)), b(numbers<T>(2, n)), out(n);
  a[0] = a[1] = 0, a[2] = T(0.25), a[3] = T(1.5), a[4] = 3, a[5] = -3;
  run_binary<T>(c.kernel, Layout::contiguous, Shape{n}, out.operand(), a.operand(), b.operand());
  out.check();
  const double slack = c.absolute * std::numeric_limits<T>::epsilon();
  for (std::int64_t i = 0; i < n; ++i) {
    const Real wanted = c.reference(a[i], b[i]);
    if (ulps(out[i], wanted) <= c.ulps || std::abs(out[i] - wanted) <= slack) continue;
    BOOST_ERROR(name_of(c.kernel) << "(" << a[i] << ", " << b[i] << ") = " << out[i] << ", wanted "
                                  << wanted);
    return;
  }
}

// Every layout gives the bits that the contiguous one gives for the same pairs.
template <class T>
void check_layouts(Kernel kernel) {
  for (std::int64_t cols : {1, 3, 8, 17, 35}) {
    const std::int64_t rows = 5, n = rows * cols;
    const Shape shape{rows, cols};
    const Buffer<T> a(numbers<T>(3, n)), b(numbers<T>(4, n)), wanted(n), out(n), wide(2 * n);
    const Strides across{1, rows}, still{}, row{0, 1}, every_other{2 * cols, 2};
    const auto expect = [&](const char* what, auto pair, Layout layout, const Operand& x,
                            const Operand& y) {
      const Buffer<T> pa(n), pb(n);
      for (std::int64_t i = 0; i < n; ++i) std::tie(pa[i], pb[i]) = pair(i / cols, i % cols);
      run_binary<T>(kernel, Layout::contiguous, shape, wanted.operand(), pa.operand(),
                    pb.operand());
      run_binary<T>(kernel, layout, shape, out.operand(shape), x, y);
      out.check();
      BOOST_TEST(same(out.values(), wanted.values()), name_of(kernel)
                                                          << " " << what << " " << cols);
    };
    const auto at = [&](std::int64_t r, std::int64_t c) { return r * cols + c; };
    const auto dense = a.operand(shape);
    expect(
        "scalar b", [&](auto r, auto c) { return std::pair(a[at(r, c)], T(3)); }, Layout::scalar_b,
        dense, immediate(3));
    expect(
        "scalar a", [&](auto r, auto c) { return std::pair(T(3), b[at(r, c)]); }, Layout::scalar_a,
        immediate(3), b.operand(shape));
    expect(
        "row", [&](auto r, auto c) { return std::pair(a[at(r, c)], b[c]); }, Layout::rows_b, dense,
        b.operand(row));
    expect(
        "row, general", [&](auto r, auto c) { return std::pair(a[at(r, c)], b[c]); },
        Layout::general, dense, b.operand(row));
    expect(
        "column", [&](auto r, auto c) { return std::pair(a[at(r, c)], b[r]); }, Layout::general,
        dense, b.operand(Strides{1, 0}));
    expect(
        "transposed", [&](auto r, auto c) { return std::pair(a[c * rows + r], b[at(r, c)]); },
        Layout::general, a.operand(across), b.operand(shape));
    expect(
        "one element", [&](auto r, auto c) { return std::pair(a[at(r, c)], b[2]); },
        Layout::general, dense, b.operand(still, 2));
    std::copy(a.begin(), a.end(), wide.begin());
    std::copy(b.begin(), b.end(), wide.begin() + n);
    expect(
        "strided", [&](auto r, auto c) { return std::pair(wide[2 * at(r, c)], b[at(r, c)]); },
        Layout::general, wide.operand(every_other), b.operand(shape));
  }
}

template <class T>
void check_nan(Kernel kernel) {
  const T values[] = {T(kNaN), 1, T(-2)};
  for (std::int64_t n : {1, 4, 9, 33})
    for (int first = 0; first < 2; ++first)
      for (T other : {T(1), T(-2), T(kInf), T(-kInf), T(0)}) {
        const Buffer<T> a(n), b(n), out(n);
        std::fill(a.begin(), a.end(), first ? values[0] : other);
        std::fill(b.begin(), b.end(), first ? other : values[0]);
        run_binary<T>(kernel, Layout::contiguous, Shape{n}, out.operand(), a.operand(),
                      b.operand());
        for (T y : out.values())
          BOOST_TEST(std::isnan(y), name_of(kernel) << " of NaN and " << other << " is " << y);
      }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cpu_binary)

BOOST_AUTO_TEST_CASE(floating_kernels_match_the_reference) {
  cpu::for_each_level([] {
    for (const Case& c : kCases) {
      check_values<float>(c);
      check_values<double>(c);
    }
  });
}

BOOST_AUTO_TEST_CASE(every_binary_kernel_has_a_case) {
  for (int k = 0; k < static_cast<int>(kKernelCount); ++k) {
    const auto kernel = static_cast<Kernel>(k);
    if (kind_of(kernel) != KernelKind::binary) continue;
    const bool found = std::any_of(std::begin(kCases), std::end(kCases),
                                   [&](const Case& c) { return c.kernel == kernel; });
    BOOST_TEST(found, name_of(kernel));
  }
}

BOOST_AUTO_TEST_CASE(every_layout_gives_the_same_bits) {
  cpu::for_each_level([] {
    for (const Case& c : kCases) check_layouts<float>(c.kernel);
    check_layouts<double>(Kernel::sub);
    check_layouts<std::int32_t>(Kernel::sub);
    check_layouts<std::int64_t>(Kernel::maximum);
  });
}

BOOST_AUTO_TEST_CASE(a_strided_output_is_written_where_it_lies) {
  cpu::for_each_level([] {
    const Buffer<double> a(numbers<double>(5, 21)), b(numbers<double>(6, 21)), out(42);
    std::fill(out.begin(), out.end(), 7.0);
    run_binary<double>(Kernel::add, Layout::general, Shape{3, 7}, out.operand(Strides{2, 6}),
                       a.operand(Shape{3, 7}), b.operand(Shape{3, 7}));
    out.check();
    for (std::int64_t i = 0; i < 21; ++i) {
      const std::int64_t at = i / 7 * 2 + i % 7 * 6;
      BOOST_TEST(out[at] == a[i] + b[i]);
      BOOST_TEST(out[at + 1] == 7.0);
    }
  });
}

BOOST_AUTO_TEST_CASE(nan_is_never_swallowed) {
  cpu::for_each_level([] {
    for (const Case& c : kCases) {
      if (c.kernel == Kernel::pow) continue;  // pow(1, NaN) is 1 in C, too
      const bool derivative = c.kernel >= Kernel::tanh_grad;
      if (derivative) continue;
      check_nan<float>(c.kernel);
      check_nan<double>(c.kernel);
    }
    for (const Case& c : kCases) {
      if (c.kernel < Kernel::tanh_grad) continue;
      const Buffer<float> x(std::vector<float>(9, float(kNaN))), dy(std::vector<float>(9, 2.f));
      const Buffer<float> out(9);
      run_binary<float>(c.kernel, Layout::contiguous, Shape{9}, out.operand(), x.operand(),
                        dy.operand());
      for (float g : out.values()) BOOST_TEST(std::isnan(g), name_of(c.kernel));
    }
  });
}

BOOST_AUTO_TEST_CASE(integers) {
  cpu::for_each_level([] {
    using I = std::int32_t;
    constexpr I low = std::numeric_limits<I>::min(), high = std::numeric_limits<I>::max();
    const Buffer<I> a(std::vector<I>{7, -7, 7, -7, low, high, 5}), out(7);
    const Buffer<I> b(std::vector<I>{2, 2, -2, -2, -1, 1, 0});
    const auto expect = [&](Kernel kernel, std::vector<I> wanted) {
      run_binary<I>(kernel, Layout::contiguous, Shape{7}, out.operand(), a.operand(), b.operand());
      BOOST_TEST(out.values() == wanted, name_of(kernel));
    };
    expect(Kernel::add, {9, -5, 5, -9, high, low, 5});
    expect(Kernel::mul, {14, -14, -14, 14, low, high, 0});
    expect(Kernel::floor_divide, {3, -4, -4, 3, low, high, 0});
    expect(Kernel::remainder, {1, 1, -1, -1, 0, 0, 0});
    expect(Kernel::minimum, {2, -7, -2, -7, low, 1, 0});
    expect(Kernel::maximum, {7, 2, 7, -2, -1, high, 5});
  });
}

BOOST_AUTO_TEST_SUITE_END()
