// Functional graphs: what they refuse, and what is said then.
#include <carousel/carousel.h>
#include <carousel/nn/layers.h>
#include <carousel/nn/model.h>

#include <tests/nn/support.h>

using namespace carousel;
using nn::test::text_of;

namespace {

// A layer of the program's own, of two outputs.
struct Halves : nn::Module {
  nn::Values forward_many(const nn::Values& in) override {
    const std::int64_t half = in.at(0).dim(-1) / 2;
    return {in[0].slice(-1, 0, half), in[0].slice(-1, half)};
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(model_errors)

BOOST_AUTO_TEST_CASE(graphs_that_are_none_are_refused) {
  nn::Input a{{.shape = {3}, .name = "a"}}, b{{.shape = {3}, .name = "b"}};
  nn::Symbol y = nn::Dense{{.units = 2}}(a), both = nn::Add{}({a, b});
  BOOST_CHECK_EQUAL(text_of<GraphError>([&] { nn::Model(a, both); }),
                    "[model] the outputs hang on an input b (None, 3) that is not among the "
                    "model's: add it");
  BOOST_CHECK_EQUAL(text_of<GraphError>([&] {
                      nn::Model({a, b}, y);
                    }),
                    "[model] the input b (None, 3) leads to none of the outputs: connect it, or "
                    "leave it out");
  BOOST_CHECK_EQUAL(text_of<GraphError>([&] { nn::Model(y, nn::Dense({.units = 1})(y)); }),
                    "[model] a model begins at inputs, but dense (None, 2) is an output of Dense: "
                    "give the nn::Input that it hangs on");
  BOOST_CHECK_EQUAL(text_of<ValueError>([&] {
                      nn::Model({a, a}, y);
                    }),
                    "[model] the input a is given twice");
  BOOST_CHECK_EQUAL(text_of<ValueError>([&] { nn::Model({}, y); }), "[model] there are no inputs");
  BOOST_CHECK_EQUAL(text_of<GraphError>([&] { nn::Model(a, nn::Symbol()); }),
                    "[model] one of the outputs is undefined: no layer has given it");
  BOOST_CHECK_EQUAL(text_of<ValueError>([&] {
                      const nn::Symbol once = nn::Dense{{.units = 1, .name = "d"}}(a);
                      nn::Model(a, nn::Dense{{.units = 1, .name = "d"}}(once));
                    }),
                    "[model] there are two layers called 'd'");
  BOOST_CHECK_EQUAL(text_of<ValueError>([] { nn::Input({.shape = {0}}); }),
                    "[Input] sizes are positive, or -1 for any, got 0");
}

BOOST_AUTO_TEST_CASE(symbols_of_two_models_do_not_mix) {
  nn::Input a{{.shape = {3}, .name = "a"}}, b{{.shape = {3}, .name = "b"}};
  const nn::Symbol inner = nn::Dense{{.units = 2}}(b);
  const nn::Model critic{b, inner, {.name = "critic"}};
  const nn::Symbol own = nn::Dense{{.units = 2}}(a), mixed = nn::Add{}({own, inner});
  BOOST_CHECK_EQUAL(text_of<GraphError>([&] { nn::Model(a, mixed); }),
                    "[model] symbols of two models are mixed: the outputs hang on the input b "
                    "(None, 3) of 'critic', too: call that model on a symbol of this one, or give "
                    "both inputs");
  BOOST_TEST(nn::Model({a, b}, mixed).input_names().size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_call_names_its_layer) {
  nn::Input x{{.shape = {3}}};
  BOOST_CHECK_EQUAL(text_of<ShapeError>([&] { nn::LSTM{{.units = 2, .name = "encoder"}}(x); }),
                    "[lstm] needs (batch, time, features), got 2-D data (2, 3): reshape to (batch, "
                    "time, features), here (2, 3, 1) or (2, 1, 3); in encoder (LSTM)");
  BOOST_CHECK_EQUAL(text_of<GraphError>([&] { Halves{}(nn::Symbols{x}); }),
                    "[symbol] Halves is none of the library's layers: call nn::share(Halves{...}) "
                    "on symbols, or nn::register_layer<Halves>()");
  BOOST_CHECK_EQUAL(text_of<GraphError>([] { nn::Dense{{.units = 2}}(nn::Symbol()); }),
                    "[symbol] this symbol is undefined: no layer has given it");
  BOOST_CHECK_EQUAL(text_of<ValueError>([&] {
                      const nn::Input wide{{.shape = {4}}};
                      const nn::Symbol half = nn::share(Halves{})(nn::Symbols{wide});
                    }),
                    "[symbol] wanted one symbol, got 2");
}

BOOST_AUTO_TEST_CASE(inputs_that_do_not_fit_are_named) {
  nn::Input a{{.shape = {3}, .name = "a"}}, b{{.shape = {3}, .name = "b"}};
  nn::Model model{{a, b}, nn::Add{}({a, b})};
  const Tensor fits = ones({2, 3});
  BOOST_CHECK_EQUAL(text_of<ShapeError>([&] {
                      model(nn::Values{fits, ones({2, 5})});
                    }),
                    "[model] input b takes (None, 3), got (2, 5); in model (Model)");
  BOOST_CHECK_EQUAL(text_of<ValueError>([&] { model(fits); }),
                    "[model] takes 2 inputs (a, b), got 1; in model (Model)");
  BOOST_CHECK_EQUAL(text_of<DTypeError>([&] {
                      model(nn::Values{fits, fits.to(i32)});
                    }),
                    "[model] input b takes f32, got i32; in model (Model)");
}

BOOST_AUTO_TEST_CASE(a_shared_layer_has_the_sizes_of_its_first_call) {
  nn::Input a{{.shape = {3}}}, b{{.shape = {5}}}, longer{{.shape = {4, 3}}};
  const auto shared = nn::share(nn::Dense{{.units = 1, .name = "score"}});
  const nn::Symbol first = shared(a);
  BOOST_CHECK_EQUAL(text_of<ShapeError>([&] { shared(b); }),
                    "[dense] was built for 3 features, got shape (2, 5); in score (Dense)");
  BOOST_TEST(to_string(shared(longer)) == "(None, 4, 1)");
  // What it was called on before is forgotten with that symbol.
  const auto again = nn::share(nn::Dense{{.units = 1}});
  again(a);
  BOOST_TEST(to_string(again(b)) == "(None, 1)");
  // A layer that is moved into another handle begins anew there.
  const auto moved = nn::share(std::move(*shared));
  BOOST_TEST(to_string(moved(b)) == "(None, 1)");
}

// Of a module that reads its input, so that shapes alone don't do.
BOOST_AUTO_TEST_CASE(a_shared_module_that_reads_data_has_them_too) {
  struct Reading : nn::Module {
    nn::Dense part{{.units = 2}};
    nn::Value forward(const nn::Value& x) override { return part(x) * sum(x).item(); }
    void visit(nn::Visitor& v) override { v("part", part); }
  };
  nn::Input a{{.shape = {3}}}, b{{.shape = {5}}};
  const auto shared = nn::share(Reading{});
  const nn::Symbol first = shared(a), second = shared(a);
  BOOST_CHECK_EQUAL(text_of<ShapeError>([&] { shared(b); }),
                    "[dense] was built for 3 features, got shape (2, 5); in reading.part (Dense)");
  BOOST_TEST(nn::Model(a, nn::Add{}({first, second})).promised_inputs().size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
