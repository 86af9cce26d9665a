// Vectors for integers.
#pragma once

#include <string>
#include <vector>

#include <carousel/nn/init.h>
#include <carousel/nn/module.h>

namespace carousel::nn {

struct EmbeddingOptions {
  std::int64_t input_dim = 0;   // ids are below
  std::int64_t output_dim = 0;  // the vectors' length
  Initializer embeddings_initializer = "uniform";
  bool mask_zero = false;  // id 0 is padding: the output carries a mask
  std::string name = {};
  std::vector<std::int64_t> input_shape = {};  // (time,)
};

// Ids (batch, time), i32 or i64, to (batch, time, output_dim). IndexError names an id outside
// [0, input_dim).
class Embedding : public Module {
 public:
  using Options = EmbeddingOptions;
  // ValueError if a size < 1.
  explicit Embedding(EmbeddingOptions options);

  Value forward(const Value& ids) override;
  void visit(Visitor& visitor) override { visitor("embeddings", embeddings_); }
  std::string type_name() const override { return "Embedding"; }
  std::string config() const override;
  const EmbeddingOptions& options() const { return options_; }

  const Tensor& embeddings() const { return embeddings_; }  // (input_dim, output_dim)

 protected:
  void make_parameters(const Values& inputs) override;
  std::vector<std::int64_t> promised_input_shape() const override { return options_.input_shape; }

 private:
  EmbeddingOptions options_;
  Tensor embeddings_;
};

}  // namespace carousel::nn
