// Products.
#include <carousel/autograd/ops/linear.h>
#include <tests/op_cases/op_case.h>

namespace carousel::test {
namespace {

using Position = std::vector<std::int64_t>;
using Label = std::function<Position(const Position&)>;

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

// The sum over all positions of `space` of the operands' elements, into `shape`: what an equation
// of indices says, as one loop.
Host sum_of_products(const Hosts& x, const Shape& space, const Shape& shape,
                     const std::vector<Label>& from, const Label& to) {
  Host y = zeros_host(shape, x[0].dtype);
  for (std::int64_t i = 0; i < space.numel(); ++i) {
    const Position p = position(space, i);
    double product = 1;
    for (std::size_t k = 0; k < x.size(); ++k)
      product *= x[k].values[at(flat(x[k].shape, from[k](p)))];
    y.values[at(flat(shape, to(p)))] += product;
  }
  return y;
}

// The axes of p that are named, in this order.
Label axes_of(std::vector<std::size_t> axes) {
  return [axes](const Position& p) {
    Position q;
    for (std::size_t axis : axes) q.push_back(p[axis]);
    return q;
  };
}

// (..., m, k) @ (..., k, n), leading axes of the same number, 1 where broadcast.
Host product(const Hosts& x) {
  const int rank = x[0].shape.rank();
  Shape shape, space;
  for (int i = 0; i < rank - 2; ++i) shape.append(std::max(x[0].shape[i], x[1].shape[i]));
  shape.append(x[0].shape[rank - 2]);
  shape.append(x[1].shape[rank - 1]);
  space = shape;
  space.append(x[0].shape[rank - 1]);
  const auto operand = [&x, rank](std::size_t k) {
    return [&x, rank, k](const Position& p) {
      Position q(p.begin(), p.begin() + rank);
      q[at(rank - 1 - static_cast<int>(k))] = p[at(rank)];
      for (int i = 0; i < rank - 2; ++i)
        if (x[k].shape[i] == 1) q[at(i)] = 0;
      return q;
    };
  };
  return sum_of_products(x, space, shape, {operand(0), operand(1)}, [rank](const Position& p) {
    return Position(p.begin(), p.begin() + rank);
  });
}

// As columns and rows where a 1-D operand stands, without its axis afterwards.
Host any_product(const Hosts& x) {
  Hosts wide = x;
  if (x[0].shape.rank() == 1) wide[0].shape = {1, x[0].shape[0]};
  if (x[1].shape.rank() == 1) wide[1].shape = {x[1].shape[0], 1};
  for (int k = 0; k < 2; ++k) {
    Shape& shape = wide[at(k)].shape;
    const Shape other = wide[at(1 - k)].shape;
    while (shape.rank() < other.rank()) {
      Shape longer{1};
      for (std::int64_t size : shape) longer.append(size);
      shape = longer;
    }
  }
  Host y = product(wide);
  Shape shape;
  for (int i = 0; i < y.shape.rank(); ++i) {
    const bool row = i == y.shape.rank() - 2, column = i == y.shape.rank() - 1;
    if (!(row && x[0].shape.rank() == 1) && !(column && x[1].shape.rank() == 1))
      shape.append(y.shape[i]);
  }
  y.shape = shape;
  return y;
}

Sample pair(const char* what, const Shape& a, const Shape& b, Lie lie_a = Lie::dense,
            Lie lie_b = Lie::dense) {
  return {what, {draw(a, -2, 2, 1, lie_a), draw(b, -2, 2, 2, lie_b)}};
}

std::vector<Sample> matrix_samples() {
  return {pair("matrices", {2, 3}, {3, 4}),
          pair("one element", {1, 1}, {1, 1}),
          pair("odd sizes", {5, 17}, {17, 9}),
          pair("transposed", {3, 4}, {4, 2}, Lie::transposed, Lie::transposed),
          pair("strided", {3, 4}, {4, 2}, Lie::strided, Lie::strided),
          pair("stride 0", {3, 4}, {4, 2}, Lie::expanded, Lie::expanded),
          pair("no inner size", {3, 0}, {0, 2}),
          pair("no rows", {0, 3}, {3, 2})};
}

const Tensor kMatrix{{1.f, 2.f, 3.f}, {4.f, 5.f, 6.f}};
const Tensor kVector{1.f, 2.f};

OpCase einsum_case(const char* variant, const char* equation, std::vector<Shape> shapes,
                   std::function<HostOutputs(const Hosts&)> reference) {
  OpCase c{.name = "einsum", .variant = variant};
  c.forward = [equation](const Tensors& x) { return einsum(equation, x); };
  c.reference = std::move(reference);
  for (Lie lie : {Lie::dense, Lie::strided}) {
    Sample sample{lie == Lie::dense ? "dense" : "strided", {}};
    for (const Shape& shape : shapes)
      sample.inputs.push_back(draw(shape, 0.5, 2, 3 + sample.inputs.size(), lie));
    c.samples.push_back(sample);
  }
  c.of_largest = true;
  return c;
}

std::vector<Fault> einsum_faults() {
  // The tensors are made when the call is: the table is built before main().
  const auto wrong = [](std::string text, std::string equation) {
    return fault<ValueError>("[einsum] \"" + equation + "\": " + text,
                             [equation] { einsum(equation, {kMatrix}); });
  };
  return {
      wrong("2 terms for 1 operands", "ij,jk->ik"),
      wrong("unexpected '1'", "i1->i"),
      wrong("'k' stands on the right only", "ij->k"),
      wrong("'i' stands twice on the right", "ij->ii"),
      wrong("unexpected '-'", "ij->i->j"),
      fault<ShapeError>("[einsum] \"ijk->i\": operand 0 of shape (2, 3) does not have 3 axes",
                        [] { einsum("ijk->i", {kMatrix}); }),
      fault<ShapeError>("[einsum] \"ij,jk->ik\": operand 1 of shape (2, 3) has size 2 where others "
                        "have 3",
                        [] {
                          einsum("ij,jk->ik", {kMatrix, kMatrix});
                        }),
      fault<DTypeError>("[einsum] ",
                        [] {
                          einsum("i->", {Tensor{1, 2}});
                        }),
  };
}

std::vector<OpCase> einsum_cases() {
  std::vector<OpCase> cases{
      einsum_case("batch", "bij,bjk->bik", {{2, 2, 3}, {2, 3, 4}}, product),
      einsum_case("diagonal", "ii->i", {{3, 3}},
                  [](const Hosts& x) {
                    return sum_of_products(x, {3}, {3}, {axes_of({0, 0})}, axes_of({0}));
                  }),
      einsum_case("trace_of_outer_axes", "iji->j", {{3, 2, 3}},
                  [](const Hosts& x) {
                    return sum_of_products(x, {3, 2}, {2}, {axes_of({0, 1, 0})}, axes_of({1}));
                  }),
      einsum_case("implicit", "cb,ab", {{2, 3}, {4, 3}},
                  [](const Hosts& x) {
                    return sum_of_products(x, {2, 3, 4}, {4, 2}, {axes_of({0, 1}), axes_of({2, 1})},
                                           axes_of({2, 0}));
                  }),
      einsum_case("ellipsis", "...i,ij->j...", {{2, 2, 3}, {3, 4}},
                  [](const Hosts& x) {
                    return sum_of_products(x, {2, 2, 3, 4}, {4, 2, 2},
                                           {axes_of({0, 1, 2}), axes_of({2, 3})},
                                           axes_of({3, 0, 1}));
                  }),
      einsum_case("broadcast", "...i,...i->...", {{2, 1, 3}, {4, 3}},
                  [](const Hosts& x) {
                    return sum_of_products(x, {2, 4, 3}, {2, 4},
                                           {[](const Position& p) {
                                              return Position{p[0], 0, p[2]};
                                            },
                                            axes_of({1, 2})},
                                           axes_of({0, 1}));
                  }),
      einsum_case("three", "ij, jk, kl -> il", {{2, 3}, {3, 2}, {2, 3}},
                  [](const Hosts& x) {
                    return sum_of_products(x, {2, 3, 2, 3}, {2, 3},
                                           {axes_of({0, 1}), axes_of({1, 2}), axes_of({2, 3})},
                                           axes_of({0, 3}));
                  }),
      einsum_case(
          "sum_of_all", "ij,k->", {{2, 3}, {2}},
          [](const Hosts& x) {
            return sum_of_products(x, {2, 3, 2}, {}, {axes_of({0, 1}), axes_of({2})}, axes_of({}));
          }),
  };
  cases[0].faults = einsum_faults();
  return cases;
}

}  // namespace

std::vector<OpCase> linear_cases() {
  std::vector<OpCase> cases{
      {.name = "matmul",
       .forward = [](const Tensors& x) { return matmul(x[0], x[1]); },
       .reference = any_product,
       .samples = with(matrix_samples(),
                       {pair("vectors", {5}, {5}), pair("a vector on the left", {3}, {3, 4}),
                        pair("a vector on the right", {2, 3}, {3}),
                        pair("a batch and a vector", {2, 4, 3}, {3}),
                        pair("a vector and a batch", {3}, {2, 3, 2}),
                        pair("batches", {2, 2, 3}, {2, 3, 2}, Lie::strided),
                        pair("one matrix for a batch", {2, 2, 3}, {3, 4}, Lie::transposed),
                        pair("broadcast batches", {2, 1, 2, 3}, {4, 3, 2})}),
       .of_largest = true,
       .faults = {fault<ShapeError>("[matmul] inner dimensions differ: lhs (2, 3), rhs (2, 3)",
                                    [] { matmul(kMatrix, kMatrix); }),
                  fault<ShapeError>("[matmul] inner dimensions differ: lhs (2,), rhs (3, 2)",
                                    [] { matmul(kVector, kMatrix.t()); }),
                  fault<ShapeError>("[matmul] needs vectors or matrices: lhs (), rhs (2, 3)",
                                    [] { matmul(kVector.select(0, 0), kMatrix); }),
                  fault<DTypeError>("[matmul] operands differ in dtype: f32 (2, 3) and f64 (3, 2)",
                                    [] { matmul(kMatrix, kMatrix.t().to(f64)); })}},
      {.name = "dot",
       .forward = [](const Tensors& x) { return dot(x[0], x[1]); },
       .reference = any_product,
       .samples = with(matrix_samples(), {pair("vectors", {5}, {5})}),
       .of_largest = true,
       .faults = {fault<ShapeError>("[dot] needs two vectors or two matrices: lhs (2,), rhs (2, 3)",
                                    [] { dot(kVector, kMatrix); }),
                  fault<ShapeError>("[dot] inner dimensions differ: lhs (2, 3), rhs (2, 3)",
                                    [] { dot(kMatrix, kMatrix); })}},
      {.name = "outer",
       .forward = [](const Tensors& x) { return outer(x[0], x[1]); },
       .reference =
           [](const Hosts& x) {
             Host column = x[0];
             column.shape = {x[0].shape[0], 1};
             return zip(column, x[1], [](double a, double b) { return a * b; });
           },
       .samples = {pair("vectors", {3}, {4}), pair("strided", {3}, {2}, Lie::strided),
                   pair("none", {0}, {2})},
       .faults = {fault<ShapeError>("[outer] needs two vectors: lhs (2,), rhs (2, 3)",
                                    [] { outer(kVector, kMatrix); })}},
  };
  for (OpCase& c : einsum_cases()) cases.push_back(std::move(c));
  return cases;
}

}  // namespace carousel::test
