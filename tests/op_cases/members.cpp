// Members and operators of Tensor through which gradients flow: none may drop one.
#include <functional>

#include <tests/op_cases/boxes.h>
#include <tests/op_cases/reductions.h>

namespace carousel::test {
namespace {

using Pair = Tensor (*)(const Tensor&, const Tensor&);
using One = Tensor (*)(const Tensor&);
using Function2 = double (*)(double, double);

// On a box of (2, 3, 4).
OpCase member(const char* name, const char* variant, One forward,
              std::function<HostOutputs(const Hosts&)> reference) {
  OpCase c =
      box_case(std::string("Tensor.") + name, [forward](const Tensors& x) { return forward(x[0]); },
               std::move(reference), {});
  c.variant = variant;
  return c;
}

// Another shape for the same elements in the same order.
OpCase reshaping(const char* name, const char* variant, const Shape& shape, One forward) {
  return member(name, variant, forward, [shape](const Hosts& x) { return reshaped(x[0], shape); });
}

// The element at f(position) of the box.
OpCase picking(const char* name, const char* variant, const Shape& shape, One forward,
               Position (*f)(const Position&)) {
  return member(name, variant, forward, [=](const Hosts& x) {
    return pick(x[0], shape, [f](const Host& h, const Position& p) { return value(h, f(p)); });
  });
}

std::vector<OpCase> reshapings() {
  return {reshaping("reshape", "", {4, 6},
                    [](const Tensor& x) {
                      return x.reshape({4, -1});
                    }),
          reshaping("reshape", "shape", {3, 8},
                    [](const Tensor& x) {
                      return x.reshape(Shape{3, 8});
                    }),
          reshaping("flatten", "", {2, 12}, [](const Tensor& x) { return x.flatten(1); }),
          reshaping("unsqueeze", "", {2, 3, 1, 4}, [](const Tensor& x) { return x.unsqueeze(-2); }),
          reshaping("squeeze", "", {2, 3, 4},
                    [](const Tensor& x) { return x.unsqueeze(0).unsqueeze(2).squeeze(); }),
          reshaping("squeeze", "axis", {1, 2, 3, 4},
                    [](const Tensor& x) { return x.unsqueeze(0).unsqueeze(2).squeeze(2); }),
          reshaping("to", "device", {2, 3, 4}, [](const Tensor& x) { return x.to(x.device()); })};
}

std::vector<OpCase> pickings() {
  using P = const Position&;
  return {picking(
              "transpose", "", {4, 3, 2}, [](const Tensor& x) { return x.transpose(0, -1); },
              [](P p) -> Position {
                return {p[2], p[1], p[0]};
              }),
          picking(
              "t", "", {4, 3}, [](const Tensor& x) { return x.select(0, 1).t(); },
              [](P p) -> Position {
                return {1, p[1], p[0]};
              }),
          picking(
              "permute", "", {4, 2, 3},
              [](const Tensor& x) {
                return x.permute({2, 0, 1});
              },
              [](P p) -> Position {
                return {p[1], p[2], p[0]};
              }),
          picking(
              "permute", "span", {3, 4, 2},
              [](const Tensor& x) {
                const int axes[] = {1, -1, 0};
                return x.permute(std::span(axes));
              },
              [](P p) -> Position {
                return {p[2], p[0], p[1]};
              }),
          picking(
              "expand", "", {5, 2, 3, 4},
              [](const Tensor& x) {
                return x.expand({5, 2, 3, 4});
              },
              [](P p) -> Position {
                return {p[1], p[2], p[3]};
              }),
          picking(
              "slice", "", {2, 3, 2}, [](const Tensor& x) { return x.slice(2, 1, Slice::kEnd, 2); },
              [](P p) -> Position {
                return {p[0], p[1], 1 + 2 * p[2]};
              }),
          picking(
              "select", "", {2, 4}, [](const Tensor& x) { return x.select(1, -1); },
              [](P p) -> Position {
                return {p[0], 2, p[1]};
              }),
          picking(
              "operator[]", "", {3, 2},
              [](const Tensor& x) {
                return x[{1, Slice{}, Slice{0, 3, 2}}];
              },
              [](P p) -> Position {
                return {1, p[0], 2 * p[1]};
              })};
}

double min_of(const Values& x) {
  double y = kInf;
  for (double v : x) y = std::isnan(v) || v < y ? v : y;
  return y;
}

std::vector<OpCase> reduction_members() {
  const auto samples = plain(-9, 9);
  const auto over = [&](const char* name, Reduction forward, Result f) {
    OpCase c = reduction(name, "", forward, f, {0}, true, samples);
    // Slices that are equal along the first axis tie.
    for (Sample& sample : c.samples)
      if (sample.what == "stride 0") sample.smooth = false;
    return c;
  };
  using X = const Tensor&;
  using A = const Axes&;
  return {over(
              "Tensor.sum", [](X x, A axes, bool keep) { return x.sum(axes, keep); }, sum_of),
          over(
              "Tensor.mean", [](X x, A axes, bool keep) { return x.mean(axes, keep); }, mean_of),
          over(
              "Tensor.max", [](X x, A axes, bool keep) { return x.max(axes, keep); }, max_of),
          over(
              "Tensor.min", [](X x, A axes, bool keep) { return x.min(axes, keep); }, min_of)};
}

std::vector<Sample> pairs() {
  return {{"of one shape", {draw({2, 3}, 1, 9, 1), draw({2, 3}, -9, -1, 2)}},
          {"a row", {draw({4, 3}, 1, 9, 3, Lie::transposed), draw({3}, -9, -1, 4)}},
          {"strided", {draw({2, 5}, 1, 9, 5, Lie::strided), draw({2, 1}, -9, -1, 6)}},
          {"equals", {list({1, 2, 3}), list({1, 3, 3})}}};
}
std::vector<Sample> ones() {
  return {{"a matrix", {draw({2, 3}, 1, 9, 1)}},
          {"strided", {draw({2, 5}, -9, -1, 2, Lie::strided)}},
          {"equal", {list({1, 2, 3})}}};
}

OpCase between(const std::string& name, Pair forward, Function2 f) {
  OpCase c;
  c.name = name;
  c.forward = [forward](const Tensors& x) { return forward(x[0], x[1]); };
  c.reference = [f](const Hosts& x) { return zip(x[0], x[1], f); };
  c.samples = pairs();
  return c;
}
// With the number 2 on a side.
OpCase beside(const std::string& name, bool left, One forward, Function2 f) {
  OpCase c;
  c.name = name;
  c.variant = left ? "left" : "right";
  c.forward = [forward](const Tensors& x) { return forward(x[0]); };
  c.reference = [=](const Hosts& x) {
    return map(x[0], [=](double v) { return left ? f(2, v) : f(v, 2); });
  };
  c.samples = ones();
  return c;
}

// Op is a functor of <functional>: it calls the operator, of tensors as of numbers.
template <class Op>
double plain(double a, double b) {
  return static_cast<double>(Op()(a, b));
}
template <class Op>
std::vector<OpCase> both(const std::string& name) {
  return {between(
              name, [](const Tensor& a, const Tensor& b) { return Op()(a, b); }, plain<Op>),
          beside(
              name, false, [](const Tensor& x) { return Op()(x, 2); }, plain<Op>)};
}

// `assign` is the operator's compound form.
template <class Op, auto assign>
void arithmetic(std::vector<OpCase>& all, const std::string& name) {
  append(all, both<Op>(name));
  all.push_back(beside(
      name, true, [](const Tensor& x) { return Op()(2, x); }, plain<Op>));
  all.push_back(between(
      "Tensor." + name + "=",
      [](const Tensor& a, const Tensor& b) {
        Tensor y = a;
        assign(y, b);
        return y;
      },
      plain<Op>));
  all.push_back(beside(
      "Tensor." + name + "=", false,
      [](const Tensor& x) {
        Tensor y = x;
        assign(y, 2);
        return y;
      },
      plain<Op>));
}

template <class Op>
void comparison(std::vector<OpCase>& all, const std::string& name) {
  for (OpCase& c : both<Op>(name)) {
    c.derivatives = 0;
    c.reference = [numbers = c.reference](const Hosts& x) { return as(numbers(x)[0], boolean); };
    all.push_back(std::move(c));
  }
}

std::vector<OpCase> operators() {
  std::vector<OpCase> all;
  arithmetic<std::plus<>, [](Tensor& y, const auto& x) { y += x; }>(all, "operator+");
  arithmetic<std::minus<>, [](Tensor& y, const auto& x) { y -= x; }>(all, "operator-");
  arithmetic<std::multiplies<>, [](Tensor& y, const auto& x) { y *= x; }>(all, "operator*");
  arithmetic<std::divides<>, [](Tensor& y, const auto& x) { y /= x; }>(all, "operator/");
  comparison<std::equal_to<>>(all, "operator==");
  comparison<std::not_equal_to<>>(all, "operator!=");
  comparison<std::less<>>(all, "operator<");
  comparison<std::less_equal<>>(all, "operator<=");
  comparison<std::greater<>>(all, "operator>");
  comparison<std::greater_equal<>>(all, "operator>=");
  all.push_back(beside(
      "operator-", true, [](const Tensor& x) { return -x; }, [](double, double v) { return -v; }));
  all.back().variant = "of_one";
  return all;
}

}  // namespace

std::vector<OpCase> member_cases() {
  std::vector<OpCase> all;
  for (auto family : {reshapings, pickings, reduction_members, operators}) append(all, family());
  return all;
}

}  // namespace carousel::test
