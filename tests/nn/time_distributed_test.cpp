// TimeDistributed and Masking.
#include <boost/test/unit_test.hpp>

#include <carousel/carousel.h>
#include <carousel/nn/layers.h>

#include <tests/nn/support.h>

using namespace carousel;
using nn::test::text_of;

BOOST_AUTO_TEST_SUITE(nn_time_distributed)

BOOST_AUTO_TEST_CASE(each_step_goes_through_the_layer) {
  nn::TimeDistributed each{nn::Sequential{nn::Flatten{}, nn::Dense{{.units = 5}}}};
  Generator generator{.seed = 5};
  const Tensor x = uniform({2, 3, 4, 2}, -1, 1, generator, {.dtype = f64});
  const Tensor y = each(x);
  BOOST_TEST((y.shape() == Shape{2, 3, 5}));
  for (int t = 0; t < 3; ++t) {
    const Tensor step = each.layer()(x.select(1, t));
    BOOST_TEST(y.select(1, t).to_vector<double>() == step.to_vector<double>());
  }
}

BOOST_AUTO_TEST_CASE(it_wraps_one_of_its_own_kind) {
  nn::TimeDistributed outer{nn::TimeDistributed{nn::Dense{{.units = 5}}}};
  BOOST_TEST(outer.layer().type_name() == "TimeDistributed");
  BOOST_TEST((outer(zeros({2, 3, 4, 2})).shape() == Shape{2, 3, 4, 5}));
  BOOST_TEST(outer.num_parameters() == 15);
  const auto again = nn::make_layer(outer.type_name(), outer.config());
  BOOST_TEST(again->config() == outer.config());
}

struct Doubled : nn::Module {
  nn::Value forward(const nn::Value& x) override { return x * 2; }
};

BOOST_AUTO_TEST_CASE(a_layer_of_ones_own_is_found_by_its_registered_name) {
  nn::TimeDistributed each{Doubled{}};
  BOOST_TEST(text_of<GraphError>([&] { each.config(); }) ==
             "[config] Doubled is none of the library's layers: "
             "nn::register_layer<Doubled>(\"Doubled\") lets files know it");
  nn::register_layer<Doubled>("twice");
  const auto again = nn::make_layer(each.type_name(), each.config());
  BOOST_TEST(Tensor((*again)(ones({1, 2, 3}))).to_vector<float>() == std::vector<float>(6, 2));
}

BOOST_AUTO_TEST_CASE(a_mask_passes) {
  nn::TimeDistributed each{nn::Dense{{.units = 2}}};
  const Tensor mask{{true, false}};
  BOOST_TEST(each(nn::Value::masked(zeros({1, 2, 3}), mask)).mask.to_vector<bool>() ==
             mask.to_vector<bool>());
}

BOOST_AUTO_TEST_CASE(steps_of_one_value_are_masked) {
  nn::Masking masking{{.mask_value = -1}};
  const Tensor x{{{1.f, -1.f}, {-1.f, -1.f}, {0.f, 0.f}}};
  const nn::Value y = masking(x);
  BOOST_TEST(y.mask.to_vector<bool>() == (std::vector<bool>{true, false, true}));
  BOOST_TEST(y.to_vector<float>() == (std::vector<float>{1, -1, 0, 0, 0, 0}));
  // What the mask does: a row with padding is the shorter row.
  nn::Sequential model{nn::Masking{{.mask_value = -1}}, nn::LSTM{{.units = 3}}};
  Tensor padded{{{.5f, .2f}, {.1f, -.3f}, {-1.f, -1.f}}};
  BOOST_TEST(Tensor(model(padded)).to_vector<float>() ==
             Tensor(model(padded.slice(1, 0, 2))).to_vector<float>());
}

BOOST_AUTO_TEST_CASE(wrong_ranks_are_refused) {
  nn::TimeDistributed each{nn::Dense{{.units = 2}}};
  BOOST_TEST(text_of<ShapeError>([&] {
               each(zeros({4, 3}));
             }) ==
             "[time_distributed] needs (batch, time, ...), got shape (4, 3); in time_distributed "
             "(TimeDistributed)");
  nn::Masking masking;
  BOOST_TEST(text_of<ShapeError>([&] {
               masking(zeros({4, 3}));
             }) ==
             "[masking] needs (batch, time, features), got shape (4, 3); in masking (Masking)");
}

BOOST_AUTO_TEST_SUITE_END()
