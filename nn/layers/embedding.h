// Vectors for integers.
#pragma once

#include <string>
#include <vector>

#include <carousel/nn/init.h>
#include <carousel/nn/layer.h>

namespace carousel::nn {

struct EmbeddingOptions {
  std::int64_t input_dim = 0;   // ids are below
  std::int64_t output_dim = 0;  // the vectors' length
  Initializer embeddings_initializer = "uniform";
  Regularizer embeddings_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint embeddings_constraint = {};
  bool mask_zero = false;  // id 0 is padding: the output carries a mask
  // Vectors to begin with, in place of the initializer's: (input_dim, output_dim), floating. Not in
  // config(), which a file has the trained ones beside.
  Tensor weights = {};
  bool trainable = true;
  std::string name = {};
  std::vector<std::int64_t> input_shape = {};  // (time,)
};

void fields(Fields& f, EmbeddingOptions& o);

// Ids (batch, time), i32 or i64, to (batch, time, output_dim). IndexError names an id outside
// [0, input_dim).
class Embedding : public Layer<EmbeddingOptions> {
 public:
  // ValueError if a size < 1; ShapeError, DTypeError for weights that don't fit.
  explicit Embedding(EmbeddingOptions options);

  Value forward(const Value& ids) override;
  void visit(Visitor& visitor) override { visitor("embeddings", embeddings_); }

  const Tensor& embeddings() const { return embeddings_; }  // (input_dim, output_dim)

 protected:
  void make_parameters(const Values& inputs) override;

 private:
  Tensor embeddings_;
};

}  // namespace carousel::nn
