#include <carousel/nn/io/state.h>
#include <carousel/tensor/error.h>
#include <tests/file_support.h>

#include <boost/test/unit_test.hpp>

using namespace carousel;
using namespace carousel::test;
using State = std::vector<io::NamedTensor>;

namespace {

State model() {
  return {{"/model/lstm/kernel", Tensor{{1.0f, 2.0f}, {3.0f, 4.0f}}},
          {"/model/lstm/bias", Tensor{5.0, 6.0}},
          {"/model/dense/kernel", Tensor{{7.0f}}}};
}

void save(const std::string& path, const State& state) {
  io::FileWriter writer(path);
  io::put_all(writer, state);
  writer.put("/optimizer/step", Tensor{std::int64_t{3}});
  writer.commit();
}

std::vector<float> floats(const State& state) { return state[0].tensor.to_vector<float>(); }

}  // namespace

BOOST_AUTO_TEST_SUITE(state)

BOOST_AUTO_TEST_CASE(comes_back_into_the_same_tensors) {
  const Folder folder;
  save(folder / "a.h5", model());
  const State other = {{"/model/lstm/kernel", Tensor{{0.0f, 0.0f}, {0.0f, 0.0f}}},
                       {"/model/lstm/bias", Tensor{0.0, 0.0}},
                       {"/model/dense/kernel", Tensor{{0.0f}}}};
  const Tensor alias = other[0].tensor;
  const auto version = alias.impl().storage->version();
  io::restore_all(io::FileReader(folder / "a.h5"), "/model", other);
  BOOST_TEST(alias.to_vector<float>() == (std::vector<float>{1, 2, 3, 4}));
  BOOST_TEST(other[1].tensor.to_vector<double>() == (std::vector<double>{5, 6}));
  BOOST_TEST(alias.impl().storage->version() > version);  // a graph that saved it must notice
}

BOOST_AUTO_TEST_CASE(another_architecture_changes_nothing) {
  const Folder folder;
  const std::string path = folder / "a.h5";
  save(path, model());
  struct Case {
    State state;
    const char* why;
  };
  State wide = model(), renamed = model(), shorter = model(), doubles = model(), longer = model();
  wide[2].tensor = Tensor{{7.0f, 8.0f}};
  renamed[2].name = "/model/dense_1/kernel";
  shorter.pop_back();
  doubles[2].tensor = Tensor{{7.0}};
  longer.push_back({"/model/dense/bias", Tensor{0.0f}});
  const Case cases[] = {
      {wide,
       " is of another architecture: /model/dense/kernel has shape (1, 1) there, (1, 2) here"},
      {renamed,
       " is of another architecture: it lacks /model/dense_1/kernel, which has shape (1, 1) here"},
      {shorter,
       " is of another architecture: it has /model/dense/kernel of shape (1, 1), which is not "
       "here"},
      {doubles, ": /model/dense/kernel is f32 there, f64 here"},
      {longer,
       " is of another architecture: it lacks /model/dense/bias, which has shape (1,) here"}};
  for (const Case& c : cases) {
    c.state[0].tensor.impl().storage->host()[0] = 99;
    const auto before = floats(c.state);
    BOOST_TEST(error_of<Error>([&] { io::restore_all(io::FileReader(path), "/model", c.state); }) ==
               "[load] " + path + c.why);
    BOOST_TEST(floats(c.state) == before);
  }
}

BOOST_AUTO_TEST_SUITE_END()
