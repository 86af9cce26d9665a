// Copies, fills, casts, selections.
#include <tests/backends/kernel_support.h>

using namespace carousel;
using namespace carousel::test;

namespace {

template <class T>
std::vector<T> counting(std::int64_t n) {
  std::vector<T> x;
  for (std::int64_t i = 0; i < n; ++i) x.push_back(static_cast<T>(i % 101));
  return x;
}

template <class T>
void check_copy(std::int64_t rows, std::int64_t cols) {
  const Buffer<T> x(counting<T>(rows * cols)), out(rows * cols);
  const Shape shape{cols, rows};
  const Strides transposed{1, cols};
  const auto copy = cpu_kernels().copy[static_cast<std::size_t>(dtype_of<T>)];
  const auto args = [&](const Operand& to, const Operand& from) {
    return CopyArgs{dtype_of<T>, Layout::general, rows * cols, shape, to, from};
  };
  copy(cpu_context(), args(out.operand(shape), x.operand(transposed)));
  out.check();
  bool right = true;
  for (std::int64_t i = 0; i < rows * cols; ++i) right &= out[i] == x[i % rows * cols + i / rows];
  BOOST_TEST(right, "transposed copy of " << rows << " x " << cols);
  const Buffer<T> back(rows * cols);
  copy(cpu_context(), args(back.operand(transposed), out.operand(shape)));
  back.check();
  BOOST_TEST((back.values() == x.values()));
}

template <class From, class To>
std::vector<To> cast(const std::vector<From>& values) {
  const Buffer<From> x(values);
  const Buffer<To> out(x.size());
  const DType from = dtype_of<From>, to = dtype_of<To>;
  cpu_kernels().cast[static_cast<std::size_t>(from)][static_cast<std::size_t>(to)](
      cpu_context(), CastArgs{from, to, Layout::contiguous, x.size(), Shape{x.size()},
                              out.operand(), x.operand()});
  out.check();
  return out.values();
}

template <class T>
std::vector<T> select(const std::vector<bool>& condition, const Operand& a, const Operand& b,
                      Layout layout = Layout::contiguous) {
  const Buffer<bool> mask(condition);
  const Buffer<T> out(mask.size());
  cpu_kernels().ternary.at(Kernel::where, dtype_of<T>)(
      cpu_context(), TernaryArgs{Kernel::where, dtype_of<T>, layout, mask.size(),
                                 Shape{mask.size()}, out.operand(), mask.operand(), a, b});
  out.check();
  return out.values();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cpu_copy)

BOOST_AUTO_TEST_CASE(transposed_copies_of_every_element_size) {
  for (std::int64_t rows : {1, 2, 15, 64, 200})
    for (std::int64_t cols : {1, 3, 16, 33, 300}) {
      check_copy<float>(rows, cols);
      check_copy<std::int64_t>(rows, cols);
      check_copy<bool>(rows, cols);
    }
}

BOOST_AUTO_TEST_CASE(every_order_of_three_axes) {
  const std::int64_t sizes[] = {9, 17, 40}, dense[] = {680, 40, 1}, count = 9 * 17 * 40;
  Buffer<float> x(count), out(count);
  for (std::int64_t i = 0; i < count; ++i) x[i] = static_cast<float>(i);
  int order[] = {0, 1, 2};
  do {
    Shape shape;
    Strides strides{};
    for (int axis : order) {
      strides[static_cast<std::size_t>(shape.rank())] = dense[axis];
      shape.append(sizes[axis]);
    }
    cpu_kernels().copy[static_cast<std::size_t>(f32)](
        cpu_context(),
        CopyArgs{f32, Layout::general, count, shape, out.operand(shape), x.operand(strides)});
    out.check();
    std::int64_t at = 0, wrong = 0;
    for (std::int64_t i = 0; i < shape[0]; ++i)
      for (std::int64_t j = 0; j < shape[1]; ++j)
        for (std::int64_t k = 0; k < shape[2]; ++k)
          wrong += out[at++] != x[i * strides[0] + j * strides[1] + k * strides[2]];
    BOOST_TEST(wrong == 0, "order " << order[0] << order[1] << order[2]);
  } while (std::next_permutation(std::begin(order), std::end(order)));
}

BOOST_AUTO_TEST_CASE(a_copy_broadcasts) {
  const Buffer<double> x(std::vector<double>{1, 2, 3}), out(6);
  cpu_kernels().copy[static_cast<std::size_t>(f64)](
      cpu_context(), CopyArgs{f64, Layout::general, 6, Shape{2, 3}, out.operand(Shape{2, 3}),
                              x.operand(Strides{0, 1})});
  BOOST_TEST(out.values() == (std::vector<double>{1, 2, 3, 1, 2, 3}));
}

BOOST_AUTO_TEST_CASE(fills_go_where_the_strides_say) {
  const Buffer<std::int32_t> out(std::vector<std::int32_t>(10, 1));
  const auto fill = cpu_kernels().fill[static_cast<std::size_t>(i32)];
  fill(cpu_context(),
       CopyArgs{i32, Layout::general, 5, Shape{5}, out.operand(Strides{2}), immediate(-7)});
  BOOST_TEST(out.values() == (std::vector<std::int32_t>{-7, 1, -7, 1, -7, 1, -7, 1, -7, 1}));
  const Buffer<std::int64_t> wide(1);
  const std::int64_t exact = (std::int64_t{1} << 62) + 1;  // no double holds it
  cpu_kernels().fill[static_cast<std::size_t>(i64)](
      cpu_context(),
      CopyArgs{i64, Layout::contiguous, 1, Shape{1}, wide.operand(), immediate(exact)});
  BOOST_TEST(wide[0] == exact);
}

BOOST_AUTO_TEST_CASE(casts_truncate_and_saturate) {
  using I = std::int32_t;
  using L = std::int64_t;
  constexpr I low = std::numeric_limits<I>::min(), high = std::numeric_limits<I>::max();
  constexpr L lowest = std::numeric_limits<L>::min(), highest = std::numeric_limits<L>::max();
  cpu::for_each_level([&] {
    const std::vector<double> x{1.9, -1.9, 0, kNaN, kInf, -kInf, 2147483647.5, -2147483648.5, 1e10};
    BOOST_TEST((cast<double, I>(x)) == (std::vector<I>{1, -1, 0, 0, high, low, high, low, high}));
    const std::vector<float> y{0x1p31f, -0x1p31f, 0x1p63f, -0x1p63f, -0x1p40f, float(kNaN)};
    BOOST_TEST((cast<float, I>(y)) == (std::vector<I>{high, low, high, low, low, 0}));
    BOOST_TEST((cast<float, L>(y)) ==
               (std::vector<L>{1LL << 31, -(1LL << 31), highest, lowest, -(1LL << 40), 0}));
    BOOST_TEST((cast<double, bool>({0, -0.0, 0.25, kNaN, -3})) ==
               (std::vector<bool>{false, false, true, true, true}));
    BOOST_TEST((cast<I, bool>({0, 256, -1})) == (std::vector<bool>{false, true, true}));
    BOOST_TEST((cast<bool, double>({true, false})) == (std::vector<double>{1, 0}));
    BOOST_TEST((cast<L, I>({(1LL << 32) + 5, -1})) == (std::vector<I>{5, -1}));
    BOOST_TEST((cast<I, float>({16777217, -3})) == (std::vector<float>{16777216, -3}));
    BOOST_TEST((cast<double, float>({1e300, 0.1}))[0] == static_cast<float>(kInf));
  });
}

BOOST_AUTO_TEST_CASE(where_takes_tensors_and_numbers) {
  std::vector<bool> mask;
  for (int i = 0; i < 37; ++i) mask.push_back(i % 3 == 0);
  cpu::for_each_level([&] {
    const Buffer<float> a(counting<float>(37)), b(std::vector<float>(37, float(kNaN)));
    const auto both = select<float>(mask, a.operand(), b.operand());
    const auto number = select<float>(mask, a.operand(), immediate(-1));
    const auto strided = select<float>(mask, immediate(5), a.operand(Strides{0}), Layout::general);
    for (std::size_t i = 0; i < 37; ++i) {
      BOOST_TEST((mask[i] ? both[i] == a[i] : std::isnan(both[i])));
      BOOST_TEST(number[i] == (mask[i] ? a[i] : -1));
      BOOST_TEST(strided[i] == (mask[i] ? 5 : a[0]));
    }
    const Buffer<bool> c(mask);
    BOOST_TEST(select<bool>(mask, c.operand(), immediate(0)) == mask);
  });
}

BOOST_AUTO_TEST_SUITE_END()
