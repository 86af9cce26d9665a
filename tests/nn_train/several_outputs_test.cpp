// Models of several inputs and outputs in fit, evaluate and predict.
#include <carousel/autograd/ops.h>
#include <carousel/nn/layers/dense.h>
#include <carousel/nn/train/train.h>
#include <carousel/optim/optim.h>
#include <carousel/tensor/error.h>
#include <tests/nn_train/support.h>

#include <boost/test/unit_test.hpp>

using namespace carousel;
using namespace carousel::test;

namespace {

// {a, b} to {their sum through a layer, b through another}.
struct TwoHeads : nn::Module {
  nn::Dense sum{{.units = 1}}, other{{.units = 2}};

  nn::Values forward_many(const nn::Values& in) override {
    return {sum(in.at(0) + in.at(1)), other(in.at(1))};
  }
  void visit(nn::Visitor& v) override { v("sum", sum), v("other", other); }
  std::vector<std::string> output_names() const override { return {"sum", "other"}; }
};

struct Rows {
  explicit Rows(std::int64_t count = 20) {
    Generator generator{3, 0, 0};
    a = rand({count, 3}, generator), b = rand({count, 3}, generator);
    first = carousel::sum(a, -1, true), second = b.slice(1, 0, 2);
  }
  Tensor a, b, first, second;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(several_outputs)

BOOST_AUTO_TEST_CASE(the_loss_is_the_weighted_sum_and_each_has_a_name) {
  TwoHeads model;
  const Rows rows;
  model.compile({.loss = {"mse", "mae"},
                 .loss_weights = {2, 0.5},
                 .metrics = {"mse"},
                 .output_metrics = {{}, {"rmse"}}});
  const nn::Logs logs = model.evaluate({rows.a, rows.b}, {rows.first, rows.second});
  const nn::Tensors out = model.predict_many({rows.a, rows.b});
  const double first = mse(out[0], rows.first).item(), second = mae(out[1], rows.second).item();
  BOOST_TEST(std::abs(logs["sum_loss"] - first) < 1e-6);
  BOOST_TEST(std::abs(logs["other_loss"] - second) < 1e-6);
  BOOST_TEST(std::abs(logs["loss"] - (2 * first + 0.5 * second)) < 1e-6);
  BOOST_TEST(std::abs(logs["sum_mse"] - first) < 1e-6);
  BOOST_TEST(std::abs(logs["other_rmse"] - std::sqrt(mse(out[1], rows.second).item())) < 1e-6);
  BOOST_TEST(!logs.has("sum_rmse"));
}

BOOST_AUTO_TEST_CASE(a_step_is_that_of_a_loop) {
  const Rows rows;
  TwoHeads fitted, looped;
  fitted.compile({.optimizer = optim::SGD{{.learning_rate = 0.1}}, .loss = "mse"});
  fitted.train_on_batch({rows.a, rows.b}, {rows.first, rows.second});
  looped.build(nn::Values{rows.a, rows.b});
  optim::SGD sgd{{.learning_rate = 0.1}};
  sgd.bind(looped.named_parameters());
  const nn::Values out = looped(nn::Values{rows.a, rows.b});
  (nn::mse(out[0], rows.first) + nn::mse(out[1], rows.second)).backward();
  sgd.step();
  BOOST_TEST(weights_of(fitted) == weights_of(looped), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(it_learns_and_validates) {
  TwoHeads model;
  const Rows rows(200);
  model.compile({.optimizer = optim::Adam{{.learning_rate = 0.05}}, .loss = "mse"});
  const nn::History history = model.fit({rows.a, rows.b}, {rows.first, rows.second},
                                        {.epochs = 20, .verbose = 0, .validation_split = 0.25});
  BOOST_TEST(history["val_other_loss"].back() < 0.01);
  BOOST_TEST(history["loss"].back() < 0.2 * history["loss"].front());
  BOOST_TEST(history.has("val_sum_loss"));
}

BOOST_AUTO_TEST_CASE(numbers_that_do_not_fit_are_refused) {
  const Rows rows;
  const nn::Tensors x = {rows.a, rows.b}, y = {rows.first, rows.second};
  const auto fit = [&](nn::CompileOptions options, const nn::Tensors& in, const nn::Tensors& to) {
    TwoHeads model;
    model.compile(std::move(options));
    model.fit(in, to, {.verbose = 0});
  };
  BOOST_CHECK_EXCEPTION(fit({.loss = {"mse", "mse", "mae"}}, x, y), ValueError,
                        says("[fit] compile() was given 3 losses for a model of 2 outputs"));
  BOOST_CHECK_EXCEPTION(fit({.loss = "mse", .loss_weights = {1}}, x, y), ValueError,
                        says("[fit] compile() was given 1 loss_weights for a model of 2 outputs"));
  BOOST_CHECK_EXCEPTION(
      fit({.loss = "mse", .output_metrics = {{}}}, x, y), ValueError,
      says("[fit] compile() was given 1 lists of output_metrics for a model of 2 outputs"));
  BOOST_CHECK_EXCEPTION(fit({.loss = "mse"}, x, rows.first), ValueError,
                        says("[loss] a model of 2 outputs gave 2, and y holds 1"));
  BOOST_CHECK_EXCEPTION(fit({.loss = {"mse", {}}}, x, y), ValueError,
                        says("[compile] needs a loss: {.loss = \"mse\"}"));
  BOOST_CHECK_EXCEPTION(fit({.loss = "mse"}, {rows.a, rows.b.slice(0, 1)}, y), ShapeError,
                        says("[fit] x[0] and x[1] differ in rows: x[0] (20, 3), x[1] (19, 3)"));
  BOOST_CHECK_EXCEPTION(fit({.loss = "mse"}, x, {rows.first, rows.second.slice(0, 2)}), ShapeError,
                        says("[fit] x[0] and y[1] differ in rows: x[0] (20, 3), y[1] (18, 2)"));
  BOOST_CHECK_EXCEPTION(TwoHeads().predict(x), ValueError,
                        says("[predict] two_heads (TwoHeads) has 2 outputs: call predict_many()"));
}

BOOST_AUTO_TEST_SUITE_END()
