#include <carousel/backends/cpu/recurrent.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/threads.h>

#include "tests/backends/cpu_levels.h"
#include "tests/backends/recurrent_problem.h"

namespace carousel::cpu {
namespace {

template <class Check>
void for_each_cell_and_level(const Problem& problem, const Check& check) {
  for_each_level([&] { for_each_cell(problem, check); });
}

double max_difference(const std::vector<double>& a, const std::vector<double>& b) {
  BOOST_REQUIRE(a.size() == b.size());
  double worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double d = std::abs(a[i] - b[i]);
    worst = d > worst || std::isnan(d) ? d : worst;
  }
  return worst;
}

RecurrentSpec spec(Activation activation, Activation recurrent, bool backwards = false,
                   bool zero = false, bool exact = false) {
  return {CellKind::lstm, activation, recurrent, backwards, zero, exact};
}

std::vector<Problem> problems() {
  using enum Activation;
  std::vector<Problem> all = {
      {1, 1, 1, 1},
      {1, 7, 3, 17},
      {3, 5, 1, 50},
      {17, 4, 50, 3},
      {2, 3, 300, 16},
      {5, 3, 33, 130},
      {4, 2, 7, 270},
      {100, 3, 5, 20, MaskKind::none, true},
      {3, 6, 2, 33, MaskKind::none, true, false, spec(relu, hard_sigmoid, true)},
  };
  for (auto mask : {MaskKind::right, MaskKind::left, MaskKind::holes, MaskKind::all})
    for (bool initial : {false, true})
      for (bool zero : {false, true})
        all.push_back(
            {5, 7, 3, 17, mask, initial, true, spec(tanh, sigmoid, initial != zero, zero)});
  for (auto activation : {linear, tanh, relu, hard_sigmoid, softsign, softplus, elu, selu, sigmoid})
    all.push_back({3, 4, 2, 21, MaskKind::none, true, true, spec(activation, sigmoid)});
  for (auto recurrent : {sigmoid, tanh, hard_sigmoid})
    all.push_back(
        {3, 4, 2, 5, MaskKind::holes, true, true, spec(tanh, recurrent, false, false, true)});
  return all;
}

template <class T>
void check(const Problem& p, double tolerance) {
  BOOST_TEST_CONTEXT(describe(p)) {
    const Inputs in(p);
    const Outputs expected = naive_outputs(p, in);
    Run<T> run(p, in);
    for (bool saved : {false, true}) {
      const Outputs out = run.forward(saved);
      BOOST_TEST(max_difference(out.y, expected.y) <= tolerance);
      BOOST_TEST(max_difference(out.h, expected.h) <= tolerance);
      BOOST_TEST(max_difference(out.c, expected.c) <= tolerance);
    }
  }
}

bool same(const Outputs& a, const Outputs& b) { return a.y == b.y && a.h == b.h && a.c == b.c; }
bool same(const Gradients& a, const Gradients& b) {
  return a.x == b.x && a.kernel == b.kernel && a.recurrent_kernel == b.recurrent_kernel &&
         a.bias == b.bias && a.h0 == b.h0 && a.c0 == b.c0 && a.projection == b.projection;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(recurrent)

BOOST_AUTO_TEST_CASE(forward_equals_a_plain_loop_on_every_level) {
  for_each_level([] {
    for (const Problem& problem : problems())
      for_each_cell(problem, [](const Problem& p) {
        check<double>(p, 1e-13);
        check<float>(p, 4e-6);
      });
  });
}

BOOST_AUTO_TEST_CASE(steps_one_by_one_give_the_same_bits_as_one_call) {
  for_each_cell_and_level({3, 9, 20, 40, MaskKind::none, true}, [](const Problem& whole) {
    const Inputs in(whole);
    const Outputs expected = Run<float>(whole, in).forward(false);
    Problem one = whole;
    one.time = 1;
    Inputs now = in;
    for (std::int64_t t = 0; t < whole.time; ++t) {
      now.x.clear();
      for (std::int64_t b = 0; b < whole.batch; ++b)
        now.x.insert(now.x.end(), &in.x[(b * whole.time + t) * whole.input],
                     &in.x[(b * whole.time + t) * whole.input] + whole.input);
      const Outputs out = Run<float>(one, now).forward(t % 2 == 0);
      now.h0 = out.h;
      now.c0 = out.c;
    }
    BOOST_TEST((now.h0 == expected.h));
    BOOST_TEST((now.c0 == expected.c));
  });
}

BOOST_AUTO_TEST_CASE(a_row_does_not_depend_on_its_batch) {
  for_each_cell_and_level({19, 6, 20, 40}, [](const Problem& many) {
    Problem few = many;
    few.batch = 2;
    const Outputs all = Run<float>(many, Inputs(many)).forward(false);
    Inputs in(few);
    const Inputs whole(many);
    in.x.assign(whole.x.begin(), whole.x.begin() + static_cast<std::ptrdiff_t>(in.x.size()));
    const Outputs out = Run<float>(few, in).forward(false);
    BOOST_TEST(std::equal(out.y.begin(), out.y.end(), all.y.begin()));
  });
}

BOOST_AUTO_TEST_CASE(retained_gates_give_the_same_gradients_twice) {
  for_each_cell({5, 6, 7, 50, MaskKind::right, true}, [](const Problem& p) {
    Run<double> run(p, Inputs(p));
    run.forward(true);
    const auto gates = run.gates();
    const Gradients first = run.backward(cotangents(p), false);
    BOOST_TEST((run.gates() == gates));
    BOOST_TEST(same(run.backward(cotangents(p), true), first));
    BOOST_TEST((run.gates() != gates));
  });
}

BOOST_AUTO_TEST_CASE(nan_in_one_row_stays_in_that_row) {
  for_each_cell_and_level({3, 4, 2, 17}, [](const Problem& p) {
    Inputs in(p);
    in.x[1 * p.time * p.input] = std::numeric_limits<double>::quiet_NaN();
    const Outputs out = Run<float>(p, in).forward(false);
    for (std::int64_t b = 0; b < p.batch; ++b)
      for (std::int64_t u = 0; u < state_size(p); ++u)
        BOOST_TEST(std::isnan(out.h[b * state_size(p) + u]) == (b == 1));
  });
}

BOOST_AUTO_TEST_CASE(the_callers_denormals_are_as_before) {
  const Problem p{2, 3, 4, 5};
  Run<float> run(p, Inputs(p));
  run.forward(true);
  run.backward(cotangents(p), true);
  volatile float tiny = 1e-40f;
  BOOST_TEST(tiny * 0.5f > 0.0f);
}

BOOST_AUTO_TEST_CASE(unknown_activations_are_named) {
  BOOST_TEST((activation_from("hard_sigmoid", "lstm") == Activation::hard_sigmoid));
  BOOST_CHECK_EXCEPTION(activation_from("than", "lstm"), ValueError, [](const Error& e) {
    return std::string(e.what()) ==
           "[lstm] unknown activation 'than': expected one of linear, tanh, sigmoid, relu, "
           "hard_sigmoid, softsign, softplus, elu, selu, exponential";
  });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(threads)

BOOST_AUTO_TEST_CASE(one_and_two_threads_give_a_sequence_the_same_bits) {
  const int before = num_threads();
  for_each_cell_and_level({16, 24, 70, 130, MaskKind::holes, true}, [](const Problem& p) {
    const Inputs in(p);
    set_num_threads(1);
    Run<float> one(p, in);
    const Outputs out = one.forward(true);
    const Gradients gradients = one.backward(cotangents(p), true);
    set_num_threads(2);
    Run<float> two(p, in);
    BOOST_TEST(same(two.forward(true), out));
    BOOST_TEST(same(two.backward(cotangents(p), true), gradients));
    BOOST_TEST(same(two.forward(false), out));
  });
  set_num_threads(before);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace carousel::cpu
