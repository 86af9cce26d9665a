// What the C++ of a page may use: the library, and some data.
#pragma once

#include <carousel/autograd/custom.h>
#include <carousel/autograd/gradcheck.h>
#include <carousel/autograd/ops/recurrent.h>
#include <carousel/carousel.h>
#include <carousel/nn/data/dataset.h>
#include <carousel/nn/io/checkpoint.h>
#include <carousel/nn/io/load_model.h>
#include <carousel/nn/layers.h>
#include <carousel/nn/model.h>
#include <carousel/nn/train/callbacks.h>
#include <carousel/nn/train/train.h>
#include <carousel/nn/train/training_state.h>
#include <carousel/optim/optim.h>
#include <carousel/optim/torch/torch.h>
#include <carousel/tensor/threads.h>
#include <fcntl.h>
#include <tests/file_support.h>

#include <boost/test/unit_test.hpp>
#include <cstdio>

namespace {
using namespace carousel;
}

namespace carousel::test {

// While it lives, what is printed goes nowhere.
class Silence {
 public:
  Silence() : stdout_(dup(STDOUT_FILENO)) {
    std::fflush(stdout);
    const int nowhere = open("/dev/null", O_WRONLY);
    dup2(nowhere, STDOUT_FILENO);
    close(nowhere);
  }
  ~Silence() {
    std::fflush(stdout);
    dup2(stdout_, STDOUT_FILENO);
    close(stdout_);
  }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;

 private:
  int stdout_;
};

// The data of docs/from-keras.md and its like, in a folder of the snippet's own.
struct Page {
  Page() : before_(std::filesystem::current_path()) {
    std::filesystem::current_path(folder_.path());
  }
  ~Page() { std::filesystem::current_path(before_); }
  Page(const Page&) = delete;
  Page& operator=(const Page&) = delete;

  Generator generator{.seed = 1};
  const Tensor x = uniform({64, 10, 3}, -1, 1, generator);  // 64 rows of 10 steps of 3 features
  const Tensor y = x.mean({1, 2}).unsqueeze(-1);            // a number for each
  const Tensor labels = randint({64}, 0, 4, generator);     // one of 4 classes for each
  const Tensor words = randint({64, 12}, 0, 50, generator, {.dtype = i32});  // 0 is padding

 private:
  Silence silence_;
  Folder folder_;
  std::filesystem::path before_;
};

}  // namespace carousel::test
