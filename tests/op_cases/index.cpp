// Picking by position.
#include <carousel/autograd/ops/create.h>
#include <carousel/autograd/ops/index.h>
#include <tests/op_cases/op_case.h>

namespace carousel::test {
namespace {

using Position = std::vector<std::int64_t>;

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

std::int64_t wrapped(double index, std::int64_t size) {
  const auto i = static_cast<std::int64_t>(index);
  return i < 0 ? i + size : i;
}

Array indices(const Shape& shape, std::vector<double> values, DType dtype = i64) {
  return fixed(list(shape, std::move(values)), dtype);
}

const Tensor kMatrix{{1.f, 2.f, 3.f}, {4.f, 5.f, 6.f}};

std::vector<Sample> gather_samples() {
  return {
      {"repeated", {draw({3, 4}, -9, 9, 1), indices({2, 4}, {0, 2, 2, 1, -1, 0, 2, 2})}},
      {"i32, transposed", {draw({3, 2}, -9, 9, 2, Lie::transposed), indices({1, 2}, {2, -3}, i32)}},
      {"none", {draw({3, 2}, -9, 9, 3), indices({0, 2}, {})}},
      {"NaN and infinity", {list({2, 1}, {kNaN, kInf}), indices({3, 1}, {1, 0, 1})}, false}};
}

// out[i][j] = x[index[i][j]][j]
Host gathered(const Hosts& x) {
  Host y = zeros_host(x[1].shape, x[0].dtype);
  for (std::int64_t i = 0; i < y.shape.numel(); ++i) {
    Position p = position(y.shape, i);
    p[0] = wrapped(x[1].values[at(i)], x[0].shape[0]);
    y.values[at(i)] = x[0].values[at(flat(x[0].shape, p))];
  }
  return y;
}

// x + source where index says.
Host scattered(const Hosts& x) {
  Host y = x[0];
  for (std::int64_t i = 0; i < x[1].shape.numel(); ++i) {
    Position p = position(x[1].shape, i);
    p[0] = wrapped(x[1].values[at(i)], x[0].shape[0]);
    y.values[at(flat(y.shape, p))] += x[2].values[at(i)];
  }
  return y;
}

// Whole slices along the middle axis of three, or into them.
Host selected(const Host& x, const Host& index) {
  Host y = zeros_host({x.shape[0], index.shape.numel(), x.shape[2]}, x.dtype);
  for (std::int64_t i = 0; i < y.shape.numel(); ++i) {
    Position p = position(y.shape, i);
    p[1] = wrapped(index.values[at(p[1])], x.shape[1]);
    y.values[at(i)] = x.values[at(flat(x.shape, p))];
  }
  return y;
}

std::vector<Sample> select_samples() {
  return {{"repeated", {draw({2, 3, 4}, -9, 9, 1), indices({5}, {2, 0, 0, -1, 1})}},
          {"strided", {draw({2, 3, 4}, -9, 9, 2, Lie::strided), indices({2}, {1, 1}, i32)}},
          {"none", {draw({2, 3, 4}, -9, 9, 3), indices({0}, {})}}};
}

std::vector<OpCase> gather_cases() {
  const std::vector<DType> numbers{f32, f64, i32, i64};
  return {
      {.name = "gather",
       .forward = [](const Tensors& x) { return gather(x[0], 0, x[1]); },
       .reference = gathered,
       .samples =
           with(gather_samples(),
                {{"a shorter index", {draw({3, 4}, -9, 9, 4), indices({2, 2}, {1, 0, 2, 2})}}}),
       .dtypes = numbers,
       .faults = {fault<IndexError>("[gather] index 2 ",
                                    [] {
                                      gather(kMatrix, 0, Tensor{{0, 1, 2}});
                                    }),
                  fault<DTypeError>("[gather] ",
                                    [] {
                                      gather(kMatrix, 0, Tensor{{0.f, 1.f, 1.f}});
                                    }),
                  fault<ShapeError>("[gather] ",
                                    [] {
                                      gather(kMatrix, 0, Tensor{0, 1});
                                    })}},
      {.name = "scatter_add",
       .forward = [](const Tensors& x) { return scatter_add(x[0], 0, x[1], x[2]); },
       .reference = scattered,
       .samples = {{"repeated",
                    {draw({3, 4}, -9, 9, 1), indices({2, 4}, {0, 2, 2, 1, 0, 2, -1, 1}),
                     draw({2, 4}, -9, 9, 5)}},
                   {"a shorter index",
                    {draw({3, 4}, -9, 9, 1), indices({2, 2}, {0, 2, 2, 1}),
                     draw({2, 2}, -9, 9, 5)}},
                   {"none", {draw({3, 2}, -9, 9, 1), indices({0, 2}, {}), draw({0, 2}, -9, 9, 5)}}},
       .dtypes = numbers,
       .faults = {fault<IndexError>(
                      "[scatter_add] index -3 ",
                      [] {
                        scatter_add(kMatrix, 0, Tensor{{0, 1, -3}}, Tensor{{1.f, 1.f, 1.f}});
                      }),
                  fault<ShapeError>(
                      "[scatter_add] source (1, 2) does not fit index (1, 3)",
                      [] {
                        scatter_add(kMatrix, 0, Tensor{{0, 1, 1}}, Tensor{{1.f, 1.f}});
                      })}},
  };
}

std::vector<OpCase> slice_cases() {
  const std::vector<DType> numbers{f32, f64, i32, i64};
  return {
      {.name = "index_select",
       .forward = [](const Tensors& x) { return index_select(x[0], 1, x[1]); },
       .reference = [](const Hosts& x) { return selected(x[0], x[1]); },
       .samples = select_samples(),
       .dtypes = numbers,
       .faults = {fault<IndexError>("[index_select] index 3 ",
                                    [] { index_select(kMatrix, 1, Tensor{3}); })}},
      {.name = "index_add",
       .forward =
           [](const Tensors& x) { return index_add(x[0], 1, x[1], index_select(x[2], 1, x[1])); },
       .reference =
           [](const Hosts& x) {
             const Host source = selected(x[2], x[1]);
             Host y = x[0];
             for (std::int64_t i = 0; i < source.shape.numel(); ++i) {
               Position p = position(source.shape, i);
               p[1] = wrapped(x[1].values[at(p[1])], y.shape[1]);
               y.values[at(flat(y.shape, p))] += source.values[at(i)];
             }
             return y;
           },
       .samples =
           [] {
             std::vector<Sample> samples = select_samples();
             for (Sample& s : samples) s.inputs.push_back(draw({2, 3, 4}, -9, 9, 8));
             return samples;
           }(),
       .dtypes = numbers,
       .faults = {fault<ShapeError>("[index_add] source (1, 3) does not fit index (2,)",
                                    [] {
                                      index_add(kMatrix, 0, Tensor{0, 1}, Tensor{{1.f, 2.f, 3.f}});
                                    })}},
      {.name = "take",
       .variant = "along_axis",
       .forward = [](const Tensors& x) { return take(x[0], x[1].unsqueeze(0), 1); },
       .reference =
           [](const Hosts& x) {
             Host y = selected(x[0], x[1]);
             y.shape = {2, 1, x[1].shape.numel(), 4};
             return y;
           },
       .samples = select_samples(),
       .dtypes = numbers},
  };
}

std::vector<OpCase> row_cases() {
  const std::vector<DType> numbers{f32, f64, i32, i64};
  return {
      {.name = "take",
       .forward = [](const Tensors& x) { return take(x[0], x[1]); },
       .reference =
           [](const Hosts& x) {
             Host y = zeros_host(x[1].shape, x[0].dtype);
             for (std::size_t i = 0; i < y.values.size(); ++i)
               y.values[i] = x[0].values[at(wrapped(x[1].values[i], x[0].shape.numel()))];
             return y;
           },
       .samples = gather_samples(),
       .dtypes = numbers,
       .faults = {fault<IndexError>("[take] index 6 ", [] { take(kMatrix, Tensor{6}); }),
                  fault<DTypeError>("[take] indices must be i32 or i64, got f32 (1,)",
                                    [] { take(kMatrix, Tensor{1.f}); })}},
      {.name = "embedding",
       .forward = [](const Tensors& x) { return embedding(x[0], x[1]); },
       .reference =
           [](const Hosts& x) {
             Host y = zeros_host({x[1].shape[0], x[1].shape[1], x[0].shape[1]}, x[0].dtype);
             for (std::int64_t i = 0; i < y.shape.numel(); ++i) {
               const Position p = position(y.shape, i);
               const double id = x[1].values[at(p[0] * x[1].shape[1] + p[1])];
               y.values[at(i)] = x[0].values[at(flat(x[0].shape, {wrapped(id, 5), p[2]}))];
             }
             return y;
           },
       .samples = {{"repeated", {draw({5, 3}, -9, 9, 1), indices({2, 3}, {4, 0, 0, 1, 4, 4})}},
                   {"none", {draw({5, 3}, -9, 9, 1), indices({2, 0}, {}, i32)}}},
       .faults = {fault<IndexError>("[embedding] index 2 at position 0 is outside [0, 2)",
                                    [] { embedding(kMatrix, Tensor{2}); }),
                  fault<IndexError>("[embedding] index -1 at position 1 is outside [0, 2)",
                                    [] {
                                      embedding(kMatrix, Tensor{0, -1});
                                    }),
                  fault<ShapeError>("[embedding] the table must be (count, width), got shape (1,)",
                                    [] { embedding(Tensor{1.f}, Tensor{0}); }),
                  fault<DTypeError>("[embedding] indices must be i32 or i64, got f32 (1,)",
                                    [] { embedding(kMatrix, Tensor{1.f}); })}},
  };
}

std::vector<OpCase> mask_cases() {
  const Array ids = indices({2, 2}, {0, 3, 1, 0});
  return {
      {.name = "one_hot",
       .forward = [](const Tensors& x) { return one_hot(x[0], 4, f64); },
       .reference =
           [](const Hosts& x) {
             Host y = zeros_host({2, 2, 4}, f64);
             for (std::int64_t i = 0; i < 4; ++i)
               y.values[at(4 * i) + at(static_cast<std::int64_t>(x[0].values[at(i)]))] = 1;
             return y;
           },
       .samples = {{"i64", {ids}}, {"i32", {fixed(ids, i32)}}},
       .dtypes = {f64},
       .derivatives = 0,
       .faults = {fault<IndexError>("[one_hot] index 4 at position 1 is outside [0, 4)",
                                    [] {
                                      one_hot(Tensor{0, 4}, 4);
                                    }),
                  fault<IndexError>("[one_hot] index -1 at position 0 is outside [0, 4)",
                                    [] { one_hot(Tensor{-1}, 4); }),
                  fault<ValueError>("[one_hot] depth is negative: -2",
                                    [] { one_hot(Tensor{0}, -2); }),
                  fault<DTypeError>("[one_hot] indices must be i32 or i64, got f32 (1,)",
                                    [] { one_hot(Tensor{0.f}, 2); })}},
      {.name = "masked_fill",
       .forward = [](const Tensors& x) { return masked_fill(x[0], x[1], -7); },
       .reference =
           [](const Hosts& x) {
             return zip(x[0], x[1], [](double a, double masked) { return masked != 0 ? -7 : a; });
           },
       .samples = {{"of one shape",
                    {draw({2, 2}, -9, 9, 1), fixed(list({2, 2}, {1, 0, 0, 1}), boolean)}},
                   {"broadcast",
                    {draw({2, 3}, -9, 9, 2, Lie::transposed), fixed(list({0, 1, 0}), boolean)}},
                   {"over NaN", {list({kNaN, 1}), fixed(list({1, 0}), boolean)}, false}},
       .dtypes = {f32, f64, i32, i64},
       .faults = {fault<DTypeError>("[masked_fill] the mask must be bool, got f32 (2, 3)",
                                    [] { masked_fill(kMatrix, kMatrix, 0); }),
                  fault<ShapeError>(
                      "[masked_fill] mask (2, 2, 3) can't be broadcast to shape (2, 3)",
                      [] {
                        masked_fill(kMatrix, zeros({2, 2, 3}, {.dtype = boolean}), 0);
                      }),
                  fault<DTypeError>("[masked_fill] ",
                                    [] { masked_fill(Tensor{1}, Tensor{true}, 0.5); })}},
  };
}

}  // namespace

std::vector<OpCase> index_cases() {
  std::vector<OpCase> all = gather_cases();
  for (auto family : {slice_cases, row_cases, mask_cases})
    for (OpCase& c : family()) all.push_back(std::move(c));
  return all;
}

}  // namespace carousel::test
