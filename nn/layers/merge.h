// Layers that make one tensor of several: Concatenate, Add, Subtract, Multiply, Average, Maximum,
// Minimum, Dot.
#pragma once

#include <string>

#include <carousel/nn/layer.h>
#include <carousel/tensor/axes.h>

namespace carousel::nn {

// Takes a list of inputs: nn::Add{}({a, b}).
template <class O>
class MergeLayer : public Layer<O> {
 public:
  using Layer<O>::Layer;
  Value forward(const Value& x) override { return merge({x}); }
  Values forward_many(const Values& inputs) override { return {merge(inputs)}; }

 private:
  virtual Value merge(const Values& inputs) const = 0;
};

struct ConcatenateOptions {
  std::int64_t axis = -1;
  std::string name = {};
};

void fields(Fields& f, ConcatenateOptions& o);

// Joins along an axis other than the batch. Along time masks are joined, too; else a step counts
// where it does in any input. ShapeError where other axes differ; ValueError for the batch axis.
class Concatenate : public MergeLayer<ConcatenateOptions> {
 public:
  explicit Concatenate(ConcatenateOptions options = {});

 private:
  Value merge(const Values& inputs) const override;
};

struct MergeOptions {
  std::string name = {};
};

void fields(Fields& f, MergeOptions& o);

enum class Merge { add, subtract, multiply, average, maximum, minimum };

// Element by element, over inputs that broadcast; those of less rank get axes of size 1 behind the
// batch. A step counts where it does in any input, and everywhere if an input has no mask.
// ShapeError; ValueError unless there is an input (Subtract: unless there are two).
template <Merge kind>
class ElementwiseMerge : public MergeLayer<MergeOptions> {
 public:
  explicit ElementwiseMerge(MergeOptions options = {}) : MergeLayer(std::move(options)) {}
  std::string type_name() const override;

 private:
  Value merge(const Values& inputs) const override;
};

using Add = ElementwiseMerge<Merge::add>;
using Subtract = ElementwiseMerge<Merge::subtract>;
using Multiply = ElementwiseMerge<Merge::multiply>;
using Average = ElementwiseMerge<Merge::average>;
using Maximum = ElementwiseMerge<Merge::maximum>;
using Minimum = ElementwiseMerge<Merge::minimum>;

struct DotOptions {
  Axes axes = {};          // one of each input, or the same of both; not the batch
  bool normalize = false;  // to unit length first: the cosine
  std::string name = {};
};

void fields(Fields& f, DotOptions& o);

// Sums products over an axis of each of two inputs, row by row: (batch, a, k) and (batch, k, b)
// with axes {2, 1} to (batch, a, b). Of two vectors (batch, 1). No mask goes on. ShapeError,
// IndexError, ValueError for axes that are not one or two, or the batch.
class Dot : public MergeLayer<DotOptions> {
 public:
  explicit Dot(DotOptions options);

 private:
  Value merge(const Values& inputs) const override;
};

}  // namespace carousel::nn
