// Models and files that do not belong together.
#include <carousel/carousel.h>
#include <carousel/nn/io/checkpoint.h>
#include <carousel/nn/io/load_model.h>
#include <carousel/nn/lstm.h>
#include <tests/faults/wrong_use.h>
#include <tests/file_support.h>

using namespace carousel;
using namespace carousel::test;

namespace {

nn::Sequential forecaster(std::int64_t units = 3) {
  return nn::Sequential{nn::LSTM{{.units = units}}, nn::Dense{{.units = 1}}};
}

// Of a model for (batch, 5, 2).
void save(const std::string& path) {
  nn::Sequential model = forecaster();
  model.build({8, 5, 2});
  nn::save_weights(model, path);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(wrong_files)

BOOST_AUTO_TEST_CASE(another_architecture_is_named_by_its_first_difference) {
  const Folder folder;
  const std::string path = folder / "a.h5",
                    other = "[load] " + path + " is of another architecture: ";
  save(path);
  // As a user has it: an unbuilt model, and one that is built for other data.
  const auto load = [=](auto make, Shape built = {}) {
    return [=] {
      nn::Sequential model = make();
      if (built.rank() > 0) model.build(built);
      nn::load_weights(model, path);
    };
  };
  const auto wide = [] { return forecaster(4); };
  const auto same = [] { return forecaster(); };
  check_all({
      {"units",
       fault<ShapeError>(other + "/model/lstm/kernel has shape (2, 12) there, (2, 16) here",
                         load(wide))},
      {"units, built", fault<ShapeError>(other + "/model/lstm/kernel has shape (2, 12) there, (2, "
                                                 "16) here",
                                         load(wide, {8, 5, 2}))},
      {"features", fault<ShapeError>(other + "/model/lstm/kernel has shape (2, 12) there, (7, 12) "
                                             "here",
                                     load(same, {8, 5, 7}))},
      {"a layer less",
       fault<FormatError>(other + "it has /model/dense/kernel of shape (3, 1), "
                                  "which is not here",
                          load([] { return nn::Sequential{nn::LSTM{{.units = 3}}}; }))},
      {"a layer more", fault<FormatError>(other + "it lacks /model/dense_1/kernel, which has shape "
                                                  "(1, 1) here",
                                          load([] {
                                            nn::Sequential model = forecaster();
                                            model.add(nn::Dense{{.units = 1}});
                                            return model;
                                          }))},
  });
}

BOOST_AUTO_TEST_CASE(a_model_that_was_not_built_stays_so) {
  const Folder folder;
  const std::string path = folder / "a.h5";
  save(path);
  nn::Sequential model = forecaster(4);
  BOOST_CHECK_THROW(nn::load_weights(model, path), ShapeError);
  BOOST_TEST(!model.built());
  BOOST_TEST(!model.get_layer("lstm").built());
  BOOST_TEST(Tensor(model(ones({1, 2, 7}))).numel() == 1);  // other features than the file's
  // What was built before is left alone.
  nn::LSTM lstm{{.units = 4}};
  lstm.build({8, 5, 2});
  const std::vector<float> weights = lstm.kernel().to_vector<float>();
  nn::Sequential half{std::move(lstm), nn::Dense{{.units = 1}}};
  BOOST_CHECK_THROW(nn::load_weights(half, path), ShapeError);
  BOOST_TEST(!half.built());
  BOOST_TEST(half.get_layer("lstm").built());
  BOOST_TEST(half.get_layer<nn::LSTM>("lstm").kernel().to_vector<float>() == weights);
}

BOOST_AUTO_TEST_CASE(no_file_of_ours) {
  const Folder folder;
  const std::string absent = folder / "absent.h5", here = folder.path(), text = folder / "a.csv";
  write_contents(text, "month,sales\n1,2\n");
  const auto load = [](std::string path) {
    return [=] {
      nn::Sequential model = forecaster();
      nn::load_weights(model, path);
    };
  };
  check_all({
      {"absent", fault<IoError>("[load] " + absent + ": No such file or directory", load(absent))},
      {"no name", fault<IoError>("[load] \"\": No such file or directory", load(""))},
      {"a folder", fault<IoError>("[load] " + here + ": is not a regular file", load(here))},
      {"a folder as a model",
       fault<IoError>("[load] " + here + ": is not a regular file", [=] { nn::load_model(here); })},
      {"a text",
       fault<FormatError>("[load] " + text +
                              ": has no Carousel footer: it is cut off, "
                              "or was not written by Carousel (other programs' files can't "
                              "be read yet)",
                          load(text))},
      {"nothing to save", fault<GraphError>("[save] sequential is not built: it has no weights yet",
                                            [=] {
                                              nn::Sequential model;
                                              nn::save_weights(model, absent);
                                            })},
  });
  BOOST_TEST(folder.count() == 1);
}

BOOST_AUTO_TEST_SUITE_END()
