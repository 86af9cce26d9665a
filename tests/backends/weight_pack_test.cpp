// Packs of weights that inference publishes on their storages.
#include <thread>
#include <vector>

#include <carousel/autograd/engine.h>
#include <carousel/autograd/grad_mode.h>
#include <carousel/autograd/ops.h>
#include <carousel/autograd/ops/recurrent.h>
#include <carousel/backends/cpu/weight_pack.h>
#include <carousel/tensor/host_write.h>
#include <carousel/tensor/impl.h>

#include "tests/backends/cpu_levels.h"
#include "tests/backends/recurrent_problem.h"

namespace carousel::cpu {
namespace {

struct Layer {
  explicit Layer(const Problem& p)
      : problem(p),
        x(uniform({p.batch, p.time, p.input})),
        kernel(uniform({p.input, columns(p)})),
        recurrent_kernel(uniform({state_size(p), columns(p)})),
        bias(uniform(cell_of(p).bias_rows == 2 ? Shape{2, columns(p)} : Shape{columns(p)})) {
    if (p.projected > 0) projection = uniform({p.units, p.projected});
  }

  std::vector<float> run() const {
    return recurrent(x, kernel, recurrent_kernel, bias,
                     {.spec = problem.spec, .projection = projection})
        .output.to_vector<float>();
  }
  std::vector<float> infer() const {
    const NoGrad nothing_recorded;
    return run();
  }
  // With gradients: the weights are packed in the step's workspace.
  std::vector<float> record() const {
    Layer leaf = *this;
    leaf.kernel = kernel.detach();
    leaf.kernel.set_requires_grad();
    return leaf.run();
  }
  void change_weights() const {
    HostWrite<float> write(recurrent_kernel);
    write.begin()[0] += 1;
  }

  Problem problem;
  Tensor x, kernel, recurrent_kernel, bias, projection;

 private:
  Tensor uniform(const Shape& shape) {
    std::vector<float> values;
    for (const double v : numbers(shape.numel(), ++seed_)) values.push_back(static_cast<float>(v));
    return from_span<float>(values, shape);
  }
  int seed_ = 0;
};

std::int64_t published() { return weight_pack_counts().published; }

// What `threads` callers at once get.
std::vector<std::vector<float>> infer_at_once(const Layer& layer, int threads, int calls) {
  std::vector<std::vector<float>> results(static_cast<std::size_t>(threads * calls));
  std::vector<std::thread> all;
  std::atomic<int> ready{0};
  for (int i = 0; i < threads; ++i)
    all.emplace_back([&, i] {
      ++ready;
      while (ready < threads) std::this_thread::yield();
      for (int call = 0; call < calls; ++call)
        results[static_cast<std::size_t>(i * calls + call)] = layer.infer();
    });
  for (auto& thread : all) thread.join();
  return results;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(weight_packs)

BOOST_AUTO_TEST_CASE(inference_equals_recording_to_the_bit) {
  for_each_level([] {
    for (const Problem& problem : {Problem{1, 1, 3, 17}, Problem{3, 1, 40, 64},
                                   Problem{5, 7, 300, 33}, Problem{2, 3, 1, 270}})
      for_each_cell(problem, [](const Problem& p) {
        const Layer layer(p);
        const auto expected = layer.record();
        BOOST_TEST((layer.infer() == expected));  // makes the packs
        BOOST_TEST((layer.infer() == expected));  // finds them
      });
  });
}

BOOST_AUTO_TEST_CASE(a_version_of_the_weights_is_packed_once) {
  for_each_cell({2, 3, 5, 20}, [](const Problem& p) {
    const Layer layer(p);
    const std::int64_t before = published();
    const int packs = p.projected > 0 ? 3 : 2;  // of each matrix
    layer.record();
    BOOST_TEST(published() - before == 0);
    for (int call = 0; call < 3; ++call) layer.infer();
    BOOST_TEST(published() - before == packs);
    layer.change_weights();
    for (int call = 0; call < 3; ++call) layer.infer();
    BOOST_TEST(published() - before == packs + 1);
  });
}

BOOST_AUTO_TEST_CASE(a_change_of_the_weights_is_seen) {
  for_each_cell({2, 3, 5, 20}, [](const Problem& p) {
    const Layer layer(p);
    const auto first = layer.infer();
    layer.change_weights();
    const auto second = layer.infer();
    BOOST_TEST((second != first));
    BOOST_TEST((second == layer.record()));
  });
}

BOOST_AUTO_TEST_CASE(two_views_of_one_storage_and_two_levels_share_a_slot) {
  Layer layer({2, 3, 20, 20});
  const Tensor both = concat({layer.kernel, layer.recurrent_kernel});
  const auto expected = layer.record();
  layer.kernel = both.slice(0, 0, 20);
  layer.recurrent_kernel = both.slice(0, 20, 40);
  for (int call = 0; call < 3; ++call) BOOST_TEST((layer.infer() == expected));
  for_each_level([&] {
    const auto on_this_level = layer.record();
    BOOST_TEST((layer.infer() == on_this_level));
  });
}

BOOST_AUTO_TEST_CASE(packs_are_freed_with_their_weights) {
  const std::int64_t before = weight_pack_counts().alive;
  {
    const Layer layer({2, 3, 5, 20});
    layer.infer();
    BOOST_TEST(weight_pack_counts().alive - before == 2);
    layer.change_weights();
    layer.infer();
    BOOST_TEST(weight_pack_counts().alive - before == 2);  // the stale one gave its memory
  }
  BOOST_TEST(weight_pack_counts().alive == before);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(threads)

BOOST_AUTO_TEST_CASE(many_threads_infer_while_the_first_pack_is_published) {
  for (int round = 0; round < 20; ++round) {
    const Layer layer({2, 3, 33, 50});
    const auto expected = layer.record();
    const std::int64_t before = published();
    for (const auto& result : infer_at_once(layer, 4, 5)) BOOST_TEST((result == expected));
    BOOST_TEST(published() - before == 2);
    layer.change_weights();
    const auto changed = layer.record();
    for (const auto& result : infer_at_once(layer, 4, 5)) BOOST_TEST((result == changed));
    BOOST_TEST(published() - before == 3);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace carousel::cpu
