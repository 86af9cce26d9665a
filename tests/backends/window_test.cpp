// Pooling, depthwise convolution and the rows of convolutions against plain loops, on every level
// and with any number of threads.
#include <functional>
#include <map>

#include <tests/backends/kernel_support.h>

using namespace carousel;
using namespace carousel::test;
using std::int64_t;

namespace {

struct Problem {
  const char* name;
  WindowGeometry geometry;
  int64_t multiplier = 1;
};

// Runs of windows that see alike, lines shorter than a window, what overlaps and what does not;
// channels of whole vectors, and tails.
const std::vector<Problem>& problems() {
  static const std::vector<Problem> all{{"padded lines",
                                         {.batch = 2,
                                          .channels = 19,
                                          .in = {1, 1, 23},
                                          .out = {1, 1, 23},
                                          .size = {1, 1, 5},
                                          .before = {0, 0, 2}}},
                                        {"images",
                                         {.batch = 3,
                                          .channels = 33,
                                          .in = {1, 6, 9},
                                          .out = {1, 6, 9},
                                          .size = {1, 3, 3},
                                          .before = {0, 1, 1}}},
                                        {"strides and dilation",
                                         {.batch = 1,
                                          .channels = 70,
                                          .in = {1, 9, 11},
                                          .out = {1, 4, 4},
                                          .size = {1, 2, 3},
                                          .stride = {1, 2, 2},
                                          .dilation = {1, 2, 2}}},
                                        {"windows wider than the image",
                                         {.batch = 2,
                                          .channels = 3,
                                          .in = {1, 1, 2},
                                          .out = {1, 1, 2},
                                          .size = {1, 1, 5},
                                          .before = {0, 0, 2}}},
                                        {"volumes",
                                         {.batch = 2,
                                          .channels = 8,
                                          .in = {4, 4, 5},
                                          .out = {2, 2, 2},
                                          .size = {2, 2, 2},
                                          .stride = {2, 2, 2}}},
                                        {"filters a channel",
                                         {.batch = 2,
                                          .channels = 5,
                                          .in = {1, 4, 7},
                                          .out = {1, 4, 7},
                                          .size = {1, 3, 3},
                                          .before = {0, 1, 1}},
                                         3}};
  return all;
}

int64_t count_of(const std::array<int64_t, 3>& sizes) { return sizes[0] * sizes[1] * sizes[2]; }

// Calls body(window, place, pixel) for what each window sees, window and pixel counted over images.
template <class Body>
void for_seen(const WindowGeometry& g, const Body& body) {
  const int64_t outs = count_of(g.out), places = count_of(g.size);
  for (int64_t window = 0; window < g.batch * outs; ++window)
    for (int64_t place = 0; place < places; ++place) {
      int64_t w = window % outs, p = place, pixel = 0, scale = 1;
      bool inside = true;
      for (std::size_t axis : {2, 1, 0}) {
        const int64_t at =
            w % g.out[axis] * g.stride[axis] - g.before[axis] + p % g.size[axis] * g.dilation[axis];
        inside = inside && at >= 0 && at < g.in[axis];
        pixel += at * scale;
        w /= g.out[axis], p /= g.size[axis], scale *= g.in[axis];
      }
      if (inside) body(window, place, window / outs * count_of(g.in) + pixel);
    }
}

template <class T>
struct Data {
  explicit Data(const Problem& p)
      : g(p.geometry),
        m(p.multiplier),
        x(g.batch * count_of(g.in) * g.channels),
        w(count_of(g.size) * g.channels * m),
        dy(g.batch * count_of(g.out) * g.channels * m) {
    Numbers numbers(7);
    for (const Buffer<T>* each : {&x, &w, &dy})
      for (T& v : *each) v = static_cast<T>(numbers.next(1));
  }
  int64_t windows() const { return g.batch * count_of(g.out); }

  WindowGeometry g;
  int64_t m;
  Buffer<T> x, w, dy;
};

using Sums = std::vector<long double>;

// What kernels give, added up element by element.
template <class T>
std::map<Kernel, Sums> expected(const Data<T>& d) {
  const WindowGeometry& g = d.g;
  const int64_t channels = g.channels, m = d.m, places = count_of(g.size);
  const auto zeros = [](int64_t n) { return Sums(static_cast<std::size_t>(n)); };
  const auto at = [](Sums& s, int64_t i) -> long double& { return s[static_cast<std::size_t>(i)]; };
  Sums rows = zeros(d.windows() * places * channels), seen = zeros(d.windows());
  Sums y = zeros(d.dy.size()), dx = zeros(d.x.size()), dw = zeros(d.w.size());
  Sums most(static_cast<std::size_t>(d.windows() * channels), -kInf),
      mean = zeros(d.windows() * channels);
  Sums dmean = zeros(d.x.size()), dmost = zeros(d.x.size()), folded = zeros(d.x.size());
  std::vector<int64_t> where(static_cast<std::size_t>(d.windows() * channels));
  for_seen(g, [&](int64_t window, int64_t, int64_t) { at(seen, window) += 1; });
  for_seen(g, [&](int64_t window, int64_t place, int64_t pixel) {
    for (int64_t c = 0; c < channels; ++c) {
      const int64_t from = pixel * channels + c, to = window * channels + c;
      const long double value = d.x[from];
      at(rows, (window * places + place) * channels + c) = value;
      at(folded, from) += value;
      at(mean, to) += value / at(seen, window);
      if (value > at(most, to)) at(most, to) = value, where[static_cast<std::size_t>(to)] = from;
      if (m == 1) at(dmean, from) += d.dy[to] / at(seen, window);
      for (int64_t j = 0; j < m; ++j) {
        const int64_t weight = (place * channels + c) * m + j, out = to * m + j;
        at(y, out) += value * d.w[weight];
        at(dx, from) += static_cast<long double>(d.w[weight]) * d.dy[out];
        at(dw, weight) += value * d.dy[out];
      }
    }
  });
  for (std::size_t i = 0; m == 1 && i < where.size(); ++i)
    at(dmost, where[i]) += d.dy[static_cast<int64_t>(i)];
  std::map<Kernel, Sums> all{{Kernel::depthwise_conv, y},
                             {Kernel::depthwise_conv_grad_x, dx},
                             {Kernel::depthwise_conv_grad_w, dw},
                             {Kernel::im2col, rows},
                             {Kernel::col2im, folded}};
  if (m == 1)
    all.insert({{Kernel::max_pool, most},
                {Kernel::max_pool_grad, dmost},
                {Kernel::average_pool, mean},
                {Kernel::average_pool_grad, dmean}});
  return all;
}

template <class T>
std::vector<T> run(Kernel kernel, const Data<T>& d, const Buffer<T>& rows, std::size_t size) {
  const Buffer<T> out(static_cast<int64_t>(size));
  std::fill(out.begin(), out.end(), T(0));
  const bool to_rows = kernel == Kernel::im2col || kernel == Kernel::col2im;
  WindowArgs args{};
  args.kernel = kernel, args.dtype = dtype_of<T>, args.geometry = d.g, args.multiplier = d.m;
  if (to_rows) args.rows = d.windows(), args.group_channels = d.g.channels;
  args.x = kernel == Kernel::col2im ? rows.operand() : d.x.operand();
  args.weights = d.w.operand(), args.dy = d.dy.operand(), args.out = out.operand();
  cpu_kernels().window.at(kernel, dtype_of<T>)(cpu_context(), args);
  out.check();
  return out.values();
}

template <class T>
void check(const Problem& problem) {
  const Data<T> data(problem);
  const auto all = expected(data);
  const Sums& values = all.at(Kernel::im2col);
  const Buffer<T> rows(std::vector<T>(values.begin(), values.end()));
  for (const auto& [kernel, wanted] : all) {
    std::vector<T> one, two;
    {
      const WithThreads threads(1);
      one = run(kernel, data, rows, wanted.size());
    }
    {
      const WithThreads threads(2);
      two = run(kernel, data, rows, wanted.size());
    }
    BOOST_TEST(same(one, two), problem.name << ", " << name_of(kernel) << ": threads");
    long double worst = 0;
    for (std::size_t i = 0; i < wanted.size(); ++i)
      worst = std::max(worst, std::abs(static_cast<long double>(one[i]) - wanted[i]));
    BOOST_TEST(worst <= 64 * static_cast<long double>(std::numeric_limits<T>::epsilon()),
               problem.name << ", " << name_of(kernel) << ": off by " << worst);
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cpu_window)

BOOST_AUTO_TEST_CASE(kernels_are_their_sums) {
  cpu::for_each_level([] {
    for (const Problem& problem : problems()) {
      check<float>(problem);
      check<double>(problem);
    }
  });
}

// NaN wins, and takes the gradient; of equals the first one does.
BOOST_AUTO_TEST_CASE(the_largest_of_a_window) {
  const float nan = static_cast<float>(kNaN);
  const Buffer<float> x(std::vector<float>{1, 1, nan, 3, nan, nan, -1, -2}), y(4), dx(8);
  const Buffer<float> dy(std::vector<float>{1, 2, 3, 4});
  WindowArgs args{};
  args.dtype = f32;
  args.geometry = {.in = {1, 1, 8}, .out = {1, 1, 4}, .size = {1, 1, 2}, .stride = {1, 1, 2}};
  args.x = x.operand(), args.dy = dy.operand();
  cpu::for_each_level([&] {
    args.kernel = Kernel::max_pool, args.out = y.operand();
    cpu_kernels().window.at(Kernel::max_pool, f32)(cpu_context(), args);
    BOOST_TEST(same(y.values(), std::vector<float>{1, nan, nan, -1}));
    args.kernel = Kernel::max_pool_grad, args.out = dx.operand();
    cpu_kernels().window.at(Kernel::max_pool_grad, f32)(cpu_context(), args);
    BOOST_TEST(same(dx.values(), std::vector<float>{1, 0, 2, 0, 3, 0, 4, 0}));
  });
}

BOOST_AUTO_TEST_SUITE_END()
