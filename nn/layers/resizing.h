// Layers without parameters that move, repeat, cut or add: Permute, RepeatVector, Cropping,
// ZeroPadding, UpSampling. `data_format` is "channels_last" or "channels_first".
#pragma once

#include <string>
#include <vector>

#include <carousel/nn/layer.h>

namespace carousel::nn {

struct PermuteOptions {
  std::vector<std::int64_t> dims = {};  // axes counted from 1, without the batch
  std::string name = {};
  std::vector<std::int64_t> input_shape = {};  // without the batch
};

void fields(Fields& f, PermuteOptions& o);

// Axis i of the output is axis dims[i] of the input.
class Permute : public Layer<PermuteOptions> {
 public:
  // ValueError unless dims are 1 .. n in some order.
  explicit Permute(PermuteOptions options);
  Value forward(const Value& x) override;
};

struct RepeatVectorOptions {
  std::int64_t n = 0;
  std::string name = {};
  std::vector<std::int64_t> input_shape = {};  // (features,)
};

void fields(Fields& f, RepeatVectorOptions& o);

// (batch, features) to (batch, n, features).
class RepeatVector : public Layer<RepeatVectorOptions> {
 public:
  // ValueError if n < 1.
  explicit RepeatVector(RepeatVectorOptions options);
  explicit RepeatVector(std::int64_t n);
  Value forward(const Value& x) override;
};

struct Cropping1DOptions {
  Margin cropping = {1, 1};
  std::string name = {};
  std::vector<std::int64_t> input_shape = {};  // (time, features)
};

void fields(Fields& f, Cropping1DOptions& o);

// (batch, time, features) without the first and last steps; its mask likewise.
class Cropping1D : public Layer<Cropping1DOptions> {
 public:
  // ValueError for a negative margin.
  explicit Cropping1D(Cropping1DOptions options = {});
  Value forward(const Value& x) override;
};

struct Cropping2DOptions {
  Margins2D cropping = 0;
  std::string data_format = "channels_last";
  std::string name = {};
  std::vector<std::int64_t> input_shape = {};  // (height, width, channels)
};

void fields(Fields& f, Cropping2DOptions& o);

// (batch, height, width, channels) without margins.
class Cropping2D : public Layer<Cropping2DOptions> {
 public:
  // ValueError for a negative margin.
  explicit Cropping2D(Cropping2DOptions options = {});
  Value forward(const Value& x) override;
};

struct ZeroPadding1DOptions {
  Margin padding = {1, 1};
  std::string data_format = "channels_last";
  std::string name = {};
  std::vector<std::int64_t> input_shape = {};  // (time, features)
};

void fields(Fields& f, ZeroPadding1DOptions& o);

// (batch, time, features) with steps of zeros before and after.
class ZeroPadding1D : public Layer<ZeroPadding1DOptions> {
 public:
  // ValueError for a negative margin.
  explicit ZeroPadding1D(ZeroPadding1DOptions options = {});
  Value forward(const Value& x) override;
};

struct ZeroPadding2DOptions {
  Margins2D padding = 1;
  std::string data_format = "channels_last";
  std::string name = {};
  std::vector<std::int64_t> input_shape = {};  // (height, width, channels)
};

void fields(Fields& f, ZeroPadding2DOptions& o);

// (batch, height, width, channels) with margins of zeros.
class ZeroPadding2D : public Layer<ZeroPadding2DOptions> {
 public:
  // ValueError for a negative margin.
  explicit ZeroPadding2D(ZeroPadding2DOptions options = {});
  Value forward(const Value& x) override;
};

struct UpSampling1DOptions {
  std::int64_t size = 2;
  std::string name = {};
  std::vector<std::int64_t> input_shape = {};  // (time, features)
};

void fields(Fields& f, UpSampling1DOptions& o);

// (batch, time, features), each step `size` times.
class UpSampling1D : public Layer<UpSampling1DOptions> {
 public:
  // ValueError if size < 1.
  explicit UpSampling1D(UpSampling1DOptions options = {});
  Value forward(const Value& x) override;
};

struct UpSampling2DOptions {
  Size2D size = 2;
  std::string data_format = "channels_last";
  std::string interpolation = "nearest";  // or "bilinear", pixels being squares with a centre
  std::string name = {};
  std::vector<std::int64_t> input_shape = {};  // (height, width, channels)
};

void fields(Fields& f, UpSampling2DOptions& o);

// (batch, height, width, channels), height and width times `size`.
class UpSampling2D : public Layer<UpSampling2DOptions> {
 public:
  // ValueError if a size < 1, or for another interpolation.
  explicit UpSampling2D(UpSampling2DOptions options = {});
  Value forward(const Value& x) override;
};

}  // namespace carousel::nn
