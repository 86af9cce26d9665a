// Copies that rearrange.
#include <tests/op_cases/boxes.h>

namespace carousel::test {
namespace {

std::vector<OpCase> turning_cases() {
  return {
      box_case(
          "flip",
          [](const Tensors& x) {
            return flip(x[0], {0, 2});
          },
          [](const Hosts& x) {
            return pick(x[0], x[0].shape, [](const Host& h, const Position& p) {
              return value(h, {1 - p[0], p[1], 3 - p[2]});
            });
          },
          {fault<IndexError>("[flip] axis 2 is out of range", [] { flip(kMatrix, 2); })}),
      box_case(
          "roll", [](const Tensors& x) { return roll(x[0], -5, 2); },
          [](const Hosts& x) {
            return pick(x[0], x[0].shape, [](const Host& h, const Position& p) {
              return value(h, {p[0], p[1], (p[2] + 5) % 4});
            });
          },
          {fault<IndexError>("[roll] axis 2 is out of range", [] { roll(kMatrix, 1, 2); })}),
      box_case(
          "pad",
          [](const Tensors& x) {
            const std::pair<std::int64_t, std::int64_t> widths[] = {{0, 0}, {1, 0}, {2, 3}};
            return pad(x[0], widths, 7);
          },
          [](const Hosts& x) {
            return pick(x[0], {2, 4, 9}, [](const Host& h, const Position& p) {
              const bool inside = p[1] >= 1 && p[2] >= 2 && p[2] < 6;
              return inside ? value(h, {p[0], p[1] - 1, p[2] - 2}) : 7;
            });
          },
          {fault<ShapeError>("[pad] 1 pairs of widths for shape (2, 3)",
                             [] {
                               const std::pair<std::int64_t, std::int64_t> one[] = {{1, 1}};
                               pad(kMatrix, one);
                             }),
           fault<ValueError>(
               "[pad] can't add 0 before and -1 after axis 1 of shape (2, 3)",
               [] {
                 const std::pair<std::int64_t, std::int64_t> wrong[] = {{0, 0}, {0, -1}};
                 pad(kMatrix, wrong);
               })}),
  };
}

std::vector<OpCase> triangle_cases() {
  return {
      box_case(
          "tril", [](const Tensors& x) { return tril(x[0], 1); },
          [](const Hosts& x) {
            return pick(x[0], x[0].shape, [](const Host& h, const Position& p) {
              return p[2] - p[1] <= 1 ? value(h, p) : 0;
            });
          },
          {fault<ShapeError>("[tril] needs at least two axes, got shape (2,)",
                             [] {
                               tril(Tensor{1.f, 2.f});
                             })}),
      box_case(
          "triu", [](const Tensors& x) { return triu(x[0], -1); },
          [](const Hosts& x) {
            return pick(x[0], x[0].shape, [](const Host& h, const Position& p) {
              return p[2] - p[1] >= -1 ? value(h, p) : 0;
            });
          },
          {fault<ShapeError>("[triu] needs at least two axes, got shape ()",
                             [] { triu(Tensor{{1.f}}.reshape(Shape{})); })}),
  };
}

std::vector<OpCase> repeating_cases() {
  return {
      box_case(
          "tile",
          [](const Tensors& x) {
            const std::int64_t repeats[] = {2, 1, 3, 2};
            return tile(x[0], repeats);
          },
          [](const Hosts& x) {
            return pick(x[0], {2, 2, 9, 8}, [](const Host& h, const Position& p) {
              return value(h, {p[1], p[2] % 3, p[3] % 4});
            });
          },
          {fault<ValueError>("[tile] repeats are negative: -1",
                             [] {
                               const std::int64_t wrong[] = {-1};
                               tile(kMatrix, wrong);
                             })}),
      box_case(
          "repeat", [](const Tensors& x) { return repeat(x[0], 2, 1); },
          [](const Hosts& x) {
            return pick(x[0], {2, 6, 4}, [](const Host& h, const Position& p) {
              return value(h, {p[0], p[1] / 2, p[2]});
            });
          },
          {fault<ValueError>("[repeat] repeats are negative: -2", [] { repeat(kMatrix, -2, 0); })}),
      box_case(
          "concat",
          [](const Tensors& x) {
            return concat({x[0], x[0].slice(1, 0, 1)}, 1);
          },
          [](const Hosts& x) {
            return pick(x[0], {2, 4, 4}, [](const Host& h, const Position& p) {
              return value(h, {p[0], p[1] % 3, p[2]});
            });
          },
          {fault<ValueError>("[concat] no tensors given", [] { concat({}); }),
           fault<ShapeError>("[concat] shapes (2, 3) and (3, 2) differ off axis 0",
                             [] {
                               concat({kMatrix, kMatrix.t()});
                             })}),
  };
}

std::vector<OpCase> joining_cases() {
  return {
      box_case(
          "stack",
          [](const Tensors& x) {
            return stack({x[0], x[0], x[0]}, -2);
          },
          [](const Hosts& x) {
            return broadcast(reshaped(x[0], {2, 3, 1, 4}), {2, 3, 3, 4});
          },
          {fault<ValueError>("[stack] no tensors given", [] { stack({}); }),
           fault<ShapeError>("[stack] shapes (2, 3) and (3, 2) differ",
                             [] {
                               stack({kMatrix, kMatrix.t()});
                             }),
           fault<DTypeError>("[stack] operands differ in dtype",
                             [] {
                               stack({kMatrix, kMatrix.to(f64)});
                             })}),
      box_case(
          "split", [](const Tensors& x) { return split(x[0], 2, 2); },
          [](const Hosts& x) {
            Hosts parts;
            for (std::int64_t i : {0, 2})
              parts.push_back(pick(x[0], {2, 3, 2}, [i](const Host& h, const Position& p) {
                return value(h, {p[0], p[1], p[2] + i});
              }));
            return parts;
          },
          {fault<ShapeError>("[split] axis 1 of shape (2, 3) does not divide into 2 equal parts",
                             [] { split(kMatrix, 2, 1); }),
           fault<ValueError>("[split] parts must be at least 1, got 0", [] { split(kMatrix, 0); }),
           fault<ShapeError>("[split] sizes (1, 1) don't add up to axis 1 of shape (2, 3)",
                             [] {
                               const std::int64_t sizes[] = {1, 1};
                               split(kMatrix, sizes, 1);
                             })}),
  };
}

OpCase diag_case(const char* name, int k, const Shape& from, const Shape& to,
                 std::function<double(const Host&, const Position&)> f) {
  return {.name = "diag",
          .variant = name,
          .forward = [k](const Tensors& x) { return diag(x[0], k); },
          .reference = [to, f](const Hosts& x) { return pick(x[0], to, f); },
          .samples = {{"dense", {draw(from, -9, 9, 5)}},
                      {"strided", {draw(from, -9, 9, 6, Lie::strided)}}},
          .dtypes = kNumbers,
          .faults = {fault<ShapeError>("[diag] needs a vector or a matrix, got shape (1, 1, 1)",
                                       [] { diag(Tensor{{{1.f}}}); })}};
}

std::vector<OpCase> diagonal_cases() {
  return {diag_case("of_matrix", 1, {3, 5}, {3},
                    [](const Host& h, const Position& p) {
                      return value(h, {p[0], p[0] + 1});
                    }),
          diag_case("below", -2, {4, 3}, {2},
                    [](const Host& h, const Position& p) {
                      return value(h, {p[0] + 2, p[0]});
                    }),
          diag_case("beyond", 7, {4, 3}, {0}, [](const Host&, const Position&) { return 0.0; }),
          diag_case("of_vector", -1, {3}, {4, 4}, [](const Host& h, const Position& p) {
            return p[0] == p[1] + 1 ? value(h, {p[1]}) : 0;
          })};
}

}  // namespace

std::vector<OpCase> arrange_cases() {
  std::vector<OpCase> all = turning_cases();
  for (auto family : {triangle_cases, repeating_cases, joining_cases, diagonal_cases})
    for (OpCase& c : family()) all.push_back(std::move(c));
  return all;
}

}  // namespace carousel::test
