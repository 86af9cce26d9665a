// Functional models and layers of a program's own, saved and rebuilt.
#include <carousel/autograd/ops.h>
#include <carousel/nn/io/load_model.h>
#include <carousel/nn/layers.h>
#include <carousel/nn/model.h>
#include <carousel/tensor/error.h>
#include <tests/file_support.h>

#include <boost/test/unit_test.hpp>

#include <mutex>
#include <string>

using namespace carousel;
using namespace carousel::test;

namespace {

// Without options.
struct Twice : nn::Module {
  nn::Value forward(const nn::Value& x) override { return x * 2; }
};

struct ShiftOptions {
  double by = 0;
  std::string name = {};
};
void fields(nn::Fields& f, ShiftOptions& o) { f("by", o.by); }

struct Shift : nn::Layer<ShiftOptions> {
  explicit Shift(ShiftOptions options) : Layer(std::move(options)) {}
  nn::Value forward(const nn::Value& x) override { return x + options_.by; }
};

// The test cases are in one process, where a class is registered once.
void register_once() {
  static std::once_flag once;
  std::call_once(once, [] {
    nn::register_layer<Twice>("Twice");
    nn::register_layer<Shift>("program::Shift");
  });
}

// {ids, numbers} to {a number, a number}, with a layer called twice, one in another model, and the
// program's own.
nn::Model branching() {
  register_once();
  nn::Input ids{{.shape = {6}, .dtype = i32, .name = "ids"}}, numbers{{.shape = {4}}};
  nn::Symbol text = nn::LSTM{{.units = 4}}(
      nn::Embedding{{.input_dim = 9, .output_dim = 3, .mask_zero = true}}(ids));
  auto shared = nn::share(nn::Dense{{.units = 2, .activation = "tanh"}});
  nn::Input inner{{.shape = {4}}};
  nn::Model head{inner, nn::Dense{{.units = 1}}(Shift{{.by = 0.5}}(inner)), {.name = "head"}};
  nn::Symbol left = shared(text), right = shared(numbers);
  nn::Symbol y = std::move(head)(nn::Concatenate{{.axis = -1}}({left, right}));
  return {{ids, numbers}, {y, Twice{}(left)}};
}

const Tensor kIds{{1, 2, 3, 0, 0, 0}, {4, 5, 6, 7, 8, 1}};

std::vector<float> numbers(const Tensor& x) { return x.to_vector<float>(); }

std::string config_with(const std::string& calls_of_a, const std::string& calls_of_b,
                        const std::string& output) {
  const auto dense = [](const char* name, const std::string& calls) {
    return std::string(R"({"name": ")") + name +
           R"(", "type": "Dense", "config": {"units": 3}, "calls": )" + calls + "}";
  };
  return R"({"name": "m", "inputs": [{"name": "x", "shape": [3], "dtype": "f32"}], "layers": [)" +
         dense("a", calls_of_a) + ", " + dense("b", calls_of_b) + R"(], "outputs": [)" + output +
         "]}";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(load_graph)

BOOST_AUTO_TEST_CASE(a_graph_comes_back_with_its_weights) {
  const Folder folder;
  nn::Model model = branching();
  const nn::Values in{kIds, ones({2, 4})};
  const nn::Values expected = model(in);
  nn::save_model(model, folder / "a.h5");
  auto loaded = nn::load_model<nn::Model>(folder / "a.h5");
  const nn::Values got = loaded(in);
  BOOST_TEST(numbers(got[0]) == numbers(expected[0]), boost::test_tools::per_element());
  BOOST_TEST(numbers(got[1]) == numbers(expected[1]), boost::test_tools::per_element());
  BOOST_TEST(loaded.summary() == model.summary());
  BOOST_TEST(loaded.config() == model.config());
  nn::save_model(loaded, folder / "b.h5");
  BOOST_TEST(contents(folder / "a.h5") == contents(folder / "b.h5"));
}

// Whatever the inputs say, and with inputs that are none.
BOOST_AUTO_TEST_CASE(a_graph_in_doubles_comes_back_in_doubles) {
  const Folder folder;
  const auto check = [&](nn::Module& model, const nn::Values& in) {
    const nn::Values expected = model(in);
    nn::save_model(model, folder / "a.h5");
    const auto loaded = nn::load_any_model(folder / "a.h5");
    const nn::Values got = (*loaded)(in);
    BOOST_TEST(Tensor(got[0]).to_vector<double>() == Tensor(expected[0]).to_vector<double>(),
               boost::test_tools::per_element());
    nn::save_model(*loaded, folder / "b.h5");
    BOOST_TEST(contents(folder / "a.h5") == contents(folder / "b.h5"));
  };
  const Tensor x = ones({2, 3}, {.dtype = f64}) * 0.1;
  nn::Input a{{.shape = {3}}}, b{{.shape = {3}}}, ids{{.shape = {3}, .dtype = i32}};
  nn::Model built_so{{a, b}, nn::Dense{{.units = 2}}(nn::Concatenate{}({a, b}))};
  check(built_so, {x, x * 2});
  const nn::Symbol text = nn::Flatten{}(nn::Embedding{{.input_dim = 9, .output_dim = 2}}(ids));
  nn::Model moved{{ids, b}, nn::Dense{{.units = 2}}(nn::Concatenate{}({text, b}))};
  moved.build(moved.promised_inputs());
  moved.to(f64);
  check(moved, {kIds.slice(1, 0, 3), x});
  nn::Sequential one{nn::Dense{{.units = 2}}};
  one.build({2, 3});
  one.to(f64);
  check(one, {x});
}

BOOST_AUTO_TEST_CASE(any_class_may_be_loaded) {
  const Folder folder;
  nn::Sequential model{nn::Dense{{.units = 2}}};
  model(ones({1, 3}));
  nn::save_model(model, folder / "a.h5");
  BOOST_TEST(nn::load_any_model(folder / "a.h5")->type_name() == "Sequential");
  BOOST_TEST(error_of<FormatError>([&] { nn::load_model<nn::Model>(folder / "a.h5"); }) ==
             "[load_model] " + (folder / "a.h5") +
                 " holds a Sequential: name that class, load_model<Sequential>");
}

BOOST_AUTO_TEST_CASE(a_layer_of_the_programs_own_goes_by_its_registered_name) {
  register_once();
  nn::Sequential model{Twice{}, Shift{{.by = 3}}};
  const auto again = nn::make_layer("Sequential", model.config());
  BOOST_TEST(Tensor((*again)(ones({1, 1})))(0, 0) == 5);
  BOOST_TEST(model.config().find("program::Shift") != std::string::npos);
  BOOST_TEST(error_of<ValueError>([] { nn::register_layer<Twice>("Dense"); }) ==
             "[register_layer] there is a class 'Dense' already");
  struct Stranger : nn::Module {
    nn::Value forward(const nn::Value& x) override { return x; }
  };
  nn::Sequential strange{Stranger{}};
  BOOST_TEST(error_of<GraphError>([&] { strange.config(); }) ==
             "[config] Stranger is none of the library's layers: "
             "nn::register_layer<Stranger>(\"Stranger\") lets files know it");
}

BOOST_AUTO_TEST_CASE(connections_that_make_no_graph_are_refused) {
  const auto made = [](const std::string& a, const std::string& b, const std::string& output) {
    return nn::make_layer("Model", config_with(a, b, output));
  };
  BOOST_TEST(
      Tensor((*made(R"([[["b", 0, 0]]])", R"([[["x", 0, 0]]])", R"(["a", 0, 0])"))(ones({1, 3})))
          .dim(1) == 3);
  BOOST_TEST(error_of<GraphError>([&] {
               made(R"([[["b", 0, 0]]])", R"([[["a", 0, 0]]])", R"(["a", 0, 0])");
             }) == "[model] the connections make a cycle: a <- b <- a");
  BOOST_TEST(error_of<FormatError>([&] {
               made(R"([[["x", 0, 0]]])", R"([[["c", 0, 0]]])", R"(["a", 0, 0])");
             }) == "[model] a connection names 'c', which is no layer");
  BOOST_TEST(error_of<FormatError>([&] {
               made(R"([[["x", 0, 0]]])", R"([[["a", 1, 0]]])", R"(["a", 0, 0])");
             }) == "[model] 'a' has no call 1");
  BOOST_TEST(error_of<FormatError>([&] {
               made(R"([[["x", 0, 0]]])", R"([[["a", 0, 0]]])", R"(["b", 0, 1])");
             }) == "[model] 'b' has no output 1");
  BOOST_CHECK_THROW(nn::make_layer("Model", "{}"), FormatError);
}

BOOST_AUTO_TEST_SUITE_END()
