// A module of the user's own, which tests of modules share.
#pragma once

#include <carousel/nn/layers.h>

#include <vector>

namespace carousel::nn::test {

struct Forecaster : nn::Module {
  nn::LSTM lstm{{.units = 5}};
  nn::Dense head{{.units = 1}};

  nn::Value forward(const nn::Value& x) override { return head(lstm(x)); }
  void visit(nn::Visitor& v) override { v("lstm", lstm), v("head", head); }
};

inline std::vector<float> numbers(const Tensor& x) { return x.to_vector<float>(); }

}  // namespace carousel::nn::test
