// What a backward pass may do to gradients, saved tensors and other passes.
#include <carousel/autograd/engine.h>
#include <carousel/autograd/grad_mode.h>
#include <carousel/autograd/ops.h>
#include <carousel/autograd/ops/recurrent.h>
#include <carousel/autograd/record.h>
#include <carousel/tensor/error.h>

#include <boost/test/unit_test.hpp>
#include <cmath>

using namespace carousel;

namespace {

Tensor leaf(std::initializer_list<double> values) { return Tensor(values).set_requires_grad(); }

void check_values(const Tensor& x, std::vector<double> expected) {
  BOOST_TEST(x.to_vector<double>() == expected, boost::test_tools::per_element());
}

auto says(const char* text) {
  return [text](const Error& e) {
    BOOST_TEST_INFO(e.what());
    return std::string(e.what()).find(text) != std::string::npos;
  };
}

// 3 a and 5 b, as two outputs of one node; the derivative adds to what it was asked for.
struct Asked {
  int calls = 0, first = 0, second = 0, absent = 0;
};
thread_local Asked g_asked;

std::pair<Tensor, Tensor> scaled(const Tensor& a, const Tensor& b) {
  Tensor x, y;
  {
    const NoGrad guard;
    x = a * 3, y = b * 5;
  }
  record("scaled", {&x, &y}, {a, b}, {}, [](Backward& back) {
    ++g_asked.calls;
    g_asked.first += back.needs(0), g_asked.second += back.needs(1);
    for (int k : {0, 1}) {
      if (!back.dy(k).defined())
        ++g_asked.absent;
      else
        back.grad(k) = back.dy(k) * (k == 0 ? 3 : 5);
    }
  });
  return {x, y};
}

// A derivative may capture axes and numbers; record() refuses one that captures a tensor.
template <class T>
constexpr bool kMayBeCaptured = std::is_trivially_copyable_v<T>;
static_assert(kMayBeCaptured<Axes> && kMayBeCaptured<Shape> && kMayBeCaptured<Scalar>);
static_assert(!kMayBeCaptured<Tensor>);

}  // namespace

BOOST_AUTO_TEST_SUITE(pass)

BOOST_AUTO_TEST_CASE(a_pass_inside_a_pass_over_one_node_is_refused) {
  const Tensor x = leaf({1, 2});
  const Tensor y = x * 2, z = (y * y).sum();
  register_hook(y, [&](const Tensor& g) {
    z.backward({}, true);
    return g;
  });
  BOOST_CHECK_EXCEPTION(z.backward({}, true), GraphError,
                        says("[mul] another backward pass is walking over this part of the graph"));
  BOOST_TEST(!x.grad().defined());
}

BOOST_AUTO_TEST_CASE(after_a_throw_the_graph_can_be_walked_again) {
  const Tensor x = leaf({1, 2});
  const Tensor y = x * 2, z = (y * y).sum();
  bool fail = true;
  register_hook(y, [&](const Tensor& g) {
    if (fail) throw ValueError("hook", "not today");
    return g;
  });
  BOOST_CHECK_THROW(z.backward({}, true), ValueError);
  BOOST_TEST(!x.grad().defined());
  fail = false;
  z.backward();
  check_values(x.grad(), {8, 16});
}

BOOST_AUTO_TEST_CASE(a_diamond_sums_its_sides) {
  const Tensor x = leaf({1, 2});
  const Tensor y = x * 3, left = y * 2, right = y.unsqueeze(0).squeeze() * y;
  (left + right + y).sum().backward();
  check_values(x.grad(), {3 * (2 + 1) + 2 * 9 * 1, 3 * (2 + 1) + 2 * 9 * 2});
}

BOOST_AUTO_TEST_CASE(leaves_never_share_a_gradient) {
  const Tensor x = leaf({1, 2}), y = leaf({3, 4}), wide = leaf({5});
  (x + y + wide.expand({2})).backward(Tensor{7.0, 8.0});
  check_values(x.grad(), {7, 8});
  check_values(wide.grad(), {15});
  x.grad().fill_(0);
  check_values(y.grad(), {7, 8});
}

BOOST_AUTO_TEST_CASE(a_view_of_a_cotangent_becomes_a_gradient_of_its_own) {
  const Tensor x = Tensor{{1.0, 2.0}, {3.0, 4.0}}.set_requires_grad();
  const Tensor cotangent{{1.0, 2.0}, {3.0, 4.0}};
  x.t().backward(cotangent);
  BOOST_TEST(x.grad().is_contiguous());
  x.grad().fill_(0);
  BOOST_TEST(cotangent(1, 0) == 3);
}

BOOST_AUTO_TEST_CASE(derivatives_hear_what_is_wanted_and_what_is_absent) {
  g_asked = {};
  const Tensor a = leaf({1}), data{2.0};
  const auto [x, y] = scaled(a, data);
  (x + y).sum().backward();
  check_values(a.grad(), {3});
  BOOST_TEST((g_asked.calls == 1 && g_asked.first == 1 && g_asked.second == 0));
  const Tensor b = leaf({2});
  scaled(a, b).second.sum().backward();
  check_values(a.grad(), {3});
  check_values(b.grad(), {5});
  BOOST_TEST(g_asked.absent == 1);
}

BOOST_AUTO_TEST_CASE(only_the_paths_that_were_asked_for_are_walked) {
  g_asked = {};
  const Tensor a = leaf({1}), b = leaf({2});
  const auto [x, y] = scaled(a, b);
  check_values(grad((x * y).sum(), {a}, {.retain_graph = true})[0], {3 * 10});
  BOOST_TEST((g_asked.first == 1 && g_asked.calls == 1));
  const auto none = grad(x.sum(), {leaf({1})}, {.retain_graph = true, .allow_unused = true});
  BOOST_TEST(!none[0].defined());
  BOOST_TEST(g_asked.calls == 1);
}

BOOST_AUTO_TEST_CASE(hooks_on_leaves_change_what_is_accumulated) {
  const Tensor x = leaf({1, 2});
  register_hook(x, [](const Tensor& g) { return g * 2; });
  (x * 3).sum().backward();
  check_values(x.grad(), {6, 6});
  check_values(grad((x * 3).sum(), {x})[0], {6, 6});
  BOOST_CHECK_EXCEPTION(register_hook(Tensor{1.0}, [](const Tensor& g) { return g; }), GraphError,
                        says("[register_hook] a tensor (1,) takes part in no graph"));
}

BOOST_AUTO_TEST_CASE(guards_nest_and_end) {
  const Tensor x = leaf({1, 2});
  {
    const NoGrad off;
    BOOST_TEST(!(x * 2).requires_grad());
    {
      const EnableGrad on;
      BOOST_TEST((x * 2).requires_grad());
      const InferenceMode serving;
      BOOST_TEST(!(x * 2).requires_grad());
    }
    BOOST_TEST(!GradMode::enabled());
  }
  BOOST_TEST((x * 2).requires_grad());
  const Tensor y = (x * 2).detach();
  BOOST_TEST((!y.requires_grad() && y.is_leaf()));
  BOOST_TEST((y * 2).requires_grad() == false);
}

BOOST_AUTO_TEST_CASE(a_consumed_graph_says_so) {
  Generator generator{.seed = 3};
  const TensorOptions wanted{.requires_grad = true};
  const Tensor x = rand({2, 3, 2}, generator), w = randn({2, 8}, generator, wanted),
               u = randn({2, 8}, generator, wanted), b = randn({8}, generator, wanted);
  const Tensor y = lstm(x, w, u, b).output.sum();
  y.backward();  // overwrites the gates it had saved
  BOOST_CHECK_EXCEPTION(y.backward(), GraphError,
                        says("backward a second time: what the graph had saved was freed"));
}

// The gradient of a weight that a loop uses in every step, with its products gathered into larger
// ones; and the same from the steps' own.
struct Loop {
  Loop(std::int64_t steps, std::int64_t rows) {
    Generator generator{.seed = 3};
    w = uniform({8, 6}, -1, 1, generator, {.dtype = f64}).set_requires_grad();
    for (std::int64_t i = 0; i < steps; ++i) {
      x.push_back(uniform({rows, 8}, -1, 1, generator, {.dtype = f64}));
      dy.push_back(uniform({rows, 6}, -1, 1, generator, {.dtype = f64}));
    }
  }
  Tensor loss() const {
    Tensor sum;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const Tensor term = (matmul(x[i], w) * dy[i]).sum();
      sum = sum.defined() ? sum + term : term;
    }
    return sum;
  }
  Tensor expected() const {
    Tensor sum = zeros({8, 6}, {.dtype = f64});
    for (std::size_t i = 0; i < x.size(); ++i) sum += matmul(x[i].t(), dy[i]);
    return sum;
  }

  Tensor w;
  std::vector<Tensor> x, dy;
};

BOOST_AUTO_TEST_CASE(products_of_a_loop_are_gathered) {
  const struct {
    std::int64_t steps, rows;
  } cases[] = {{1, 3}, {2, 1}, {40, 3}, {300, 2}, {900, 3}};
  for (const auto& [steps, rows] : cases) BOOST_TEST_CONTEXT(steps << " of " << rows) {
      const Loop loop(steps, rows);
      const Tensor loss = loop.loss();
      loss.backward({}, true);
      const Tensor first = loop.w.grad();
      BOOST_TEST(max(abs(first - loop.expected())).item() <= 1e-12);
      // The same bits again, beside what is there, and from grad().
      loss.backward({}, true);
      check_values((loop.w.grad() - first).flatten(), first.flatten().to_vector<double>());
      check_values(grad(loss, {loop.w}, {.retain_graph = true})[0].flatten(),
                   first.flatten().to_vector<double>());
      // Recorded, and so differentiable again, they come one by one.
      const Tensor again = grad(loss, {loop.w}, {.create_graph = true})[0];
      BOOST_TEST(max(abs(again - first)).item() <= 1e-12);
    }
}

BOOST_AUTO_TEST_CASE(a_hook_sees_the_gathered_gradient_once) {
  const Loop loop(20, 2);
  thread_local int calls;
  thread_local Tensor seen;
  calls = 0;
  register_hook(loop.w, [](const Tensor& gradient) {
    ++calls;
    seen = gradient;
    const EnableGrad recording;
    // Another pass within this one keeps what that one has gathered.
    const Loop inner(5, 2);
    inner.loss().backward();
    BOOST_TEST(max(abs(inner.w.grad() - inner.expected())).item() <= 1e-12);
    return Tensor();
  });
  loop.loss().backward();
  BOOST_TEST(calls == 1);
  BOOST_TEST(max(abs(seen - loop.expected())).item() <= 1e-12);
}

BOOST_AUTO_TEST_CASE(a_pass_within_a_node_s_hook_gathers_for_itself) {
  const Loop loop(20, 2), inner(5, 2);
  Tensor scale = Tensor{1.0}.set_requires_grad();
  const Tensor middle = scale * 2;
  register_hook(middle, [inner](const Tensor&) {
    const EnableGrad recording;
    inner.loss().backward();
    return Tensor();
  });
  (loop.loss() * middle).sum().backward();
  BOOST_TEST(max(abs(loop.w.grad() - 2 * loop.expected())).item() <= 1e-12);
  BOOST_TEST(max(abs(inner.w.grad() - inner.expected())).item() <= 1e-12);
}

BOOST_AUTO_TEST_CASE(anomaly_mode_still_names_the_product) {
  Loop loop(3, 2);
  loop.dy[1] = loop.dy[1] * std::nan("");
  const Tensor loss = loop.loss();
  const AnomalyMode anomaly;
  BOOST_CHECK_EXCEPTION(loss.backward(), NumericError, says("contains NaN"));
}

BOOST_AUTO_TEST_SUITE_END()
