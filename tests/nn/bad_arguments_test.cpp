// Every argument of every layer, outside its domain: refused when the layer is made, by a text that
// names both. An argument that is new must say here what it refuses.
#include <carousel/nn/layer_list.h>
#include <tests/nn/every_layer.h>
#include <tests/nn/support.h>

#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <variant>

using namespace carousel;
using namespace carousel::nn::test;

namespace {

// A value that an argument refuses. The text goes on behind "[op] argument ", or is all of it where
// it begins with "["; what follows it is not looked at.
struct Bad {
  std::variant<std::int64_t, double, std::string> value;
  std::string text;
};
using Bads = std::vector<Bad>;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN(), kInfinity = HUGE_VAL;
constexpr std::int64_t kHuge = std::int64_t{1} << 62;

Bad whole(std::int64_t value, std::string text) { return {value, std::move(text)}; }
Bad real(double value, std::string text) { return {value, std::move(text)}; }
Bad word(std::string text) { return {std::string("bogus"), std::move(text)}; }

Bads at_least_1() {
  return {whole(0, "must be at least 1, got 0"), whole(-1, "must be at least 1, got -1")};
}
// Of windows, whose extents are multiplied.
Bads extent() {
  Bads all = at_least_1();
  all.push_back(whole(kHuge, "must be at most 2147483647, got 4611686018427387904"));
  return all;
}
Bads margin() {
  return {whole(-1, "must be from 0, got (-1, -1)"),
          whole(kHuge, "must be at most 2147483647, got (4611686018427387904, ")};
}
Bads in_0_1(const std::string& end) {
  return {real(-0.1, "must be in [0, 1" + end + ", got -0.1"),
          real(end == "]" ? 1.5 : 1, "must be in [0, 1" + end + ", got 1"),
          real(kNaN, "must be in [0, 1" + end + ", got nan")};
}
Bads finite() {
  return {real(kNaN, "must be finite, got nan"), real(kInfinity, "must be finite, got inf")};
}
Bads finite_from_0() {
  return {real(-1, "must be from 0, got -1"), real(kNaN, "must be from 0, got nan"),
          real(kInfinity, "must be finite, got inf")};
}

// By argument, or by class and argument.
using Domains = std::map<std::string, Bads>;

const Domains kSizes{
    {"units", at_least_1()},
    {"filters", at_least_1()},
    {"n", at_least_1()},
    {"size", at_least_1()},
    {"UpSampling2D.size", {whole(0, "must be at least 1, got (0, 0)")}},
    {"kernel_size", extent()},
    {"strides", extent()},
    {"dilation_rate", extent()},
    {"pool_size", extent()},
    {"output_size", extent()},
    {"depth_multiplier", extent()},
    {"cropping", margin()},
    {"ZeroPadding1D.padding", margin()},
    {"ZeroPadding2D.padding", margin()},
    {"num_heads", at_least_1()},
    {"key_dim", at_least_1()},
    {"value_dim", at_least_1()},
    {"head_dim", at_least_1()},
    {"num_query_heads", at_least_1()},
    {"num_key_value_heads", at_least_1()},
    {"num_layers", at_least_1()},
    {"input_dim", {whole(0, "and output_dim must be at least 1, got 0 and 2")}},
    {"output_dim",
     {whole(0, "[embedding] input_dim and output_dim must be at least 1, got 3 and 0")}},
    {"proj_size",
     {whole(-1, "must be in [0, units), units are 2, got -1"),
      whole(2, "must be in [0, units), units are 2, got 2")}},
    {"groups",
     {whole(0, "must divide filters, got 0 and 2"), whole(-1, "must divide filters, got -1 and 2"),
      whole(3, "must divide filters, got 3 and 2")}},
    {"GroupNormalization.groups",
     {whole(0, "must be from 1, or -1 for one a channel; got 0"),
      whole(-2, "must be from 1, or -1 for one a channel; got -2")}},
    {"output_padding", {whole(-1, "(-1"), whole(1, "(1")}},
};
const Domains kNumbers{
    {"rate", in_0_1(")")},
    {"dropout", in_0_1(")")},
    {"recurrent_dropout", in_0_1(")")},
    {"inter_layer_dropout", in_0_1(")")},
    {"momentum", in_0_1("]")},
    {"stddev",
     {real(-1, "must be a number from 0, got -1"), real(kNaN, "must be a number from 0, got nan"),
      real(kInfinity, "must be a number from 0, got inf")}},
    {"epsilon", finite_from_0()},
    {"negative_slope", finite_from_0()},
    {"threshold", finite_from_0()},
    {"max_value", {real(-1, "must be from 0, got -1"), real(kNaN, "must be from 0, got nan")}},
    {"alpha", finite()},
    {"scale", finite()},
    {"offset", finite()},
    {"mask_value",
     {real(kNaN, "nan equals nothing: put a number in the place of NaN before, and name that")}},
    {"mean", finite()},
    {"variance", finite_from_0()},
    {"l1", finite_from_0()},
    {"l2", finite_from_0()},
};
const Domains kWords{
    {"padding", {word("must be valid, same")}},
    {"data_format", {word("must be channels_last or channels_first, got 'bogus'")}},
    {"interpolation", {word("must be nearest or bilinear, got 'bogus'")}},
    {"score_mode", {word("must be dot or concat, got 'bogus'")}},
    {"equation",
     {word("must be 'input,kernel->output' with one letter an axis, as in "
           "'abc,cd->abd'; got 'bogus'")}},
    {"bias_axes", {word("'bogus' are not among the output's, 'ac'")}},
};
const Domains kLists{
    {"EinsumDense.output_shape",
     {whole(0, "must be sizes, or -1 for the input's; got (0)"),
      whole(-2, "must be sizes, or -1 for the input's; got (-2)")}},
    {"output_shape", at_least_1()},
    {"attention_axes",
     {whole(2,
            "[multi_head_attention] attends over axis 1 alone: reshape "
            "other axes into one")}},
    {"dims", {whole(0, "are the axes behind the batch, counted from 1, each once; got (0)")}},
    {"target_shape", {whole(-2, "must be sizes, at most one of them -1, got (-2)")}},
    {"noise_shape",
     {whole(0, "must be sizes, or -1 for the input's; got (0)"),
      whole(-2, "must be sizes, or -1 for the input's; got (-2)")}},
    {"shared_axes",
     {whole(0, "are axes behind the batch, from 1, got 0"),
      whole(-1, "are axes behind the batch, from 1, got -1")}},
    {"axes", {whole(0, "[dot] axis 0 is the batch: rows are not summed over")}},
    {"Concatenate.axis", {whole(0, "0 is the batch: rows are not joined by a layer")}},
};

// What nothing is refused of before there is an input; see bad_inputs_test.cpp.
const std::set<std::string> kLater{"axis", "input_shape", "name"};

// Gives one field another value.
class Change final : public nn::Fields {
 public:
  Change(std::string name, const Bad* bad) : name_(std::move(name)), bad_(bad) {}
  bool done() const { return done_; }

 private:
  void field(const char* name, const Field& value) override {
    if (name == name_)
      std::visit([&](auto* to) { std::visit([&](const auto& x) { put(*to, x); }, bad_->value); },
                 value);
  }
  template <class To, class Value>
  void put(To& to, const Value& value) {
    if constexpr (std::is_same_v<To, std::vector<Value>>)
      set(to, To{value});
    else if constexpr (std::is_same_v<To, Axes> && std::is_same_v<Value, std::int64_t>)
      set(to, Axes(static_cast<int>(value)));
    else if constexpr (std::is_constructible_v<To, Value> && !std::is_same_v<To, bool>)
      set(to, To(value));
  }
  template <class To>
  void set(To& to, To value) {
    to = std::move(value), done_ = true;
  }

  std::string name_;
  const Bad* bad_;
  bool done_ = false;
};

// The names of what takes numbers, sizes or words; rules and functions have checks of their own.
class Names final : public nn::Fields {
 public:
  std::vector<std::string> all;

 private:
  void field(const char* name, const Field& value) override {
    const bool free = std::holds_alternative<bool*>(value) ||
                      std::holds_alternative<std::optional<std::uint64_t>*>(value) ||
                      std::holds_alternative<nn::ActivationFunction*>(value) ||
                      std::holds_alternative<nn::Initializer*>(value) ||
                      std::holds_alternative<nn::Regularizer*>(value) ||
                      std::holds_alternative<nn::Constraint*>(value);
    if (!free && !kLater.contains(name)) all.emplace_back(name);
  }
};

const Bads* domain_of(const std::string& type, const std::string& name) {
  for (const std::string& key : {type + "." + name, name})
    for (const Domains* domains : {&kSizes, &kNumbers, &kWords, &kLists})
      if (const auto found = domains->find(key); found != domains->end()) return &found->second;
  return nullptr;
}

void check_refused(const EveryLayer& layer, const std::string& name, const Bad& bad) {
  const std::string wanted =
      bad.text.starts_with("[") ? bad.text : "[" + layer.op + "] " + name + " " + bad.text;
  Change change(name, &bad);
  const std::string text = text_of<ValueError>([&] { layer.make(change); });
  BOOST_TEST(change.done());
  BOOST_CHECK_EQUAL(text.substr(0, wanted.size()), wanted);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(bad_arguments)

BOOST_AUTO_TEST_CASE(every_argument_of_every_layer) {
  for (const EveryLayer& layer : every_layer()) {
    Names names;
    layer.make(names);
    for (const std::string& name : names.all) BOOST_TEST_CONTEXT(layer.type << "." << name) {
        const Bads* domain = domain_of(layer.type, name);
        BOOST_REQUIRE_MESSAGE(domain, "what does it refuse?");
        for (const Bad& bad : *domain) check_refused(layer, name, bad);
      }
  }
}

BOOST_AUTO_TEST_CASE(no_layer_is_left_out) {
  std::set<std::string> seen{"GroupedQueryAttention"};  // another name of GroupQueryAttention
  for (const EveryLayer& layer : every_layer()) seen.insert(layer.type);
  for (const auto& family :
       {nn::detail::plain_layers(), nn::detail::feature_layers(), nn::detail::window_layers()})
    for (const auto& each : family) BOOST_TEST(seen.contains(each.type), each.type);
}

BOOST_AUTO_TEST_SUITE_END()
