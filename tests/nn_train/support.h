// A small model with dropout, and data for it.
#pragma once

#include <carousel/autograd/ops.h>
#include <carousel/nn/layers/dense.h>
#include <carousel/nn/train/train.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/host_write.h>

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <string>

#include <unistd.h>

namespace carousel::test {

// Dropout whose (seed, counter) buffer is the module's own.
struct Dropping : nn::Module {
  Tensor random;

  void make_parameters(const nn::Values&) override { random = random_state(); }
  void visit(nn::Visitor& v) override { v.host_buffer("random", random); }
  nn::Value forward(const nn::Value& x) override {
    if (!training()) return x;
    const auto at = random.data<std::int64_t>();
    Generator generator{static_cast<std::uint64_t>(at[0]), 0, static_cast<std::uint64_t>(at[1])};
    const Tensor y = dropout(x, 0.3, generator);
    HostWrite<std::int64_t> write(random);
    write[1] = static_cast<std::int64_t>(generator.offset);
    return y;
  }
};

struct Net : nn::Module {
  nn::Dense hidden{{.units = 8, .activation = "tanh"}};
  Dropping drop;
  nn::Dense head{{.units = 1}};

  nn::Value forward(const nn::Value& x) override { return head(drop(hidden(x))); }
  void visit(nn::Visitor& v) override { v("hidden", hidden), v("drop", drop), v("head", head); }
};

struct Data {
  explicit Data(std::int64_t rows = 70) {
    Generator generator{5, 0, 0};
    x = rand({rows, 3}, generator);
    y = sum(x * x, -1, true);
  }
  Tensor x, y;
};

inline std::vector<float> weights_of(nn::Module& model) {
  std::vector<float> all;
  for (const Tensor& each : model.get_weights())
    for (const float value : each.to_vector<float>()) all.push_back(value);
  return all;
}

// A folder of its own that goes with the test.
struct Folder {
  Folder() { std::filesystem::create_directory(path); }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string operator/(const std::string& name) const { return path + "/" + name; }
  std::string path =
      std::filesystem::temp_directory_path() / ("carousel-train-" + std::to_string(getpid()));
};

inline auto says(const std::string& text) {
  return [text](const Error& e) {
    BOOST_TEST(e.what() == text);
    return true;
  };
}

}  // namespace carousel::test
