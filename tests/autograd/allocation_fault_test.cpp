// A training step that runs out of memory at its k-th allocation, for every k.
#include <new>

#include <carousel/autograd/ops.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/slab.h>

using namespace carousel;

namespace {

struct Step {
  Tensor x = Tensor{{0.5f, -1.f, 2.f}, {1.5f, 0.25f, -0.75f}};
  Tensor target = Tensor{{0.1f, 0.2f}, {0.3f, -0.4f}};
  Tensor w = Tensor{{0.3f, -0.2f}, {0.1f, 0.7f}, {-0.6f, 0.4f}}.set_requires_grad();
  Tensor b = Tensor{0.01f, -0.02f}.set_requires_grad();

  void run() const { mean(square(tanh(matmul(x, w) + b) - target)).backward(); }

  // Whether nobody else holds a tensor, its memory or its place in the graph: a leaked node would.
  bool alone() const {
    for (const Tensor* t : {&x, &target, &w, &b}) {
      const detail::TensorImpl& impl = t->impl();
      if (!impl.unique() || !impl.storage->unique()) return false;
      if (impl.slot && !impl.slot->unique()) return false;
    }
    return true;
  }
};

// The step's outcome when allocation k fails.
bool completes(const Step& step, long k) {
  detail::fail_allocation(k);
  try {
    step.run();
  } catch (const std::bad_alloc&) {
    return false;
  } catch (const DeviceError&) {  // a device says it in its own words
    return false;
  }
  detail::fail_allocation(-1);
  return true;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(allocation_faults)

BOOST_AUTO_TEST_CASE(nothing_leaks_and_the_next_step_has_the_same_bits) {
  const Step reference;
  reference.run();
  const auto w = reference.w.grad().to_vector<float>(), b = reference.b.grad().to_vector<float>();

  Step step;
  long k = 0;
  for (; !completes(step, k); ++k) {
    BOOST_TEST_REQUIRE(k < 10'000);
    BOOST_TEST_CONTEXT("allocation " << k) {
      BOOST_TEST(!step.w.grad().defined());
      BOOST_TEST(!step.b.grad().defined());
      BOOST_TEST(step.alone());
      step.run();
      BOOST_TEST((step.w.grad().to_vector<float>() == w));
      BOOST_TEST((step.b.grad().to_vector<float>() == b));
    }
    step.w.zero_grad();
    step.b.zero_grad();
  }
  BOOST_TEST(k > 20);  // the seam was reached: a step makes that many nodes and tensors
}

BOOST_AUTO_TEST_SUITE_END()
