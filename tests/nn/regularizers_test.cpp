// Regularizers and constraints against their formulas, by themselves and in layers.
#include <carousel/autograd/gradcheck.h>
#include <carousel/autograd/ops.h>
#include <carousel/nn/layers.h>
#include <tests/nn/support.h>

#include <cmath>

using namespace carousel;
using nn::test::text_of;

namespace {

const Tensor kMatrix{{3.0, -1.0, 0.0}, {4.0, 2.0, 0.0}};

void check(const Tensor& found, const Tensor& expected) {
  BOOST_TEST_REQUIRE((found.shape() == expected.shape()), to_string(found.shape()));
  BOOST_TEST(max(abs(found - expected)).item() < 1e-6, to_string(found));
}

// Lengths of the columns.
Tensor lengths(const Tensor& x) { return norm(x, 2, 0); }

struct Named {
  const char* what;
  nn::Regularizer regularizer;
  double expected;  // of kMatrix
};

}  // namespace

BOOST_AUTO_TEST_SUITE(regularizers)

BOOST_AUTO_TEST_CASE(formulas) {
  const double cosine_of_rows = std::abs(3 * 4 - 1 * 2) / std::sqrt(10.0 * 20.0);
  const double cosine_of_columns = std::abs(3 * -1 + 4 * 2) / std::sqrt(25.0 * 5.0);
  const Named table[] = {
      {"l1", "l1", 0.1},
      {"l2", "l2", 0.3},
      {"l1_l2", "l1_l2", 0},
      {"L1", nn::L1{{.l1 = 0.5}}, 5},
      {"L2", nn::L2{{.l2 = 2}}, 60},
      {"L1L2", nn::L1L2{{.l1 = 0.5, .l2 = 2}}, 65},
      {"rows", nn::OrthogonalRegularizer{}, 0.01 * cosine_of_rows},
      {"columns", nn::OrthogonalRegularizer{{.factor = 3, .mode = "columns"}},
       3 * cosine_of_columns / 3},
      {"own", nn::Regularizer("own", [](const Tensor& x) { return max(x); }), 4},
  };
  for (const Named& each : table) {
    const Tensor value = each.regularizer(kMatrix);
    BOOST_TEST(value.rank() == 0, each.what);
    BOOST_TEST(std::abs(value.item() - each.expected) < 1e-12, each.what << " " << value.item());
  }
}

BOOST_AUTO_TEST_CASE(gradients) {
  Tensor x{{3.0, -1.0, 0.5}, {4.0, 2.0, -0.25}};
  x.set_requires_grad();
  for (const nn::Regularizer& regularizer :
       {nn::Regularizer(nn::L1L2{{.l1 = 0.5, .l2 = 2}}),
        nn::Regularizer(nn::OrthogonalRegularizer{{.factor = 2}})})
    BOOST_CHECK_NO_THROW(gradcheck([&](const auto& in) { return regularizer(in[0]); }, {x}));
}

BOOST_AUTO_TEST_CASE(lone_rows_are_orthogonal) {
  const Tensor row{{1.0, 2.0}};
  BOOST_TEST(nn::OrthogonalRegularizer{}(row).item() == 0);
  BOOST_TEST(std::isfinite(nn::OrthogonalRegularizer{}(zeros({2, 2})).item()));
}

BOOST_AUTO_TEST_CASE(wrong_arguments) {
  BOOST_TEST(text_of<ValueError>([] { nn::Regularizer("l3"); }) ==
             "[regularizer] 'l3' is none of l1, l2, l1_l2, orthogonal_regularizer");
  BOOST_TEST(text_of<ValueError>([] { nn::L2{{.l2 = -1}}; }) ==
             "[regularizer] factors must be finite and not negative, got -1");
  BOOST_TEST(text_of<ValueError>([] { nn::OrthogonalRegularizer{{.mode = "both"}}; }) ==
             "[orthogonal_regularizer] mode must be rows or columns, got 'both'");
  BOOST_TEST(text_of<ShapeError>([] { nn::OrthogonalRegularizer{}(Tensor{1.0}); }) ==
             "[orthogonal_regularizer] needs a matrix, got (1,)");
  BOOST_TEST(text_of<ValueError>([] { nn::Constraint("positive"); }) ==
             "[constraint] 'positive' is none of max_norm, non_neg, unit_norm, min_max_norm");
  BOOST_TEST(text_of<ValueError>([] { nn::MaxNorm{{.max_value = -2}}; }) ==
             "[max_norm] needs 0 <= min_value <= max_value, got 0 and -2");
  BOOST_TEST(text_of<ValueError>([] { nn::MinMaxNorm{{.rate = 2}}; }) ==
             "[min_max_norm] rate must be in [0, 1], got 2");
  const double nan = std::nan(""), infinity = HUGE_VAL;
  BOOST_TEST(text_of<ValueError>([&] { nn::L1{{.l1 = nan}}; }) ==
             "[regularizer] factors must be finite and not negative, got nan");
  BOOST_TEST(text_of<ValueError>([&] { nn::OrthogonalRegularizer{{.factor = nan}}; }) ==
             "[regularizer] factors must be finite and not negative, got nan");
  BOOST_TEST(text_of<ValueError>([&] { nn::MaxNorm{{.max_value = nan}}; }) ==
             "[max_norm] needs 0 <= min_value <= max_value, got 0 and nan");
  BOOST_TEST(text_of<ValueError>([&] {
               nn::MinMaxNorm{{.min_value = infinity, .max_value = infinity}};
             }) == "[min_max_norm] needs 0 <= min_value <= max_value, got inf and inf");
  BOOST_TEST(text_of<ValueError>([] { nn::Regularizer("own", nn::Regularizer::Function()); }) ==
             "[regularizer] the regularizer \"own\" has no function");
  BOOST_TEST(text_of<ValueError>([] { nn::Constraint("own", nn::Constraint::Function()); }) ==
             "[constraint] the constraint \"own\" has no function");
}

BOOST_AUTO_TEST_CASE(constraints) {
  check(nn::NonNeg{}(kMatrix), Tensor{{3.0, 0.0, 0.0}, {4.0, 2.0, 0.0}});
  check(lengths(nn::UnitNorm{}(kMatrix)), Tensor{1.0, 1.0, 0.0});
  check(lengths(nn::MaxNorm{}(kMatrix)), Tensor{2.0, 2.0, 0.0});
  check(lengths(nn::Constraint("max_norm")(kMatrix)), Tensor{2.0, 2.0, 0.0});
  check(lengths(nn::MaxNorm{{.max_value = 3}}(kMatrix)), Tensor{3.0, std::sqrt(5.0), 0.0});
  check(norm(nn::UnitNorm{{.axis = {1}}}(kMatrix), 2, 1), Tensor{1.0, 1.0});
  check(norm(nn::UnitNorm{{.axis = {0, 1}}}(kMatrix)), ones({}, {.dtype = f64}));
  check(lengths(nn::MinMaxNorm{{.min_value = 3, .max_value = 4, .rate = 0.5}}(kMatrix)),
        Tensor{4.5, (3 + std::sqrt(5.0)) / 2, 0.0});
  const nn::Constraint own("halved", [](const Tensor& x) { return x * 0.5; });
  check(own(kMatrix), kMatrix * 0.5);
  BOOST_TEST(std::isnan(nn::NonNeg{}(Tensor{std::nan("")}).item()));
}

BOOST_AUTO_TEST_CASE(of_a_layer) {
  nn::Dense dense{{.units = 2,
                   .kernel_initializer = "ones",
                   .bias_initializer = nn::init::Constant{{.value = 3}},
                   .kernel_regularizer = nn::L1{{.l1 = 1}},
                   .bias_regularizer = nn::L2{{.l2 = 1}},
                   .activity_regularizer = nn::L1{{.l1 = 0.5}},
                   .kernel_constraint = "unit_norm"}};
  const Tensor x{{1.f, 2.f, 3.f}, {0.f, 0.f, -6.f}};
  dense(x);
  BOOST_TEST(dense.regularization_loss().item() == 6 + 18);  // outputs count in training only
  dense.train();
  dense(x);
  BOOST_TEST(dense.regularization_loss().item() == 6 + 18 + 0.5 * (9 + 9 + 3 + 3));
  dense(x.slice(0, 0, 1));  // another call: the last one's outputs count
  BOOST_TEST(dense.regularization_loss().item() == 6 + 18 + 0.5 * (9 + 9));
  dense.apply_constraints();
  check(lengths(dense.kernel().to(f64)), Tensor{1.0, 1.0});
  dense.set_trainable(false);
  BOOST_TEST(dense.regularization_loss().item() == 0.5 * (9 + 9));  // as in Keras
}

BOOST_AUTO_TEST_CASE(none_is_zero_of_the_models_dtype) {
  nn::Dense dense{{.units = 2}};
  dense.build({1, 3}, f64);
  nn::ActivityRegularization alone{{.l1 = 0.5, .l2 = 0.25}};
  alone.train();
  BOOST_TEST(Tensor(alone(Tensor{{-1.f, 2.f}})).to_vector<float>() == (std::vector<float>{-1, 2}));
  BOOST_TEST(alone.regularization_loss().item() == 0.5 * 3 + 0.25 * 5);
  const Tensor none = dense.regularization_loss();
  BOOST_TEST(none.item() == 0);
  BOOST_TEST((none.dtype() == f64));
}

namespace {

// Calls one layer twice, and leaves a loss of its own.
struct Twice : nn::Module {
  nn::Dense shared{{.units = 3, .kernel_initializer = "identity", .activity_regularizer = "l1"}};
  bool skip = false;
  nn::Value forward(const nn::Value& x) override {
    if (skip) return x;
    const Tensor y = shared(shared(x));
    add_loss(mean(y));
    return y;
  }
  void visit(nn::Visitor& v) override { v("shared", shared); }
};

}  // namespace

BOOST_AUTO_TEST_CASE(every_call_of_a_shared_layer_counts) {
  Twice model;
  model.build({2, 3});
  model.train();
  const Tensor x{{1.f, 2.f, 3.f}};
  for (int again = 0; again < 2; ++again) {
    model(x);
    BOOST_TEST(std::abs(model.regularization_loss().item() - (2 * 0.06 + 2)) < 1e-6);
  }
  model.skip = true;  // the layer was not reached: nothing of earlier calls counts
  model(x);
  BOOST_TEST(model.regularization_loss().item() == 0);
}

BOOST_AUTO_TEST_CASE(a_loss_is_a_scalar) {
  struct Wrong : nn::Module {
    nn::Value forward(const nn::Value& x) override { return add_loss(x), x; }
  } wrong;
  wrong.train();
  BOOST_TEST(text_of<ShapeError>([&] {
               wrong(Tensor{1.f, 2.f});
             }) == "[add_loss] needs a scalar, got shape (2,); in wrong (Wrong)");
}

BOOST_AUTO_TEST_CASE(saved_in_the_configuration) {
  nn::Dense dense{{.units = 2,
                   .kernel_regularizer = nn::L1L2{{.l1 = 0.5, .l2 = 2}},
                   .activity_regularizer = nn::OrthogonalRegularizer{{.mode = "columns"}},
                   .kernel_constraint = nn::MinMaxNorm{{.min_value = 0.5, .axis = {0, 1}}},
                   .bias_constraint = "non_neg"}};
  const auto copy = nn::make_layer("Dense", dense.config());
  BOOST_TEST(copy->config() == dense.config());
  const nn::DenseOptions& options = dynamic_cast<nn::Dense&>(*copy).options();
  BOOST_TEST(options.kernel_regularizer.b() == 2);
  BOOST_TEST(options.activity_regularizer.name() == "orthogonal_columns");
  BOOST_TEST(!options.bias_regularizer.defined());
  BOOST_TEST(options.kernel_constraint.options().axis.list().size() == 2);

  nn::Embedding embedding{{.input_dim = 3, .output_dim = 2, .embeddings_regularizer = "l2"}};
  BOOST_TEST(nn::make_layer("Embedding", embedding.config())->config() == embedding.config());

  nn::Dense own{
      {.units = 2, .bias_constraint = nn::Constraint("mine", [](const Tensor& x) { return x; })}};
  BOOST_TEST(text_of<GraphError>([&] { own.config(); }) ==
             "[config] bias_constraint is a function of the program's own: it has no name to be "
             "written down");
}

BOOST_AUTO_TEST_SUITE_END()
