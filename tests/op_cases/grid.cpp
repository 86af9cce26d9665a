// Borders, grids and windows.
#include <tests/op_cases/boxes.h>

namespace carousel::test {
namespace {

// Where place i of an axis of 4, padded by two before, comes from.
OpCase bordered(const char* word, PadMode mode, std::int64_t (*from)(std::int64_t)) {
  OpCase c = box_case(
      "pad",
      [mode](const Tensors& x) {
        const std::pair<std::int64_t, std::int64_t> widths[] = {{0, 0}, {0, 0}, {2, 3}};
        return pad(x[0], widths, mode);
      },
      [from](const Hosts& x) {
        return pick(x[0], {2, 3, 9}, [from](const Host& h, const Position& p) {
          return value(h, {p[0], p[1], from(p[2] - 2)});
        });
      },
      {});
  c.variant = word;
  return c;
}

std::vector<OpCase> borders() {
  std::vector<OpCase> all{
      bordered("reflect", PadMode::reflect,
               [](std::int64_t i) { return i < 0   ? -i
                                           : i > 3 ? 6 - i
                                                   : i; }),
      bordered("replicate", PadMode::replicate,
               [](std::int64_t i) { return std::clamp<std::int64_t>(i, 0, 3); }),
      bordered("circular", PadMode::circular, [](std::int64_t i) { return (i + 4) % 4; })};
  all[0].faults = {
      fault<ValueError>(
          "[pad] can't add 0 before and 3 after axis 1 of shape (2, 3) from its own elements",
          [] {
            const std::pair<std::int64_t, std::int64_t> wide[] = {{0, 0}, {0, 3}};
            pad(kMatrix, wide, PadMode::reflect);
          }),
      fault<ShapeError>("[pad] 1 pairs of widths for shape (2, 3)", [] {
        const std::pair<std::int64_t, std::int64_t> one[] = {{1, 1}};
        pad(kMatrix, one, PadMode::circular);
      })};
  return all;
}

std::vector<OpCase> grids() {
  return {
      {.name = "meshgrid",
       .forward = [](const Tensors& x) { return meshgrid(x); },
       .reference =
           [](const Hosts& x) {
             const Shape shape{x[0].shape[0], x[1].shape[0]};
             return Hosts{broadcast(reshaped(x[0], {shape[0], 1}), shape), broadcast(x[1], shape)};
           },
       .samples = {{"two axes", {draw({2}, -9, 9, 1), draw({3}, -9, 9, 2)}},
                   {"nothing", {draw({2}, -9, 9, 1), draw({0}, -9, 9, 2)}}},
       .dtypes = kNumbers,
       .faults = {fault<ShapeError>("[meshgrid] needs vectors, got shape (2, 3)",
                                    [] { meshgrid(std::span(&kMatrix, 1)); }),
                  fault<ValueError>("[meshgrid] no tensors given", [] { meshgrid({}); })}},
      box_case(
          "rot90", [](const Tensors& x) { return rot90(x[0], 1, 1, 2); },
          [](const Hosts& x) {
            return pick(x[0], {2, 4, 3}, [](const Host& h, const Position& p) {
              return value(h, {p[0], p[2], 3 - p[1]});
            });
          },
          {fault<ValueError>("[rot90] turns in a plane of two axes, got axis 1 twice",
                             [] { rot90(kMatrix, 1, 1, -1); })}),
      [] {
        OpCase c = box_case(
            "rot90", [](const Tensors& x) { return rot90(rot90(x[0], 2, 0, 2), -1, 1, 2); },
            [](const Hosts& x) {
              return pick(x[0], {2, 4, 3}, [](const Host& h, const Position& p) {
                return value(h, {1 - p[0], 2 - p[2], 3 - p[1]});
              });
            },
            {});
        c.variant = "twice";
        return c;
      }(),
      box_case(
          "unfold", [](const Tensors& x) { return unfold(x[0], 2, 2, 2); },
          [](const Hosts& x) {
            return pick(x[0], {2, 3, 2, 2}, [](const Host& h, const Position& p) {
              return value(h, {p[0], p[1], 2 * p[2] + p[3]});
            });
          },
          {fault<ShapeError>("[unfold] windows of 4 do not fit axis 1 of shape (2, 3)",
                             [] { unfold(kMatrix, 1, 4); }),
           fault<ValueError>("[unfold] step must be at least 1, got 0",
                             [] { unfold(kMatrix, 1, 2, 0); })}),
  };
}

std::vector<OpCase> diagonals() {
  std::vector<OpCase> all;
  for (const int k : {0, 2, -1}) {
    all.push_back(box_case(
        "diag_embed", [k](const Tensors& x) { return diag_embed(x[0], k); },
        [k](const Hosts& x) {
          const std::int64_t size = 4 + std::abs(k);
          return pick(x[0], {2, 3, size, size}, [k](const Host& h, const Position& p) {
            return p[3] - p[2] == k ? value(h, {p[0], p[1], std::min(p[2], p[3])}) : 0;
          });
        },
        {fault<ShapeError>("[diag_embed] needs 1 to 7 axes, got shape ()",
                           [] { diag_embed(Tensor{1.f}.reshape(Shape{})); })}));
    all.back().variant = k == 0 ? "" : k > 0 ? "above" : "below";
  }
  return all;
}

}  // namespace

std::vector<OpCase> grid_cases() {
  std::vector<OpCase> all = borders();
  for (auto family : {grids, diagonals})
    for (OpCase& c : family()) all.push_back(std::move(c));
  return all;
}

}  // namespace carousel::test
