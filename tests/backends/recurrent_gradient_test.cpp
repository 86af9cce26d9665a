#include <carousel/backends/cpu/recurrent.h>

#include "tests/backends/cpu_levels.h"
#include "tests/backends/recurrent_problem.h"

namespace carousel::cpu {
namespace {

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < b.size(); ++i) sum += a[i] * b[i];
  return sum;
}

double loss(const Problem& p, const Inputs& in, const Cotangents& d) {
  const Outputs out = Run<double>(p, in).forward(false);
  return dot(out.y, d.y) + dot(out.h, d.h) + dot(out.c, d.c);
}

using Field = std::vector<double>;
struct Pair {
  const char* name;
  Field Inputs::*input;
  Field Gradients::*gradient;
};
const Pair kFields[] = {
    {"x", &Inputs::x, &Gradients::x},
    {"kernel", &Inputs::kernel, &Gradients::kernel},
    {"recurrent_kernel", &Inputs::recurrent_kernel, &Gradients::recurrent_kernel},
    {"bias", &Inputs::bias, &Gradients::bias},
    {"h0", &Inputs::h0, &Gradients::h0},
    {"c0", &Inputs::c0, &Gradients::c0},
    {"projection", &Inputs::projection, &Gradients::projection},
};

// Central differences of every input, at most 40 elements of each (in steps that visit all gates).
void check_gradients(const Problem& p, const Cotangents& d) {
  constexpr double eps = 1e-5, atol = 1e-8, rtol = 1e-5;
  const Inputs in(p);
  Run<double> run(p, in);
  run.forward(true);
  const Gradients gradients = run.backward(d, true);
  for (const Pair& field : kFields) {
    if (!p.bias && field.input == &Inputs::bias) continue;
    if (!p.initial && (field.input == &Inputs::h0 || field.input == &Inputs::c0)) continue;
    const Field& got = gradients.*field.gradient;
    for (std::size_t i = 0; i < got.size(); i += 1 + got.size() / 40) {
      Inputs moved = in;
      (moved.*field.input)[i] += eps;
      const double above = loss(p, moved, d);
      (moved.*field.input)[i] -= 2 * eps;
      const double expected = (above - loss(p, moved, d)) / (2 * eps);
      BOOST_TEST_CONTEXT(describe(p) << " " << field.name << "[" << i << "]") {
        BOOST_TEST(std::abs(got[i] - expected) <= atol + rtol * std::abs(expected));
      }
    }
  }
}

// Largest error over the largest element.
double relative_error(const Field& a, const Field& b) {
  double worst = 0, largest = 1e-30;
  for (std::size_t i = 0; i < b.size(); ++i) {
    const double d = std::abs(a[i] - b[i]);
    worst = d > worst || std::isnan(d) ? d : worst;
    largest = std::max(largest, std::abs(b[i]));
  }
  return worst / largest;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(recurrent_gradient)

BOOST_AUTO_TEST_CASE(equals_finite_differences_for_every_shape_and_mask) {
  std::vector<Problem> all = {{1, 1, 1, 1, MaskKind::none, true},
                              {2, 5, 3, 17, MaskKind::none, true},
                              {3, 4, 1, 50},
                              {17, 2, 5, 3, MaskKind::none, true, false},
                              {2, 3, 40, 9, MaskKind::none, true}};
  for (auto mask : {MaskKind::right, MaskKind::left, MaskKind::holes, MaskKind::all})
    for (bool initial : {false, true})
      for (bool zero : {false, true}) {
        all.push_back({4, 5, 2, 5, mask, initial});
        all.back().spec.zero_output_for_mask = zero;
        all.back().spec.go_backwards = zero != initial;
      }
  for (const Problem& problem : all)
    for_each_cell(problem, [](const Problem& p) { check_gradients(p, cotangents(p)); });
}

BOOST_AUTO_TEST_CASE(equals_finite_differences_for_every_activation) {
  using enum Activation;
  for (auto activation :
       {linear, tanh, sigmoid, relu, hard_sigmoid, softsign, softplus, elu, selu}) {
    const auto check = [](const Problem& p) { check_gradients(p, cotangents(p)); };
    Problem p{2, 4, 3, 5, MaskKind::holes, true};
    p.spec.activation = activation;
    for_each_cell(p, check);
    p.spec.activation = tanh;
    p.spec.recurrent_activation = activation;
    p.time = 2;  // gates above 1 grow without bound
    for_each_cell(p, check);
  }
}

BOOST_AUTO_TEST_CASE(any_cotangent_may_be_absent) {
  for_each_cell({3, 4, 2, 6, MaskKind::none, true}, [](const Problem& p) {
    const Cotangents all = cotangents(p);
    for (int present = 0; present < 8; ++present)
      check_gradients(p, {present & 1 ? all.y : Field{}, present & 2 ? all.h : Field{},
                          present & 4 ? all.c : Field{}});
  });
}

BOOST_AUTO_TEST_CASE(single_precision_follows_double_on_every_level) {
  for_each_level([] {
    for (const Problem& problem :
         {Problem{16, 20, 33, 50, MaskKind::none, true},
          Problem{3, 30, 5, 130, MaskKind::right, true}, Problem{1, 40, 1, 64}})
      for_each_cell(problem, [](const Problem& p) {
        const Inputs in(p);
        Run<double> exact(p, in);
        exact.forward(true);
        const Gradients expected = exact.backward(cotangents(p), true);
        Run<float> run(p, in);
        run.forward(true);
        const Gradients got = run.backward(cotangents(p), true);
        for (const Pair& field : kFields) BOOST_TEST_CONTEXT(field.name) {
            BOOST_TEST(relative_error(got.*field.gradient, expected.*field.gradient) <= 1e-5);
          }
      });
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace carousel::cpu
