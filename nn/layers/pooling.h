// Pooling layers: Max- and AveragePooling1D and 2D, the global ones, the adaptive ones. Sequences
// are (batch, time, features), images (batch, height, width, channels), unless `data_format` is
// "channels_first".
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <carousel/nn/layer.h>

namespace carousel::nn {

enum class Pool { max, average };

template <class Size>
struct PoolingOptions {
  Size pool_size = 2;
  std::optional<Size> strides = {};  // default: pool_size
  std::string padding = "valid";     // or "same"; averages do not count what is padded
  std::string data_format = "channels_last";
  std::string name = {};
  std::vector<std::int64_t> input_shape = {};  // without the batch
};
using Pooling1DOptions = PoolingOptions<std::int64_t>;
using Pooling2DOptions = PoolingOptions<Size2D>;

template <class Size>
void fields(Fields& f, PoolingOptions<Size>& o);

// The largest or the mean number of each window; equal ones leave the gradient to the first.
template <class Size, Pool kind>
class PoolingLayer : public Layer<PoolingOptions<Size>> {
 public:
  // ValueError for sizes below 1, or another padding.
  explicit PoolingLayer(PoolingOptions<Size> options = {});
  Value forward(const Value& x) override;
};

class MaxPooling1D : public PoolingLayer<std::int64_t, Pool::max> {
 public:
  using PoolingLayer::PoolingLayer;
};
class MaxPooling2D : public PoolingLayer<Size2D, Pool::max> {
 public:
  using PoolingLayer::PoolingLayer;
};
class AveragePooling1D : public PoolingLayer<std::int64_t, Pool::average> {
 public:
  using PoolingLayer::PoolingLayer;
};
class AveragePooling2D : public PoolingLayer<Size2D, Pool::average> {
 public:
  using PoolingLayer::PoolingLayer;
};

struct GlobalPoolingOptions {
  std::string data_format = "channels_last";
  bool keepdims = false;  // the pooled axes stay, with size 1
  std::string name = {};
  std::vector<std::int64_t> input_shape = {};  // without the batch
};

void fields(Fields& f, GlobalPoolingOptions& o);

// Over all of a sequence or an image. GlobalAveragePooling1D leaves masked steps out; where all are
// masked, the mean is NaN.
template <int axes, Pool kind>
class GlobalPoolingLayer : public Layer<GlobalPoolingOptions> {
 public:
  explicit GlobalPoolingLayer(GlobalPoolingOptions options = {});
  Value forward(const Value& x) override;
};

class GlobalMaxPooling1D : public GlobalPoolingLayer<1, Pool::max> {
 public:
  using GlobalPoolingLayer::GlobalPoolingLayer;
};
class GlobalMaxPooling2D : public GlobalPoolingLayer<2, Pool::max> {
 public:
  using GlobalPoolingLayer::GlobalPoolingLayer;
};
class GlobalAveragePooling1D : public GlobalPoolingLayer<1, Pool::average> {
 public:
  using GlobalPoolingLayer::GlobalPoolingLayer;
};
class GlobalAveragePooling2D : public GlobalPoolingLayer<2, Pool::average> {
 public:
  using GlobalPoolingLayer::GlobalPoolingLayer;
};

template <class Size>
struct AdaptivePoolingOptions {
  Size output_size = 0;
  std::string data_format = "channels_last";
  std::string name = {};
  std::vector<std::int64_t> input_shape = {};  // without the batch
};
using AdaptivePooling1DOptions = AdaptivePoolingOptions<std::int64_t>;
using AdaptivePooling2DOptions = AdaptivePoolingOptions<Size2D>;

template <class Size>
void fields(Fields& f, AdaptivePoolingOptions<Size>& o);

// Windows of whatever size makes `output_size` of them.
template <class Size, Pool kind>
class AdaptivePoolingLayer : public Layer<AdaptivePoolingOptions<Size>> {
 public:
  // ValueError for sizes below 1.
  explicit AdaptivePoolingLayer(AdaptivePoolingOptions<Size> options);
  Value forward(const Value& x) override;
};

class AdaptiveMaxPooling1D : public AdaptivePoolingLayer<std::int64_t, Pool::max> {
 public:
  using AdaptivePoolingLayer::AdaptivePoolingLayer;
};
class AdaptiveMaxPooling2D : public AdaptivePoolingLayer<Size2D, Pool::max> {
 public:
  using AdaptivePoolingLayer::AdaptivePoolingLayer;
};
class AdaptiveAveragePooling1D : public AdaptivePoolingLayer<std::int64_t, Pool::average> {
 public:
  using AdaptivePoolingLayer::AdaptivePoolingLayer;
};
class AdaptiveAveragePooling2D : public AdaptivePoolingLayer<Size2D, Pool::average> {
 public:
  using AdaptivePoolingLayer::AdaptivePoolingLayer;
};

}  // namespace carousel::nn
