// Order, accumulation, retention and depth of the backward walk.
#include <carousel/autograd/engine.h>
#include <carousel/autograd/grad_mode.h>
#include <carousel/autograd/ops.h>
#include <carousel/autograd/ops/recurrent.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/host_write.h>

#include <boost/test/unit_test.hpp>
#include <thread>

#include <pthread.h>

using namespace carousel;

namespace {

Tensor leaf(std::initializer_list<double> values) { return Tensor(values).set_requires_grad(); }

void check_values(const Tensor& x, std::initializer_list<double> expected) {
  const auto values = x.to_vector<double>();
  BOOST_TEST(values == std::vector<double>(expected), boost::test_tools::per_element());
}

// Runs f on a thread with a stack of 512 KiB.
void on_small_stack(void (*f)()) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 512 * 1024);
  pthread_t thread{};
  const int failure = pthread_create(
      &thread, &attributes,
      [](void* work) -> void* {
        reinterpret_cast<void (*)()>(work)();
        return nullptr;
      },
      reinterpret_cast<void*>(f));
  if (failure == 0) pthread_join(thread, nullptr);
  BOOST_TEST_REQUIRE(failure == 0);  // not before: Boost's log belongs to one thread at a time
  pthread_attr_destroy(&attributes);
}

auto says(const char* text) {
  return [text](const Error& e) {
    BOOST_TEST_INFO(e.what());
    return std::string(e.what()).find(text) != std::string::npos;
  };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(engine)

BOOST_AUTO_TEST_CASE(product_rule) {
  const Tensor a = leaf({2, 3}), b = leaf({5, 7});
  (a * b).sum().backward();
  check_values(a.grad(), {5, 7});
  check_values(b.grad(), {2, 3});
}

BOOST_AUTO_TEST_CASE(an_operand_used_twice_gets_both_gradients) {
  const Tensor x = leaf({1.5, -2});
  (x + x).sum().backward();
  check_values(x.grad(), {2, 2});
  x.impl();
  Tensor y = x * x;
  (y * y).sum().backward();  // 4 x^3, added to what is there
  check_values(x.grad(), {2 + 4 * 3.375, 2 - 4 * 8.0});
}

BOOST_AUTO_TEST_CASE(broadcast_gradients_are_summed_back) {
  const Tensor row = leaf({1, 2, 3});
  const Tensor x = Tensor{{1.0, 2.0, 3.0}, {4.0, 5.0, 6.0}};
  (row * x).sum().backward();
  check_values(row.grad(), {5, 7, 9});
}

BOOST_AUTO_TEST_CASE(the_users_cotangent_is_never_written) {
  const Tensor x = leaf({1, 2}), g = Tensor{3.0, 4.0};
  const Tensor y = x + 0.0;
  y.backward(g, true);
  y.backward(g, true);
  check_values(x.grad(), {6, 8});
  check_values(g, {3, 4});
}

BOOST_AUTO_TEST_CASE(a_second_backward_needs_retain_graph) {
  const Tensor x = leaf({1, 2});
  const Tensor y = tanh(x).sum();
  y.backward({}, true);
  y.backward();
  BOOST_CHECK_EXCEPTION(y.backward(), GraphError, says("pass retain_graph = true the first time"));
}

BOOST_AUTO_TEST_CASE(bad_roots_are_refused) {
  const Tensor x = leaf({1, 2});
  BOOST_CHECK_EXCEPTION((x * 2).backward(), GraphError,
                        says("[backward] a root of shape (2,) needs a cotangent"));
  BOOST_CHECK_EXCEPTION((x * 2).backward(Tensor{1.0}), ShapeError,
                        says("[backward] the cotangent (1,) differs from the root (2,)"));
  BOOST_CHECK_EXCEPTION(Tensor{1.0}.backward(), GraphError,
                        says("depends on nothing that wants a gradient"));
}

BOOST_AUTO_TEST_CASE(a_write_to_a_saved_tensor_is_noticed) {
  const Tensor x = leaf({1, 2});
  const Tensor y = x * x;
  {
    const NoGrad guard;
    HostWrite<double> w(x);
    w[0] = 9;
  }
  BOOST_CHECK_EXCEPTION(y.sum().backward(), GraphError,
                        says("[mul] a tensor (2,) that backward needs was written to"));
  BOOST_TEST(!x.grad().defined());
}

BOOST_AUTO_TEST_CASE(in_place_writing_needs_no_grad) {
  const Tensor x = leaf({1, 2});
  BOOST_CHECK_EXCEPTION(Tensor(x).fill_(0), GraphError, says("[fill_] writes in place"));
}

BOOST_AUTO_TEST_CASE(grad_returns_and_accumulates_nothing) {
  const Tensor x = leaf({1, 2}), y = leaf({3, 4});
  const Tensor z = (x * y * x).sum();
  const auto gradients = grad(z, {x});
  check_values(gradients[0], {6, 16});
  BOOST_TEST(!x.grad().defined());
  BOOST_TEST(!y.grad().defined());
}

BOOST_AUTO_TEST_CASE(grad_reaches_results_of_operations) {
  const Tensor x = leaf({1, 2});
  const Tensor y = x * 3;
  const Tensor z = (y * y).sum();
  check_values(grad(z, {y}, {.retain_graph = true})[0], {6, 12});
  BOOST_CHECK_EXCEPTION(grad(z, {leaf({1})}), GraphError, says("no output depends on an input"));
}

BOOST_AUTO_TEST_CASE(second_derivatives) {
  const Tensor x = leaf({0.5, -1});
  const Tensor first = grad(tanh(x).sum(), {x}, {.create_graph = true})[0];
  const Tensor second = grad(first.sum(), {x})[0];
  const auto values = second.to_vector<double>();
  for (std::size_t i = 0; i < 2; ++i) {
    const double t = std::tanh(i == 0 ? 0.5 : -1.0);
    BOOST_TEST(values[i] == -2 * t * (1 - t * t), boost::test_tools::tolerance(1e-12));
  }
}

BOOST_AUTO_TEST_CASE(hooks_see_and_replace_gradients) {
  const Tensor x = leaf({1, 2});
  const Tensor y = x * 2;
  register_hook(y, [](const Tensor& g) { return g * 10; });
  y.sum().backward();
  check_values(x.grad(), {20, 20});
}

BOOST_AUTO_TEST_CASE(a_million_operations_fit_a_small_stack) {
  on_small_stack([] {
    const Tensor x = leaf({1});
    Tensor y = x;
    for (int i = 0; i < 1'000'000; ++i) y = y + 1.0;
    y.backward();
    check_values(x.grad(), {1});
    for (int i = 0; i < 1'000'000; ++i) y = y + x;
  });
}

BOOST_AUTO_TEST_CASE(a_composed_lstm_of_20000_steps_fits_a_small_stack) {
  on_small_stack([] {
    Generator generator{7};
    const TensorOptions leaf{.dtype = f64, .requires_grad = true};
    const Tensor x = randn({1, 20'000, 2}, generator, leaf), w = randn({2, 8}, generator, leaf),
                 u = randn({2, 8}, generator, leaf), b = randn({8}, generator, leaf);
    lstm_composed(x, w, u, b, {.return_sequences = false}).output.sum().backward();
    const Tensor fused = grad(lstm(x, w, u, b, {.return_sequences = false}).output.sum(), {w})[0];
    const double scale = abs(fused).max().item();
    BOOST_TEST(abs(w.grad() - fused).max().item() <= 1e-12 * scale);
    BOOST_TEST(scale > 0);
  });
}

BOOST_AUTO_TEST_CASE(a_gradient_that_is_set_comes_without_its_graph) {
  Tensor x = leaf({1, 2});
  x.set_grad(x * 3);  // whose graph leads to x, and so to this gradient
  BOOST_TEST(!x.grad().requires_grad());
  check_values(x.grad(), {3, 6});
}

BOOST_AUTO_TEST_CASE(a_graph_may_die_on_another_thread) {
  Tensor y = leaf({1});
  for (int i = 0; i < 100'000; ++i) y = y + 1.0;
  std::thread([graph = std::move(y)]() mutable { graph = {}; }).join();
}

BOOST_AUTO_TEST_SUITE_END()
