#include <carousel/autograd/ops.h>
#include <carousel/nn/io/checkpoint.h>
#include <carousel/nn/layers/dense.h>
#include <carousel/tensor/error.h>
#include <tests/file_support.h>

#include <boost/test/unit_test.hpp>

using namespace carousel;
using namespace carousel::test;

namespace {

struct Pair : nn::Module {
  explicit Pair(std::int64_t units, std::int64_t out = 1)
      : body{{.units = units}}, head{{.units = out}} {}
  nn::Dense body, head;
  nn::Value forward(const nn::Value& x) override { return head(body(x)); }
  void visit(nn::Visitor& v) override { v("body", body), v("head", head); }
};

// The same sizes under another name.
struct Renamed : Pair {
  Renamed() : Pair(3) {}
  void visit(nn::Visitor& v) override { v("body", body), v("top", head); }
};

Tensor input() { return Tensor{{0.5f, -1.0f}, {2.0f, 0.25f}}; }

std::vector<float> outputs(nn::Module& module) {
  return static_cast<const Tensor&>(module(input())).to_vector<float>();
}

// A built module whose weights follow from the seed.
template <class M>
void build_with_seed(M& module, std::uint64_t seed) {
  nn::set_seed(seed);
  module.build({2, 2});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(checkpoint)

BOOST_AUTO_TEST_CASE(weights_come_back) {
  const Folder folder;
  const std::string path = folder / "a.h5";
  Pair saved(3), other(3), unbuilt(3);
  build_with_seed(saved, 1);
  build_with_seed(other, 2);
  BOOST_TEST(outputs(saved) != outputs(other));
  nn::save_weights(saved, path);
  nn::load_weights(other, path);
  nn::load_weights(unbuilt, path);
  BOOST_TEST(outputs(other) == outputs(saved));
  BOOST_TEST(outputs(unbuilt) == outputs(saved));
  BOOST_TEST(folder.count() == 1);
}

BOOST_AUTO_TEST_CASE(names_in_the_file_are_the_modules_paths) {
  const Folder folder;
  Pair saved(3);
  build_with_seed(saved, 1);
  nn::save_weights(saved, folder / "a.h5");
  const io::FileReader reader(folder / "a.h5");
  for (const char* name :
       {"/model/body/kernel", "/model/body/bias", "/model/head/kernel", "/model/head/bias"})
    BOOST_TEST(reader.find(name) != nullptr, name);
}

BOOST_AUTO_TEST_CASE(doubles_come_back) {
  const Folder folder;
  Pair saved(3), other(3);
  saved.build({2, 2}, f64);
  nn::save_weights(saved, folder / "a.h5");
  nn::load_weights(other, folder / "a.h5");
  BOOST_TEST((other.input_dtype() == f64));
  BOOST_TEST(other.body.kernel().to_vector<double>() == saved.body.kernel().to_vector<double>());
}

BOOST_AUTO_TEST_CASE(an_unbuilt_module_has_nothing_to_save) {
  const Folder folder;
  Pair unbuilt(3);
  BOOST_TEST(error_of<GraphError>([&] { nn::save_weights(unbuilt, folder / "a.h5"); }) ==
             "[save] pair is not built: it has no weights yet");
  BOOST_TEST(folder.count() == 0);
}

BOOST_AUTO_TEST_CASE(another_architecture_changes_nothing) {
  const Folder folder;
  const std::string path = folder / "a.h5";
  Pair saved(3), wide(4), two(3, 2);
  Renamed renamed;
  build_with_seed(saved, 1);
  nn::save_weights(saved, path);
  struct {
    nn::Module& module;
    const char* why;
  } const cases[] = {
      {wide, ": /model/body/kernel has shape (2, 3) there, (2, 4) here"},
      {two, ": /model/head/kernel has shape (3, 1) there, (3, 2) here"},
      {renamed,
       "of another architecture: it lacks /model/top/kernel, which has shape (3, 1) here"}};
  for (const auto& each : cases) {
    build_with_seed(each.module, 7);
    const auto before = outputs(each.module);
    const std::string why = error_of<Error>([&] { nn::load_weights(each.module, path); });
    BOOST_TEST(why.starts_with("[load] " + path), why);
    BOOST_TEST(why.find(each.why) != std::string::npos, why);
    BOOST_TEST(outputs(each.module) == before);
  }
}

BOOST_AUTO_TEST_CASE(a_file_without_a_model_is_refused) {
  const Folder folder;
  const std::string path = folder / "a.h5";
  {
    io::FileWriter writer(path);
    writer.put("/numbers", Tensor{1.0f});
    writer.commit();
  }
  Pair module(3);
  BOOST_TEST(error_of<FormatError>([&] { nn::load_weights(module, path); }) ==
             "[load] " + path + " holds no model");
}

BOOST_AUTO_TEST_SUITE_END()
