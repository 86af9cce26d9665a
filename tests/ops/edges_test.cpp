// Gradients where functions have corners, ends or no value, and the members of Tensor.
#include <carousel/autograd/engine.h>
#include <carousel/autograd/ops.h>

using namespace carousel;

namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

using Function = Tensor (*)(const Tensor&);

struct Edge {
  const char* what;
  Function f;
  std::vector<double> x, gradient;
};

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

}  // namespace

BOOST_AUTO_TEST_SUITE(edges)

BOOST_AUTO_TEST_CASE(gradients_at_corners_and_ends) {
  const Edge edges[] = {
      {"abs at 0", [](const Tensor& x) { return abs(x); }, {0, -2, kNaN}, {0, -1, kNaN}},
      {"sign", [](const Tensor& x) { return sign(x); }, {0, -2}, {0, 0}},
      {"round", [](const Tensor& x) { return round(x); }, {0.5, -2}, {0, 0}},
      {"relu", [](const Tensor& x) { return relu(x); }, {-1, 0, 2, kNaN}, {0, 0, 1, kNaN}},
      {"clip", [](const Tensor& x) { return clip(x, -1, 1); }, {-1, 1, 2, kNaN}, {1, 1, 0, kNaN}},
      {"maximum", [](const Tensor& x) { return maximum(x, 1); }, {0, 1, 2, kNaN}, {0, 0.5, 1, 1}},
      {"minimum", [](const Tensor& x) { return minimum(x, 1); }, {0, 1, 2, kNaN}, {1, 0.5, 0, 1}},
      {"max shares", [](const Tensor& x) { return max(x); }, {3, 1, 3}, {0.5, 0, 0.5}},
      {"min shares", [](const Tensor& x) { return min(x); }, {1, 1, 1, 1}, {.25, .25, .25, .25}},
      {"max of NaN", [](const Tensor& x) { return max(x); }, {3, kNaN}, {0, 1}},
      {"square of 0 by pow", [](const Tensor& x) { return pow(x, 2.0); }, {0, -3}, {0, -6}},
      {"0 to the 0", [](const Tensor& x) { return pow(x, 0.0); }, {0, 2}, {0, 0}},
      {"0 to the 1", [](const Tensor& x) { return pow(x, 1.0); }, {0, 2}, {1, 1}},
      {"std of equals", [](const Tensor& x) { return carousel::std(x); }, {2, 2}, {0, 0}},
      {"norm of 0", [](const Tensor& x) { return norm(x); }, {0, 0}, {0, 0}},
      {"3-norm of 0", [](const Tensor& x) { return norm(x, 3); }, {0, 0}, {0, 0}},
      {"half-norm", [](const Tensor& x) { return norm(x, 0.5); }, {0, 4}, {0, 1}},
      {"0-norm", [](const Tensor& x) { return norm(x, 0); }, {0, 4}, {0, 0}},
      {"prod with a zero", [](const Tensor& x) { return prod(x); }, {0, 2, 3}, {6, 0, 0}},
      {"prod with zeros", [](const Tensor& x) { return prod(x); }, {0, 2, 0}, {0, 0, 0}},
      {"cumprod", [](const Tensor& x) { return cumprod(x, 0); }, {2, 0, 3}, {1, 8, 0}},
      {"logsumexp", [](const Tensor& x) { return logsumexp(x); }, {-kInf, -kInf}, {0, 0}},
      {"logcumsumexp", [](const Tensor& x) { return logcumsumexp(x, 0); }, {-kInf, 0}, {0, 1}},
      {"cummax", [](const Tensor& x) { return cummax(x, 0).values; }, {3, 1, 3, 0}, {2, 0, 2, 0}},
      {"cummax of NaN",
       [](const Tensor& x) { return cummax(x, 0).values; },
       {1, kNaN, 2},
       {1, 2, 0}},
      {"asinh at 0", [](const Tensor& x) { return asinh(x); }, {0, -0.0}, {1, 1}},
      {"hypot at 0", [](const Tensor& x) { return hypot(x, x); }, {0}, {0}},
      {"xlogy at 0", [](const Tensor& x) { return xlogy(x * 0, x); }, {0, 2}, {0, 0}},
      {"fmax",
       [](const Tensor& x) { return fmax(x, ones_like(x)); },
       {0, 1, 2, kNaN},
       {0, .5, 1, 0}},
      {"relu6", [](const Tensor& x) { return relu6(x); }, {-1, 0, 3, 6, kNaN}, {0, 0, 1, 0, kNaN}},
      {"hard_tanh", [](const Tensor& x) { return hard_tanh(x); }, {-1, 1, 2}, {1, 1, 0}},
      {"celu", [](const Tensor& x) { return celu(x); }, {0, 2, -kInf}, {1, 1, 0}},
      {"nan_to_num", [](const Tensor& x) { return nan_to_num(x); }, {kNaN, kInf, 2}, {0, 0, 1}},
      {"sqrt at 0", [](const Tensor& x) { return sqrt(x); }, {0, 4}, {kInf, 0.25}},
  };
  for (const Edge& edge : edges) {
    const auto count = static_cast<std::int64_t>(edge.x.size());
    const Tensor x = from_vector<double>(edge.x, {count}, {.dtype = f64, .requires_grad = true});
    edge.f(x).sum().backward();
    for (std::int64_t i = 0; i < count; ++i)
      BOOST_TEST(same(x.grad()(i), edge.gradient[static_cast<std::size_t>(i)]),
                 edge.what << ", element " << i << ": " << x.grad()(i));
  }
}

BOOST_AUTO_TEST_CASE(powers_of_and_by_zero) {
  const Tensor a = Tensor{0.0, 0.0, 0.0, 2.0}.set_requires_grad();
  const Tensor b = Tensor{2.0, 0.0, 1.0, 3.0}.set_requires_grad();
  pow(a, b).sum().backward();
  BOOST_TEST((a.grad().to_vector<double>() == std::vector<double>{0, 0, 1, 12}));
  BOOST_TEST((b.grad().slice(0, 0, 3).to_vector<double>() == std::vector<double>{0, 0, 0}));
  BOOST_TEST(b.grad()(3) == 8 * std::log(2.0), boost::test_tools::tolerance(1e-15));
}

BOOST_AUTO_TEST_CASE(equal_operands_share_in_halves) {
  const Tensor a = Tensor{1.0, 2.0}.set_requires_grad(), b = Tensor{1.0, 5.0}.set_requires_grad();
  maximum(a, b).sum().backward();
  BOOST_TEST((a.grad().to_vector<double>() == std::vector<double>{0.5, 0}));
  BOOST_TEST((b.grad().to_vector<double>() == std::vector<double>{0.5, 1}));
}

BOOST_AUTO_TEST_CASE(the_side_that_where_leaves_gets_0) {
  const Tensor x = Tensor{4.0, -1.0}.set_requires_grad();
  where(x > 0, x, 0.0).sum().backward();
  BOOST_TEST((x.grad().to_vector<double>() == std::vector<double>{1, 0}));
}

BOOST_AUTO_TEST_CASE(members_carry_gradients) {
  const Tensor x = Tensor{{1.0, 5.0}, {3.0, 2.0}}.set_requires_grad();
  const Tensor y = x.max(1).sum() * 2 + x.min(0).sum() * 3 + x.mean(0).sum() + x.sum();
  y.backward();
  // Each: 0.5 of the means and 1 of the sum; 2 where largest of a row, 3 where least of a column.
  BOOST_TEST((x.grad().to_vector<double>() == std::vector<double>{4.5, 3.5, 3.5, 4.5}));
}

BOOST_AUTO_TEST_CASE(compound_assignment_names_a_new_tensor) {
  const Tensor x = Tensor{1.0, 2.0}.set_requires_grad();
  Tensor y = x;
  y += x;
  y *= Tensor{3.0, 4.0};
  y -= 1;
  y /= 2;
  BOOST_TEST((x.to_vector<double>() == std::vector<double>{1, 2}));
  y.sum().backward();
  BOOST_TEST((x.grad().to_vector<double>() == std::vector<double>{3, 4}));
}

BOOST_AUTO_TEST_SUITE_END()
