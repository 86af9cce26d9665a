// Schedules at the places where they turn.
#include <carousel/optim/optim.h>
#include <carousel/optim/torch/torch.h>

#include <boost/test/unit_test.hpp>

#include <cmath>

using namespace carousel;
using namespace carousel::optim;

namespace {

struct Case {
  const char* name;
  LearningRate rate;
  std::vector<std::pair<std::int64_t, double>> expected;
};

const std::vector<Case>& keras_cases() {
  static const std::vector<Case> all{
      {"inverse time",
       InverseTimeDecay{{.initial_learning_rate = 1, .decay_steps = 10, .decay_rate = 0.5}},
       {{0, 1}, {10, 1 / 1.5}, {20, 0.5}}},
      {"polynomial",
       PolynomialDecay{
           {.initial_learning_rate = 1, .decay_steps = 10, .end_learning_rate = 0, .power = 2}},
       {{0, 1}, {5, 0.25}, {10, 0}, {11, 0}}},
      {"polynomial, cycling",
       PolynomialDecay{
           {.initial_learning_rate = 1, .decay_steps = 10, .end_learning_rate = 0, .cycle = true}},
       {{0, 1}, {10, 0}, {15, 0.25}, {20, 0}}},
      {"piecewise",
       PiecewiseConstantDecay{{.boundaries = {3, 6}, .values = {3, 2, 1}}},
       {{0, 3}, {3, 3}, {4, 2}, {6, 2}, {7, 1}}},
      {"cosine",
       CosineDecay{{.initial_learning_rate = 1, .decay_steps = 10, .alpha = 0.2}},
       {{0, 1}, {5, 0.6}, {10, 0.2}, {100, 0.2}}},
      {"cosine after a warm-up",
       CosineDecay{
           {.initial_learning_rate = 0, .decay_steps = 10, .warmup_target = 1, .warmup_steps = 4}},
       {{0, 0}, {1, 0.25}, {4, 1}, {9, 0.5}, {14, 0}}},
      {"cosine restarts",
       CosineDecayRestarts{{.initial_learning_rate = 1, .first_decay_steps = 10, .m_mul = 0.5}},
       {{0, 1}, {5, 0.5}, {10, 0.5}, {20, 0.25}, {30, 0.25}}},
  };
  return all;
}

const std::vector<Case>& torch_cases() {
  static const std::vector<Case> all{
      {"step",
       torch::StepLR{{.lr = 1, .step_size = 3, .gamma = 0.5}},
       {{2, 1}, {3, 0.5}, {6, 0.25}}},
      {"milestones",
       torch::MultiStepLR{{.lr = 1, .milestones = {3, 3, 5}, .gamma = 0.5}},
       {{2, 1}, {3, 0.25}, {5, 0.125}}},
      {"constant",
       torch::ConstantLR{{.lr = 1, .factor = 0.25, .total_iters = 2}},
       {{0, 0.25}, {1, 0.25}, {2, 1}}},
      {"linear",
       torch::LinearLR{{.lr = 1, .start_factor = 0, .end_factor = 1, .total_iters = 4}},
       {{0, 0}, {1, 0.25}, {4, 1}, {9, 1}}},
      {"warm restarts",
       torch::CosineAnnealingWarmRestarts{{.lr = 1, .T_0 = 2, .T_mult = 2}},
       {{0, 1}, {1, 0.5}, {2, 1}, {4, 0.5}, {6, 1}}},
      {"cyclic",
       torch::CyclicLR{{.base_lr = 1,
                        .max_lr = 3,
                        .step_size_up = 2,
                        .step_size_down = 4,
                        .mode = "triangular2"}},
       {{0, 1}, {1, 2}, {2, 3}, {4, 2}, {6, 1}, {8, 2}}},
      {"one cycle",
       torch::OneCycleLR{{.max_lr = 1,
                          .total_steps = 11,
                          .pct_start = 5.0 / 11,
                          .anneal_strategy = "linear",
                          .div_factor = 2,
                          .final_div_factor = 4}},
       {{0, 0.5}, {2, 0.75}, {4, 1}, {10, 0.125}, {50, 0.125}}},
      {"one cycle, by epochs",
       torch::OneCycleLR{{.max_lr = 1,
                          .epochs = 5,
                          .steps_per_epoch = 2,
                          .pct_start = 0.5,
                          .anneal_strategy = "linear",
                          .div_factor = 2,
                          .final_div_factor = 4}},
       {{0, 0.5}, {2, 0.75}, {4, 1}, {9, 0.125}}},
      {"one after another",
       torch::SequentialLR{{.schedulers = {torch::LinearLR{{.lr = 1, .start_factor = 0.5}}, 0.25},
                            .milestones = {3}}},
       {{0, 0.5}, {2, 0.7}, {3, 0.25}}},
      {"together",
       torch::ChainedScheduler{{.lr = 2,
                                .schedulers = {torch::ConstantLR{{.lr = 1, .factor = 0.5}},
                                               torch::ExponentialLR{{.lr = 1, .gamma = 0.5}}}}},
       {{0, 1}, {1, 0.5}, {5, 0.0625}}},
      {"a product",
       torch::MultiplicativeLR(2,
                               [](std::int64_t step) { return 1.0 / static_cast<double>(step); }),
       {{0, 2}, {1, 2}, {4, 2.0 / 24}}},
      {"a function",
       torch::LambdaLR(2, [](std::int64_t step) { return 1.0 / (1 + step); }),
       {{0, 2}, {3, 0.5}}},
  };
  return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(learning_rates)

BOOST_AUTO_TEST_CASE(where_they_turn) {
  for (const auto* cases : {&keras_cases(), &torch_cases()})
    for (const Case& c : *cases)
      for (const auto& [step, rate] : c.expected)
        BOOST_TEST(std::abs(c.rate.at(step) - rate) < 1e-12,
                   c.name << " at " << step << " is " << c.rate.at(step) << ", not " << rate);
}

BOOST_AUTO_TEST_CASE(a_plateau_as_in_torch) {
  torch::ReduceLROnPlateau schedule{
      {.lr = 1, .factor = 0.5, .patience = 1, .threshold = 0.1, .cooldown = 1, .min_lr = 0.2}};
  // Better; not by a tenth; a second time: halved; cooling; twice: halved; cooling; the floor.
  const double seen[] = {10, 9.5, 9.5, 9.5, 9.5, 9.5, 9.5, 9.5, 9.5};
  const double rates[] = {1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.2};
  for (int i = 0; i < 9; ++i) {
    schedule.observe(seen[i]);
    BOOST_TEST(schedule.at(0) == rates[i], "after epoch " << i);
  }
}

BOOST_AUTO_TEST_CASE(an_optimizer_asks_its_schedule_at_each_step) {
  Tensor w = Tensor{0.0}.set_requires_grad();
  SGD sgd{{.learning_rate = torch::StepLR{{.lr = 1, .step_size = 2, .gamma = 0.5}}}};
  sgd.bind(std::vector<Tensor>{w});
  for (const double expected : {-1.0, -2.0, -2.5, -3.0, -3.25}) {
    w.set_grad(Tensor{1.0});
    sgd.step();
    BOOST_TEST(w.item() == expected);
  }
}

BOOST_AUTO_TEST_SUITE_END()
