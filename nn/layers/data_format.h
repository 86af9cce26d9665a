// Where the channels of an image or a sequence stand. For the library's own use.
#pragma once

#include <string>

#include <carousel/tensor/error.h>
#include <carousel/tensor/tensor.h>

namespace carousel::nn::detail {

// Of "channels_first"; ValueError for what is neither that nor "channels_last".
inline bool is_channels_first(const char* op, const std::string& data_format) {
  if (data_format != "channels_first" && data_format != "channels_last")
    throw ValueError(
        op, "data_format must be channels_last or channels_first, got '" + data_format + "'");
  return data_format == "channels_first";
}

// x (batch, <spatial axes>, channels), or with the channels in axis 1: as a view with them last,
// and back.
Tensor channels_last(const Tensor& x, const std::string& data_format);
Tensor channels_back(const Tensor& y, const std::string& data_format);

// ShapeError unless x has the batch, `spatial` axes and channels.
void check_image(const char* op, const Tensor& x, int spatial);

}  // namespace carousel::nn::detail
