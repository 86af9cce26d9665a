// Recorded arithmetic: what is folded, where results lie, what is refused.
#include <carousel/optim/step.h>
#include <carousel/tensor/error.h>

#include <boost/test/unit_test.hpp>

using namespace carousel;
using optim::Value;

namespace {

// Slots and numbers of a rule with two slots.
struct Bench {
  std::vector<optim::detail::Slot> slots{{"a"}, {"b"}};
  std::vector<optim::detail::GroupNumber> numbers;
  Tensor w = Tensor{1.0, 2.0}, g = Tensor{3.0, 4.0}, a = Tensor{5.0, 6.0}, b = Tensor{7.0, 8.0};

  template <class Rule>
  void run(const Rule& rule) {
    optim::Step s(slots, numbers, false);
    rule(s);
    const optim::Update update{w, g, {a, b}};
    s.run({&update, 1});
  }
};

void check(const Tensor& x, const std::vector<double>& expected) {
  BOOST_TEST(x.to_vector<double>() == expected, boost::test_tools::per_element());
}

auto says(const std::string& text) {
  return [text](const Error& e) {
    BOOST_TEST(e.what() == text);
    return true;
  };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(recorded_values)

BOOST_AUTO_TEST_CASE(arithmetic) {
  const struct {
    Value (*f)(const Value& w, const Value& g);
    std::vector<double> expected;
  } cases[] = {
      {[](const Value& w, const Value& g) { return w + 2 * g - 1; }, {6, 9}},
      {[](const Value& w, const Value& g) { return (6 - w) / g; }, {5.0 / 3, 1}},
      {[](const Value& w, const Value& g) { return maximum(w, 1.5) + minimum(g, 3.5); },
       {4.5, 5.5}},
      {[](const Value& w, const Value& g) { return sqrt(square(g)) + abs(-w); }, {4, 6}},
      {[](const Value& w, const Value& g) { return sign(w - 1.5) * pow(g, 2); }, {-9, 16}},
      {[](const Value& w, const Value& g) { return where_positive(w - 1.5, g, -1); }, {-1, 4}},
      {[](const Value&, const Value&) { return Value(2) * 3 + sqrt(Value(16)); }, {10, 10}},
  };
  for (const auto& c : cases) {
    Bench bench;
    bench.run([&](optim::Step& s) { s.w = c.f(s.w, s.g); });
    check(bench.w, c.expected);
    check(bench.a, {5, 6});
  }
}

BOOST_AUTO_TEST_CASE(everything_is_read_before_anything_is_written) {
  Bench bench;
  bench.run([](optim::Step& s) {
    Value &a = s.slot("a"), &b = s.slot("b");
    const Value old = a;
    a = b;
    b = s.w;
    s.w = old;
  });
  check(bench.w, {5, 6});
  check(bench.a, {7, 8});
  check(bench.b, {1, 2});
  check(bench.g, {3, 4});
}

BOOST_AUTO_TEST_CASE(what_is_recorded_runs_once) {
  Bench bench;
  optim::Step s(bench.slots, bench.numbers, false);
  const optim::Update update{bench.w, bench.g, {bench.a, bench.b}};
  s.w += 1;
  s.run({&update, 1});
  s.run({&update, 1});
  s.w += s.slot("a");
  s.run({&update, 1});
  check(bench.w, {7, 9});
}

BOOST_AUTO_TEST_CASE(temporaries_are_used_again) {
  Bench bench;
  bench.run([](optim::Step& s) {
    for (int i = 0; i < 90; ++i) s.w += s.g;  // more steps than temporaries
  });
  check(bench.w, {1 + 90 * 3, 2 + 90 * 4});
}

BOOST_AUTO_TEST_CASE(rules_that_are_too_much) {
  Bench bench;
  const struct {
    void (*rule)(optim::Step& s);
    const char* text;
  } cases[] = {
      {[](optim::Step& s) {
         for (int i = 0; i < 100; ++i) s.w += s.g;
       },
       "[optimizer] the rule needs more than 96 steps"},
      {[](optim::Step& s) {
         for (int i = 0; i < 60; ++i) s.w += 1;
       },
       "[optimizer] the rule needs more than 48 numbers"},
      {[](optim::Step& s) {
         std::vector<Value> many;
         for (int i = 0; i < 30; ++i) many.push_back(s.w * s.g);
         for (const Value& each : many) s.w += each;
       },
       "[optimizer] the rule needs more than 24 values at once"},
      {[](optim::Step& s) { s.slot("c") = s.w; },
       "[optimizer] the rule asked for no slot c when it began"},
      {[](optim::Step& s) { s.number("n", 1); },
       "[optimizer] the rule asked for no number n when it began"},
  };
  for (const auto& c : cases) {
    BOOST_CHECK_EXCEPTION(bench.run(c.rule), ValueError, says(c.text));
    check(bench.w, {1, 2});
  }
  std::vector<optim::detail::Slot> slots;
  optim::Step finding(slots, bench.numbers, true);
  for (int i = 0; i < 6; ++i) finding.slot(std::to_string(i));
  BOOST_CHECK_EXCEPTION(finding.slot("6"), ValueError,
                        says("[optimizer] the rule has more than 6 slots"));
}

BOOST_AUTO_TEST_SUITE_END()
