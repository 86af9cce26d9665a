// Regularizers and constraints while training.
#include <carousel/nn/layers/embedding.h>
#include <carousel/nn/sequential.h>
#include <carousel/optim/adam.h>
#include <carousel/optim/sgd.h>

#include <tests/nn_train/support.h>

using namespace carousel;
using namespace carousel::test;

namespace {

struct Regularized : nn::Module {
  nn::Dense hidden{{.units = 4,
                    .activation = "tanh",
                    .kernel_regularizer = nn::L2{{.l2 = 0.1}},
                    .activity_regularizer = nn::L1{{.l1 = 0.01}}}};
  nn::Dense head{{.units = 1, .kernel_constraint = nn::MaxNorm{{.max_value = 0.5}}}};

  nn::Value forward(const nn::Value& x) override { return head(hidden(x)); }
  void visit(nn::Visitor& v) override { v("hidden", hidden), v("head", head); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(regularization)

BOOST_AUTO_TEST_CASE(fit_equals_a_loop_of_ones_own) {
  const Data data(64);
  Regularized fitted, looped;
  fitted.compile({.optimizer = optim::Adam{{.learning_rate = 0.05}}, .loss = nn::mse});
  const nn::History history =
      fitted.fit(data.x, data.y, {.batch_size = 64, .epochs = 3, .verbose = 0, .shuffle = false});

  looped.build(data.x.shape());
  looped.train();
  optim::Adam adam{{.learning_rate = 0.05}};
  adam.bind(looped.named_parameters());
  for (std::size_t i = 0; i < 3; ++i) {
    adam.zero_grad();
    const nn::Value prediction = looped(data.x);
    const Tensor loss = nn::mse(prediction, data.y) + looped.regularization_loss();
    loss.backward();
    adam.step();
    looped.apply_constraints();
    BOOST_TEST(history["loss"][i] == loss.item());
  }
  BOOST_TEST(weights_of(fitted) == weights_of(looped));
  BOOST_TEST(norm(looped.head.kernel()).item() < 0.5 + 1e-6);
}

BOOST_AUTO_TEST_CASE(evaluate_adds_the_same) {
  const Data data(32);
  Regularized model;
  model.compile({.loss = nn::mse});
  const double loss = model.evaluate(data.x, data.y)["loss"];
  const double plain = nn::mse(model.predict(data.x), data.y).item();
  model.train();
  model(data.x);
  const double more = model.regularization_loss().item();
  BOOST_TEST(more > 0.01);
  BOOST_TEST(std::abs(loss - plain - more) < 1e-5);
}

BOOST_AUTO_TEST_CASE(weights_shrink_by_the_rule) {
  // The loss is flat: only the regularizer moves the kernel, by (1 - 2 rate l2) a step.
  nn::Dense model{{.units = 1,
                   .use_bias = false,
                   .kernel_initializer = "ones",
                   .kernel_regularizer = nn::L2{{.l2 = 0.5}}}};
  model.compile({.optimizer = optim::SGD{{.learning_rate = 0.1}}, .loss = nn::mse});
  for (int i = 0; i < 2; ++i) model.train_on_batch(zeros({4, 1}), zeros({4, 1}));
  BOOST_TEST(std::abs(model.kernel().item() - 0.81) < 1e-6);
}

BOOST_AUTO_TEST_CASE(an_embedding_stays_on_the_sphere) {
  nn::Sequential model{
      nn::Embedding{
          {.input_dim = 5, .output_dim = 3, .embeddings_constraint = nn::UnitNorm{{.axis = {1}}}}},
      nn::Dense{{.units = 1}}};
  model.compile({.optimizer = "sgd", .loss = nn::mse});
  model.train_on_batch(Tensor{{0, 3}}, ones({1, 2, 1}));
  const Tensor lengths = norm(model.get_layer<nn::Embedding>("embedding").embeddings(), 2, 1);
  BOOST_TEST(max(abs(lengths - 1.0)).item() < 1e-4);
}

BOOST_AUTO_TEST_SUITE_END()
