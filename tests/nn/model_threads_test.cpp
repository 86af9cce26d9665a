// Functional graphs that several threads make at once.
#include <latch>
#include <thread>

#include <carousel/carousel.h>
#include <carousel/nn/model.h>

#include <tests/nn/support.h>

using namespace carousel;
using nn::test::text_of;

namespace {

// All begin when the last of them is there.
template <class F>
void in_threads(int count, const F& body) {
  std::latch start(count);
  std::vector<std::thread> team;
  for (int i = 0; i < count; ++i)
    team.emplace_back([&, i] {
      start.arrive_and_wait();
      body(i);
    });
  for (std::thread& each : team) each.join();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(threads)

// Whichever comes first: the others' sizes have to be that one's.
BOOST_AUTO_TEST_CASE(one_of_the_calls_of_a_shared_layer_is_its_first) {
  for (int round = 0; round < 50; ++round) {
    const auto shared = nn::share(nn::Dense{{.units = 1}});
    const nn::Input narrow{{.shape = {3}}}, wide{{.shape = {4}}};
    nn::Symbol calls[4];  // stay, so that the first of them does
    std::string texts[4];
    in_threads(4, [&](int i) {
      try {
        calls[i] = shared(i % 2 == 0 ? narrow : wide);
      } catch (const ShapeError& error) {
        texts[i] = error.what();
      }
    });
    const int first = calls[0].defined() ? 0 : 1;
    const char* refused =
        first == 0 ? "[dense] was built for 3 features, got shape (2, 4); in dense (Dense)"
                   : "[dense] was built for 4 features, got shape (2, 3); in dense (Dense)";
    for (int i = 0; i < 4; ++i) {
      BOOST_TEST(calls[i].defined() == (i % 2 == first));
      BOOST_CHECK_EQUAL(texts[i], i % 2 == first ? "" : refused);
    }
  }
}

BOOST_AUTO_TEST_CASE(an_input_has_one_of_the_models_that_begin_at_it) {
  for (int round = 0; round < 50; ++round) {
    const nn::Input a{{.shape = {3}, .name = "a"}}, b{{.shape = {3}, .name = "b"}};
    const nn::Symbol inner = nn::Dense{{.units = 2}}(b);
    const nn::Symbol mixed = nn::Add{}({nn::Dense{{.units = 2}}(a), inner});
    std::string seen[4];
    in_threads(4, [&](int i) {
      if (i < 2) nn::Model(b, inner, {.name = i == 0 ? "left" : "right"});
      seen[i] = text_of<GraphError>([&] { nn::Model(a, mixed); });
    });
    const std::string of_left =
        "[model] symbols of two models are mixed: the outputs hang on the input b (None, 3) of "
        "'left', too: call that model on a symbol of this one, or give both inputs";
    std::string of_right = of_left;
    of_right.replace(of_right.find("left"), 4, "right");
    BOOST_CHECK(seen[0] == of_left || seen[0] == of_right);
    BOOST_CHECK_EQUAL(seen[1], seen[0]);
    // The others may have looked before there was a model.
    for (int i = 2; i < 4; ++i)
      BOOST_CHECK(seen[i] == seen[0] ||
                  seen[i] ==
                      "[model] the outputs hang on an input b (None, 3) that is not among "
                      "the model's: add it");
  }
}

BOOST_AUTO_TEST_SUITE_END()
