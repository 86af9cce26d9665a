// Once slabs and free lists are filled, recording and differentiating ask the system for nothing.
#include <carousel/autograd/grad_mode.h>
#include <carousel/autograd/ops.h>
#include <carousel/autograd/ops/recurrent.h>
#include <tests/support/count_malloc.h>
#include <tests/support/skip.h>

using namespace carousel;

namespace {

struct Model {
  Generator generator{.seed = 9};
  TensorOptions leaf{.requires_grad = true};
  Tensor x = rand({8, 6, 3}, generator), target = rand({8, 2}, generator);
  Tensor kernel = randn({3, 20}, generator, leaf), recurrent = randn({5, 20}, generator, leaf);
  Tensor bias = zeros({20}, leaf), w = randn({5, 2}, generator, leaf);

  double step() const {
    const Tensor h = lstm(x, kernel, recurrent, bias, {.return_sequences = false}).output;
    const Tensor loss = mean(square(tanh(matmul(h, w)) - target));
    loss.backward();
    for (Tensor p : {kernel, recurrent, bias, w}) p.zero_grad();
    return loss.item();
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(allocation)

BOOST_AUTO_TEST_CASE(steps_ask_for_no_memory_after_the_first) {
  if (!CAROUSEL_COUNTS_MALLOC)
    return carousel::test::skip("a sanitizer, or the C library, has its own malloc");
  const Model model;
  const double first = model.step();
  model.step();
  carousel::test::system_calls = 0;
  carousel::test::counting = true;
  double last = 0;
  for (int i = 0; i < 50; ++i) last = model.step();
  carousel::test::counting = false;
  BOOST_TEST(carousel::test::system_calls == 0);
  BOOST_TEST(last == first);
}

BOOST_AUTO_TEST_SUITE_END()
