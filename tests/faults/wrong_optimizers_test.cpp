// Optimizers and schedules, used wrongly.
#include <carousel/autograd/ops.h>
#include <carousel/optim/optim.h>
#include <tests/faults/wrong_use.h>

#include <cmath>

using namespace carousel;
using namespace carousel::test;

BOOST_AUTO_TEST_SUITE(wrong_optimizers)

BOOST_AUTO_TEST_CASE(learning_rates) {
  const std::pair<double, std::string> rates[] = {
      {0, "0"}, {-0.1, "-0.1"}, {std::nan(""), "nan"}, {HUGE_VAL, "inf"}};
  for (const auto& [rate, text] : rates) {
    const double r = rate;
    const auto say = [&t = text](const std::string& op, const char* name) {
      return "[" + op + "] " + name + " must be positive and finite, got " + t;
    };
    check_all({
        {"SGD", fault<ValueError>(say("SGD", "learning_rate"),
                                  [=] { optim::SGD o({.learning_rate = r}); })},
        {"Adam", fault<ValueError>(say("Adam", "learning_rate"),
                                   [=] { optim::Adam o({.learning_rate = r}); })},
        {"AdamW", fault<ValueError>(say("AdamW", "learning_rate"),
                                    [=] { optim::AdamW o({.learning_rate = r}); })},
        {"RMSprop", fault<ValueError>(say("RMSprop", "learning_rate"),
                                      [=] { optim::RMSprop o({.learning_rate = r}); })},
        {"later", fault<ValueError>(say("SGD", "learning_rate"),
                                    [=] { optim::SGD().set_learning_rate(r); })},
        {"decay",
         fault<ValueError>(say("ExponentialDecay", "initial_learning_rate"),
                           [=] { optim::ExponentialDecay o({.initial_learning_rate = r}); })},
        {"plateau",
         fault<ValueError>(say("ReduceOnPlateau", "initial_learning_rate"),
                           [=] { optim::ReduceOnPlateau o({.initial_learning_rate = r}); })},
    });
  }
}

BOOST_AUTO_TEST_CASE(optimizers) {
  const Tensor w = ones({2}, {.requires_grad = true});
  check_all({
      {"step before bind", fault<GraphError>("[SGD] step() before bind(): it has no parameters",
                                             [] { optim::SGD().step(); })},
      {"nothing to bind", fault<ValueError>("[SGD] there are no parameters to update",
                                            [] { optim::SGD().bind(std::vector<Tensor>{}); })},
      {"bound without gradient",
       fault<GraphError>("[SGD] parameter 0 (2,) must be a dense leaf that wants a gradient",
                         [] { optim::SGD().bind(std::vector{ones({2})}); })},
      {"bound twice", fault<ValueError>("[SGD] parameter 1 (2,) is given twice",
                                        [=] {
                                          optim::SGD().bind(std::vector{w, w});
                                        })},
      {"step without backward",
       fault<GraphError>("[SGD] no parameter has a gradient; call backward() before step()",
                         [=] {
                           optim::SGD sgd;
                           sgd.bind(std::vector{w});
                           sgd.step();
                         })},
      {"two clips", fault<ValueError>("[SGD] at most one of clipnorm, clipvalue and "
                                      "global_clipnorm may be set",
                                      [] { optim::SGD sgd({.clipnorm = 1, .clipvalue = 1}); })},
      {"a NaN to clip",
       fault<NumericError>("[clip_by_global_norm] the gradients' norm is nan: a gradient holds NaN "
                           "or infinity; AnomalyMode finds the operation",
                           [] {
                             const Tensor v = ones({2}, {.requires_grad = true});
                             optim::SGD sgd({.global_clipnorm = 1});
                             sgd.bind(std::vector{v});
                             (v * std::nan("")).sum().backward();
                             sgd.step();
                           })},
  });
}

BOOST_AUTO_TEST_SUITE_END()
