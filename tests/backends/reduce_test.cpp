// Reductions over any axes, and scans.
#include <tests/backends/kernel_support.h>

using namespace carousel;
using namespace carousel::test;

namespace {

template <class T, class Out>
void run_reduce(Kernel kernel, const Operand& x, const Operand& out, const Shape& kept,
                const Strides& kept_strides, const Shape& reduced, const Strides& reduced_strides) {
  ReduceArgs args{kernel,          dtype_of<T>,  dtype_of<Out>,   kept, reduced, kept_strides,
                  reduced_strides, kept.numel(), reduced.numel(), x,    out};
  cpu_kernels().reduce.at(kernel, dtype_of<T>)(cpu_context(), args);
}

// All elements of a dense row.
template <class T, class Out = T>
Out reduce_all(Kernel kernel, const std::vector<T>& values) {
  const Buffer<T> x(values);
  const Buffer<Out> out(1);
  run_reduce<T, Out>(kernel, x.operand(), out.operand(), Shape{}, {}, Shape{x.size()}, {1});
  out.check();
  return out[0];
}

template <class T>
std::vector<T> numbers(std::int64_t n) {
  Numbers source(11);
  std::vector<T> x;
  for (std::int64_t i = 0; i < n; ++i) x.push_back(static_cast<T>(source.next(9)));
  return x;
}

template <class T>
long double naive(Kernel kernel, const std::vector<T>& x) {
  long double sum = kernel == Kernel::prod ? 1 : kernel == Kernel::sum ? 0 : x.at(0);
  if (kernel == Kernel::sum_squares) sum = 0;
  std::size_t place = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const long double v = x[i];
    if (kernel == Kernel::sum) sum += v;
    if (kernel == Kernel::prod) sum *= v;
    if (kernel == Kernel::sum_squares) sum += v * v;
    if (kernel == Kernel::max) sum = std::max(sum, v);
    if (kernel == Kernel::min) sum = std::min(sum, v);
    if (kernel == Kernel::argmax && x[i] > x[place]) place = i;
    if (kernel == Kernel::argmin && x[i] < x[place]) place = i;
  }
  return kernel == Kernel::argmax || kernel == Kernel::argmin ? static_cast<long double>(place)
                                                              : sum;
}

// Reduces the middle axis of (a, b, c), the outer two, and the inner one, of a dense and of a
// transposed tensor.
template <class T, class Out>
void check_axes(Kernel kernel, std::int64_t a, std::int64_t b, std::int64_t c) {
  const Buffer<T> x(numbers<T>(a * b * c));
  const std::vector<std::array<std::int64_t, 3>> layouts{{b * c, c, 1}, {1, a, a * b}};
  const std::int64_t sizes[] = {a, b, c};
  for (const auto& strides : layouts)
    for (const std::vector<int>& axes : {std::vector<int>{2}, {1}, {0}, {0, 2}, {0, 1}, {1, 2}}) {
      if (kernel == Kernel::argmax && axes.size() > 1) continue;
      Shape kept, reduced;
      Strides kept_strides{}, reduced_strides{};
      for (int d = 0; d < 3; ++d) {
        const bool gone = std::find(axes.begin(), axes.end(), d) != axes.end();
        Shape& shape = gone ? reduced : kept;
        (gone ? reduced_strides : kept_strides)[shape.rank()] = strides[d];
        shape.append(sizes[d]);
      }
      const Buffer<Out> out(kept.numel());
      run_reduce<T, Out>(kernel, x.operand(), out.operand(), kept, kept_strides, reduced,
                         reduced_strides);
      out.check();
      for (std::int64_t k = 0; k < kept.numel(); ++k) {
        std::vector<T> inputs;
        const auto place = [](std::int64_t i, const Shape& shape, const Strides& s) {
          std::int64_t at = 0;
          for (int d = shape.rank() - 1; d >= 0; i /= shape[d], --d) at += i % shape[d] * s[d];
          return at;
        };
        for (std::int64_t r = 0; r < reduced.numel(); ++r)
          inputs.push_back(x[place(k, kept, kept_strides) + place(r, reduced, reduced_strides)]);
        const long double wanted = naive(kernel, inputs);
        long double scale = 1;
        for (T v : inputs) scale += std::abs(static_cast<long double>(v)) * std::abs(v);
        if (kernel == Kernel::prod) scale = std::abs(wanted) * inputs.size();
        const long double slack =
            std::is_floating_point_v<Out>
                ? scale * 4 * static_cast<long double>(std::numeric_limits<Out>::epsilon())
                : 0;
        BOOST_TEST(std::abs(out[k] - wanted) <= slack,
                   name_of(kernel) << " of (" << a << ", " << b << ", " << c << ") at " << k << ": "
                                   << out[k] << ", wanted " << wanted);
      }
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cpu_reduce)

BOOST_AUTO_TEST_CASE(any_axes_of_any_layout) {
  cpu::for_each_level([] {
    const std::int64_t shapes[][3] = {{1, 1, 1}, {2, 3, 5}, {3, 17, 4}, {2, 70, 67}, {3, 1100, 2}};
    for (const auto& s : shapes) {
      for (Kernel kernel : {Kernel::sum, Kernel::max, Kernel::min, Kernel::sum_squares}) {
        check_axes<float, float>(kernel, s[0], s[1], s[2]);
        check_axes<double, double>(kernel, s[0], s[1], s[2]);
      }
      check_axes<std::int32_t, std::int64_t>(Kernel::sum, s[0], s[1], s[2]);
      check_axes<std::int64_t, std::int64_t>(Kernel::max, s[0], s[1], s[2]);
      check_axes<double, std::int64_t>(Kernel::argmax, s[0], s[1], s[2]);
      check_axes<std::int32_t, std::int64_t>(Kernel::argmax, s[0], s[1], s[2]);
    }
    check_axes<double, double>(Kernel::prod, 2, 3, 5);
    check_axes<std::int32_t, std::int64_t>(Kernel::prod, 2, 3, 5);
  });
}

BOOST_AUTO_TEST_CASE(every_length_around_the_vectors) {
  cpu::for_each_level([] {
    for (std::int64_t n = 1; n <= 70; ++n) {
      const std::vector<float> x(static_cast<std::size_t>(n), 3.f);
      BOOST_TEST(reduce_all(Kernel::sum, x) == 3.f * static_cast<float>(n));
      BOOST_TEST(reduce_all(Kernel::sum_squares, x) == 9.f * static_cast<float>(n));
      BOOST_TEST(reduce_all(Kernel::max, x) == 3.f);
      const std::vector<double> ones(static_cast<std::size_t>(n), -1.0);
      BOOST_TEST(reduce_all(Kernel::prod, ones) == (n % 2 ? -1.0 : 1.0));
      BOOST_TEST(reduce_all(Kernel::min, ones) == -1.0);
    }
  });
}

BOOST_AUTO_TEST_CASE(millions_of_ones_are_all_counted) {
  const std::int64_t n = std::int64_t{1} << 26;
  const Buffer<float> x(n), out(1);
  std::fill(x.begin(), x.end(), 1.f);
  cpu::for_each_level([&] {
    run_reduce<float, float>(Kernel::sum, x.operand(), out.operand(), Shape{}, {}, Shape{n}, {1});
    BOOST_TEST(out[0] == 67108864.f);
  });
}

// Alone it is shared by the threads, among others each thread takes rows: the same tree of sums.
BOOST_AUTO_TEST_CASE(a_row_alone_gives_the_bits_it_gives_among_others) {
  const std::int64_t rows = 5, cols = 150000;
  const Buffer<float> x(numbers<float>(rows * cols)), out(rows), alone(1);
  cpu::for_each_level([&] {
    run_reduce<float, float>(Kernel::sum, x.operand(), out.operand(), Shape{rows}, {cols},
                             Shape{cols}, {1});
    for (std::int64_t r = 0; r < rows; ++r) {
      run_reduce<float, float>(Kernel::sum, x.operand(Strides{1}, r * cols), alone.operand(),
                               Shape{}, {}, Shape{cols}, {1});
      BOOST_TEST(same(alone[0], out[r]));
    }
  });
}

BOOST_AUTO_TEST_CASE(integers_and_bools_are_summed_in_i64) {
  const std::vector<std::int32_t> big(3, std::numeric_limits<std::int32_t>::max());
  cpu::for_each_level([&] {
    BOOST_TEST((reduce_all<std::int32_t, std::int64_t>(Kernel::sum, big)) == 6442450941);
    BOOST_TEST((reduce_all<std::int32_t, std::int64_t>(Kernel::prod, {65536, 65536})) ==
               4294967296);
    BOOST_TEST((reduce_all<bool, std::int64_t>(Kernel::sum, std::vector<bool>(999, true))) == 999);
  });
}

BOOST_AUTO_TEST_CASE(any_and_all) {
  cpu::for_each_level([] {
    std::vector<bool> x(100, false);
    BOOST_TEST(!reduce_all(Kernel::any, x));
    x[77] = true;
    BOOST_TEST(reduce_all(Kernel::any, x));
    BOOST_TEST(!reduce_all(Kernel::all, x));
    BOOST_TEST(reduce_all(Kernel::all, std::vector<bool>(100, true)));
  });
}

BOOST_AUTO_TEST_CASE(nothing_gives_the_neutral_element) {
  BOOST_TEST(reduce_all<float>(Kernel::sum, {}) == 0.f);
  BOOST_TEST(reduce_all<double>(Kernel::prod, {}) == 1.0);
  BOOST_TEST((reduce_all<std::int32_t, std::int64_t>(Kernel::prod, {})) == 1);
  BOOST_TEST(!reduce_all<bool>(Kernel::any, {}));
  BOOST_TEST(reduce_all<bool>(Kernel::all, {}));
}

BOOST_AUTO_TEST_CASE(nan_wins_wherever_it_stands) {
  cpu::for_each_level([] {
    for (std::int64_t n : {1, 5, 16, 17, 67, 3000})
      for (std::int64_t at : {std::int64_t{0}, n / 2, n - 1}) {
        std::vector<float> x(static_cast<std::size_t>(n), 1.f);
        x[0] = 9;
        x[static_cast<std::size_t>(at)] = static_cast<float>(kNaN);
        for (Kernel kernel : {Kernel::max, Kernel::min, Kernel::sum, Kernel::prod})
          BOOST_TEST(std::isnan(reduce_all(kernel, x)), name_of(kernel) << " " << n << " " << at);
        for (Kernel kernel : {Kernel::argmax, Kernel::argmin})
          BOOST_TEST((reduce_all<float, std::int64_t>(kernel, x)) == at);
        x.push_back(static_cast<float>(kNaN));
        BOOST_TEST((reduce_all<float, std::int64_t>(Kernel::argmax, x)) == at);
      }
  });
}

BOOST_AUTO_TEST_CASE(the_first_of_equals_is_found) {
  cpu::for_each_level([] {
    BOOST_TEST((reduce_all<float, std::int64_t>(Kernel::argmax, {1, 3, 3, 2, 3})) == 1);
    BOOST_TEST((reduce_all<std::int64_t, std::int64_t>(Kernel::argmin, {5, 2, 4, 2})) == 1);
    std::vector<double> x(5000, 0.0);
    x[2500] = x[4500] = 1;
    BOOST_TEST((reduce_all<double, std::int64_t>(Kernel::argmax, x)) == 2500);
    const auto low = static_cast<float>(-kInf);
    BOOST_TEST((reduce_all<float, std::int64_t>(Kernel::argmax, {low, low})) == 0);
  });
}

BOOST_AUTO_TEST_SUITE_END()
