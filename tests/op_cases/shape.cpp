// Views.
#include <tests/op_cases/boxes.h>

namespace carousel::test {
namespace {

std::vector<OpCase> view_cases() {
  return {
      box_case(
          "reshape",
          [](const Tensors& x) {
            return reshape(x[0], {4, 6});
          },
          [](const Hosts& x) {
            return reshaped(x[0], {4, 6});
          },
          {fault<ShapeError>("[reshape] shape (2, 3) has 6 elements, (4, 2) has 8",
                             [] {
                               reshape(kMatrix, {4, 2});
                             }),
           fault<ShapeError>("[reshape] shape (2, 3) does not divide into (4, 1) with axis 1 left",
                             [] {
                               kMatrix.reshape({4, -1});
                             })}),
      box_case(
          "transpose", [](const Tensors& x) { return transpose(x[0], 0, -1); },
          [](const Hosts& x) {
            return pick(x[0], {4, 3, 2}, [](const Host& h, const Position& p) {
              return value(h, {p[2], p[1], p[0]});
            });
          },
          {fault<IndexError>("[transpose] axis 2 is out of range for shape (2, 3)",
                             [] { transpose(kMatrix, 0, 2); })}),
      box_case(
          "permute",
          [](const Tensors& x) {
            const int order[] = {2, 0, 1};
            return permute(x[0], order);
          },
          [](const Hosts& x) {
            return pick(x[0], {4, 2, 3}, [](const Host& h, const Position& p) {
              return value(h, {p[1], p[2], p[0]});
            });
          },
          {fault<ShapeError>("[permute] 1 axes for shape (2, 3)", [] { kMatrix.permute({0}); }),
           fault<ValueError>("[permute] ",
                             [] {
                               kMatrix.permute({0, 0});
                             })}),
  };
}

std::vector<OpCase> part_cases() {
  return {
      box_case(
          "unsqueeze", [](const Tensors& x) { return unsqueeze(x[0], 1); },
          [](const Hosts& x) {
            return reshaped(x[0], {2, 1, 3, 4});
          },
          {fault<IndexError>("[unsqueeze] axis 3 is out of range", [] { unsqueeze(kMatrix, 3); })}),
      box_case(
          "squeeze", [](const Tensors& x) { return squeeze(x[0].unsqueeze(2), -2); },
          [](const Hosts& x) { return x[0]; },
          {fault<IndexError>("[squeeze] axis 2 is out of range", [] { squeeze(kMatrix, 2); })}),
      box_case(
          "expand",
          [](const Tensors& x) {
            return expand(x[0].unsqueeze(1), {2, 5, 3, 4});
          },
          [](const Hosts& x) {
            return broadcast(reshaped(x[0], {2, 1, 3, 4}), {2, 5, 3, 4});
          },
          {fault<ShapeError>("[expand] shape (2, 3) can't be expanded to (1, 3)",
                             [] {
                               expand(kMatrix, {1, 3});
                             })}),
      box_case(
          "slice", [](const Tensors& x) { return slice(slice(x[0], 2, 1, -1, 2), 1, -2); },
          [](const Hosts& x) {
            return pick(x[0], {2, 2, 1}, [](const Host& h, const Position& p) {
              return value(h, {p[0], p[1] + 1, 1 + 2 * p[2]});
            });
          },
          {fault<ValueError>("[slice] step must be at least 1, got 0",
                             [] { slice(kMatrix, 0, 0, 2, 0); })}),
      box_case(
          "select", [](const Tensors& x) { return select(x[0], 1, -1); },
          [](const Hosts& x) {
            return pick(x[0], {2, 4}, [](const Host& h, const Position& p) {
              return value(h, {p[0], 2, p[1]});
            });
          },
          {fault<IndexError>("[select] position 2 is out of range for axis 0 of shape (2, 3)",
                             [] { select(kMatrix, 0, 2); })}),
  };
}

}  // namespace

std::vector<OpCase> shape_cases() {
  std::vector<OpCase> all = view_cases();
  for (OpCase& c : part_cases()) all.push_back(std::move(c));
  return all;
}

}  // namespace carousel::test
