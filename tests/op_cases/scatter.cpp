// Writing at positions.
#include <algorithm>

#include <carousel/autograd/ops/scatter.h>
#include <tests/op_cases/boxes.h>

namespace carousel::test {
namespace {

Array indices(const Shape& shape, std::vector<double> values, DType dtype = i64) {
  return fixed(list(shape, std::move(values)), dtype);
}

std::int64_t wrapped(double index, std::int64_t size) {
  const auto i = static_cast<std::int64_t>(index);
  return i < 0 ? i + size : i;
}

// What of source meets at element i of x, in order; the first axis is the index'.
std::vector<double> meeting(const Host& x, const Host& index, const Host& source, std::int64_t i) {
  std::vector<double> found;
  for (std::int64_t k = 0; k < index.shape.numel(); ++k) {
    Position p = position(index.shape, k);
    p[0] = wrapped(index.values[at(k)], x.shape[0]);
    if (flat(x.shape, p) == i) found.push_back(source.values[at(k)]);
  }
  return found;
}

std::vector<Sample> writes() {
  return {{"repeated",
           {draw({3, 4}, 0.5, 9, 1), indices({2, 4}, {0, 2, 2, 1, 0, 2, -1, 0}),
            draw({2, 4}, 0.5, 9, 5)}},
          {"i32, transposed",
           {draw({3, 2}, 0.5, 9, 2, Lie::transposed), indices({1, 2}, {2, -3}, i32),
            draw({1, 2}, 0.5, 9, 6)}},
          {"none", {draw({3, 2}, 0.5, 9, 3), indices({0, 2}, {}), draw({0, 2}, 0.5, 9, 7)}}};
}

std::vector<OpCase> placing() {
  return {
      {.name = "scatter",
       .forward = [](const Tensors& x) { return scatter(x[0], 0, x[1], x[2]); },
       .reference =
           [](const Hosts& x) {
             Host y = x[0];
             for (std::int64_t i = 0; i < y.shape.numel(); ++i) {
               const auto found = meeting(x[0], x[1], x[2], i);
               if (!found.empty()) y.values[at(i)] = found.back();
             }
             return y;
           },
       .samples =
           with(writes(),
                {{"a shorter index",
                  {draw({3, 4}, -9, 9, 4), indices({2, 2}, {1, 0, 1, 2}), draw({2, 2}, -9, 9, 8)}},
                 {"over NaN",
                  {list({2, 1}, {kNaN, kNaN}), indices({2, 1}, {1, 1}), list({2, 1}, {kNaN, 3})},
                  false}}),
       .dtypes = kNumbers,
       .faults = {fault<IndexError>(
                      "[scatter] index 2 ",
                      [] {
                        scatter(kMatrix, 0, Tensor{{2, 0, 0}}, Tensor{{1.f, 2.f, 3.f}});
                      }),
                  fault<ShapeError>("[scatter] index (1, 3) and source (1, 2) must have one shape",
                                    [] {
                                      scatter(kMatrix, 0, Tensor{{0, 0, 0}}, Tensor{{1.f, 2.f}});
                                    }),
                  fault<DTypeError>("[scatter] indices must be i32 or i64, got f32 (2, 3)",
                                    [] { scatter(kMatrix, 0, kMatrix, kMatrix); })}},
  };
}

std::vector<OpCase> slices() {
  return {
      {.name = "index_copy",
       .forward = [](const Tensors& x) { return index_copy(x[0], 1, x[1], x[2]); },
       .reference =
           [](const Hosts& x) {
             Host y = x[0];
             for (std::int64_t i = 0; i < x[2].shape.numel(); ++i) {
               Position p = position(x[2].shape, i);
               p[1] = wrapped(x[1].values[at(p[1])], y.shape[1]);
               y.values[at(flat(y.shape, p))] = x[2].values[at(i)];
             }
             return y;
           },
       .samples = {{"repeated",
                    {draw({2, 4}, -9, 9, 1), indices({3}, {3, 1, -1}), draw({2, 3}, -9, 9, 2)}}},
       .dtypes = kNumbers,
       .faults = {fault<ShapeError>(
           "[index_copy] source (1, 3) does not fit index (2,) and x (2, 3)",
           [] {
             index_copy(kMatrix, 0, Tensor{0, 1}, Tensor{{1.f, 2.f, 3.f}});
           })}},
      {.name = "index_fill",
       .forward = [](const Tensors& x) { return index_fill(x[0], 1, x[1], 7); },
       .reference =
           [](const Hosts& x) {
             return pick(x[0], x[0].shape, [&](const Host& h, const Position& p) {
               const auto named = [&](double i) { return wrapped(i, 4) == p[1]; };
               return std::any_of(x[1].values.begin(), x[1].values.end(), named) ? 7 : value(h, p);
             });
           },
       .samples = {{"repeated", {draw({2, 4}, -9, 9, 1), indices({3}, {3, 1, -1})}},
                   {"none", {draw({2, 4}, -9, 9, 1), indices({0}, {})}}},
       .dtypes = kNumbers,
       .faults = {fault<ShapeError>("[index_fill] index must be 1-D, got (1, 1)",
                                    [] { index_fill(kMatrix, 0, Tensor{{0}}, 1); }),
                  fault<IndexError>("[index_fill] index 3 ",
                                    [] { index_fill(kMatrix, 1, Tensor{3}, 1); })}},
  };
}

double reduced(ScatterReduction reduction, const std::vector<double>& x) {
  double y = x[0];
  for (std::size_t i = 1; i < x.size(); ++i)
    y = reduction == ScatterReduction::prod  ? y * x[i]
        : reduction == ScatterReduction::max ? std::max(y, x[i])
        : reduction == ScatterReduction::min ? std::min(y, x[i])
                                             : y + x[i];
  return reduction == ScatterReduction::mean ? y / static_cast<double>(x.size()) : y;
}

std::vector<OpCase> reductions() {
  std::vector<OpCase> all;
  using R = ScatterReduction;
  for (const auto& [word, reduction] : {std::pair{"sum", R::sum},
                                        {"mean", R::mean},
                                        {"prod", R::prod},
                                        {"max", R::max},
                                        {"min", R::min}})
    for (const bool self : {true, false}) {
      OpCase c{.name = "scatter_reduce", .variant = word + std::string(self ? "_with_self" : "")};
      c.forward = [=](const Tensors& x) {
        return scatter_reduce(x[0], 0, x[1], x[2], reduction, self);
      };
      c.reference = [=](const Hosts& x) {
        Host y = x[0];
        for (std::int64_t i = 0; i < y.shape.numel(); ++i) {
          auto found = meeting(x[0], x[1], x[2], i);
          if (found.empty()) continue;
          if (self) found.insert(found.begin(), x[0].values[at(i)]);
          y.values[at(i)] = reduced(reduction, found);
        }
        return y;
      };
      c.samples = writes();
      c.epsilons = 8;
      all.push_back(c);
    }
  all[0].faults = {
      fault<IndexError>(
          "[scatter_reduce] index -3 ",
          [] {
            scatter_reduce(kMatrix, 0, Tensor{{-3, 0, 0}}, Tensor{{1.f, 2.f, 3.f}}, R::sum);
          }),
      fault<ShapeError>(
          "[scatter_reduce] index (1, 2) must have the sizes of x (2, 3) but on axis 0",
          [] {
            scatter_reduce(kMatrix, 0, Tensor{{0, 0}}, Tensor{{1.f, 2.f}}, R::max);
          }),
      fault<DTypeError>("[scatter_reduce] takes f32 or f64, got i32 (1,)",
                        [] { scatter_reduce(Tensor{1}, 0, Tensor{0}, Tensor{2}, R::sum); })};
  return all;
}

}  // namespace

std::vector<OpCase> scatter_cases() {
  std::vector<OpCase> all;
  for (auto family : {placing, slices, reductions})
    for (OpCase& c : family()) all.push_back(std::move(c));
  return all;
}

}  // namespace carousel::test
