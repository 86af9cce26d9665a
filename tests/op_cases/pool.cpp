// Pooling: plain loops over every window.
#include <carousel/autograd/ops/pool.h>
#include <tests/op_cases/op_case.h>

#include <cmath>

namespace carousel::test {
namespace {

struct Span {
  std::int64_t begin, end;
};
// What window i of an axis sees.
using Windows = std::function<Span(std::int64_t i, std::int64_t in)>;

Windows sliding(std::int64_t size, std::int64_t stride, std::int64_t before = 0) {
  return [=](std::int64_t i, std::int64_t in) {
    const std::int64_t begin = i * stride - before;
    return Span{std::max<std::int64_t>(begin, 0), std::min(begin + size, in)};
  };
}
Windows sharing(std::int64_t out) {
  return [=](std::int64_t i, std::int64_t in) {
    return Span{i * in / out, ((i + 1) * in + out - 1) / out};
  };
}

double pooled(const std::vector<double>& seen, bool largest) {
  double most = seen[0], total = 0;
  for (double v : seen) {
    most = std::isnan(most) || v <= most ? most : v;
    total += v;
  }
  return largest ? most : total / static_cast<double>(seen.size());
}

// (batch, height, width, channels), or (batch, time, channels) as height 1.
HostOutputs reference(const Hosts& in, const Windows& windows, std::int64_t out_height,
                      std::int64_t out_width, bool largest) {
  const Shape& x = in[0].shape;
  const bool flat = x.rank() == 3;
  const std::int64_t height = flat ? 1 : x[1], width = x[x.rank() - 2], channels = x[x.rank() - 1];
  Host y = zeros_host(
      flat ? Shape{x[0], out_width, channels} : Shape{x[0], out_height, out_width, channels},
      in[0].dtype);
  std::size_t at = 0;
  for (std::int64_t b = 0; b < x[0]; ++b)
    for (std::int64_t oh = 0; oh < (flat ? 1 : out_height); ++oh)
      for (std::int64_t ow = 0; ow < out_width; ++ow)
        for (std::int64_t c = 0; c < channels; ++c) {
          const Span rows = flat ? Span{0, 1} : windows(oh, height), cols = windows(ow, width);
          std::vector<double> seen;
          for (std::int64_t h = rows.begin; h < rows.end; ++h)
            for (std::int64_t w = cols.begin; w < cols.end; ++w)
              seen.push_back(in[0].values[static_cast<std::size_t>(
                  ((b * height + h) * width + w) * channels + c)]);
          y.values[at++] = pooled(seen, largest);
        }
  return y;
}

using Call = std::function<Tensor(const Tensor&)>;

OpCase pool(const char* name, const char* word, bool largest, const Call& f, const Windows& windows,
            std::int64_t height, std::int64_t width, std::vector<Sample> samples) {
  OpCase c;
  c.name = name;
  c.variant = word;
  c.forward = [f](const Tensors& in) { return f(in[0]); };
  c.reference = [=](const Hosts& in) { return reference(in, windows, height, width, largest); };
  c.samples = std::move(samples);
  c.epsilons = 16;
  c.of_largest = !largest;  // averages are sums
  return c;
}

std::vector<Sample> samples() {
  return {{"a sequence", {draw({2, 7, 3}, -1, 1, 1)}},
          {"an image", {draw({2, 5, 7, 19}, -1, 1, 2)}},
          {"many channels", {draw({1, 7, 130}, -1, 1, 3)}},
          {"transposed", {draw({2, 7, 4}, -1, 1, 4, Lie::transposed)}},
          {"equal numbers", {list({1, 7, 1}, {1, 1, 1, 0, 0, 1, 1})}, false}};
}

using Pool = Tensor (*)(const Tensor&, const PoolOptions&);

void add(std::vector<OpCase>& all, const char* name, Pool f, bool largest) {
  all.push_back(pool(
      name, "", largest, [f](const Tensor& x) { return f(x, {}); }, sliding(2, 2), 2, 3,
      samples()));
  const std::string op = "[" + std::string(name) + "] ";
  const Tensor x = make(draw({1, 4, 2}, 0, 1, 1), f32);
  all.back().faults = {
      fault<ShapeError>(op + "needs (batch, <1 to 3 axes>, channels), got shape (2,)",
                        [f] {
                          f(Tensor{1.f, 2.f}, {});
                        }),
      fault<ShapeError>(op + "a window over 5 does not fit axis 1 of (1, 4, 2)",
                        [f, x] { f(x, {.size = {5}}); }),
      fault<ValueError>(op + "a window's size must be at least 1, got 0",
                        [f, x] { f(x, {.size = {0}}); }),
      fault<ValueError>(op + "padding must be below the window's size 2 for x (1, 4, 2)",
                        [f, x] {
                          f(x, {.padding = {{2, 0}}});
                        }),
      fault<DTypeError>(op + "takes f32 or f64, got i32", [f] { f(Tensor{{{1}}}, {}); })};
  all.push_back(pool(
      name, "overlapping", largest,
      [f](const Tensor& v) {
        return f(v, {.size = {3}, .strides = {2}, .padding = {{1, 1}}});
      },
      sliding(3, 2, 1), 3, 4, samples()));
}

}  // namespace

std::vector<OpCase> pool_cases() {
  std::vector<OpCase> all;
  add(all, "max_pool", max_pool, true);
  add(all, "max_pool_composed", max_pool_composed, true);
  add(all, "average_pool", average_pool, false);
  add(all, "average_pool_composed", average_pool_composed, false);
  const auto adaptive = [&](const char* name, bool largest, const Call& f) {
    all.push_back(pool(name, "", largest, f, sharing(3), 3, 3, samples()));
    all.back().faults = {fault<ValueError>(
        "[" + std::string(name) + "] output_size must be at least 1, got 0", [largest] {
          const Tensor x = make(draw({1, 4, 2}, 0, 1, 1), f32);
          largest ? adaptive_max_pool(x, {0}) : adaptive_average_pool(x, {0});
        })};
  };
  adaptive("adaptive_max_pool", true, [](const Tensor& x) { return adaptive_max_pool(x, {3}); });
  adaptive("adaptive_average_pool", false,
           [](const Tensor& x) { return adaptive_average_pool(x, {3}); });
  return all;
}

}  // namespace carousel::test
