#include <carousel/nn/layers/pooling.h>

#include <fmt/format.h>

#include <carousel/autograd/ops.h>
#include <carousel/autograd/ops/pool.h>
#include <carousel/nn/layers/data_format.h>
#include <carousel/nn/layers/windows.h>

namespace carousel::nn {
namespace {

using detail::list_of;
using detail::Sizes;

template <class Size>
constexpr int kAxes = std::is_same_v<Size, std::int64_t> ? 1 : 2;

const char* name_of(const char* what, Pool kind, int axes) {
  static const std::string names[] = {"max_pooling1d",
                                      "max_pooling2d",
                                      "average_pooling1d",
                                      "average_pooling2d",
                                      "global_max_pooling1d",
                                      "global_max_pooling2d",
                                      "global_average_pooling1d",
                                      "global_average_pooling2d",
                                      "adaptive_max_pooling1d",
                                      "adaptive_max_pooling2d",
                                      "adaptive_average_pooling1d",
                                      "adaptive_average_pooling2d"};
  const int family = *what == 'g' ? 4 : *what == 'a' ? 8 : 0;
  return names[family + (kind == Pool::average ? 2 : 0) + axes - 1].c_str();
}

}  // namespace

template <class Size>
void fields(Fields& f, PoolingOptions<Size>& o) {
  f("pool_size", o.pool_size), f("strides", o.strides), f("padding", o.padding);
  f("data_format", o.data_format);
}

template <class Size, Pool kind>
PoolingLayer<Size, kind>::PoolingLayer(PoolingOptions<Size> options)
    : Layer<PoolingOptions<Size>>(std::move(options)) {
  const auto& o = this->options_;
  const char* op = name_of("", kind, kAxes<Size>);
  detail::check_extents(op, "pool_size", list_of(o.pool_size));
  if (o.strides) detail::check_extents(op, "strides", list_of(*o.strides));
  detail::check_padding(op, o.padding, false);
  detail::is_channels_first(op, o.data_format);
}

template <class Size, Pool kind>
Value PoolingLayer<Size, kind>::forward(const Value& x) {
  const auto& o = this->options_;
  detail::check_image(name_of("", kind, kAxes<Size>), x, kAxes<Size>);
  const Tensor image = detail::channels_last(x, o.data_format);
  const Sizes size = list_of(o.pool_size), strides = list_of(o.strides.value_or(o.pool_size));
  const PoolOptions options{
      size, strides,
      detail::padding_of(o.padding, image.shape(), size, strides, Sizes(size.size(), 1))};
  return detail::channels_back(
      kind == Pool::max ? max_pool(image, options) : average_pool(image, options), o.data_format);
}

void fields(Fields& f, GlobalPoolingOptions& o) {
  f("data_format", o.data_format), f("keepdims", o.keepdims);
}

template <int axes, Pool kind>
GlobalPoolingLayer<axes, kind>::GlobalPoolingLayer(GlobalPoolingOptions options)
    : Layer<GlobalPoolingOptions>(std::move(options)) {
  detail::is_channels_first(name_of("g", kind, axes), this->options_.data_format);
}

template <int axes, Pool kind>
Value GlobalPoolingLayer<axes, kind>::forward(const Value& x) {
  const char* op = name_of("g", kind, axes);
  detail::check_image(op, x, axes);
  const bool first = this->options_.data_format == "channels_first";
  const int begin = first ? 2 : 1;
  const Axes over = axes == 1 ? Axes(begin) : Axes({begin, begin + 1});
  for (int axis = begin; axis < begin + axes; ++axis)
    if (x.dim(axis) == 0)
      throw ShapeError(op, "there is nothing to pool: the input is " + to_string(x.shape()));
  if (kind == Pool::max) return max(x, over, this->options_.keepdims);
  if (axes == 2 || !x.mask.defined()) return mean(x, over, this->options_.keepdims);
  if (x.mask.rank() != 2 || x.mask.dim(0) != x.dim(0) || x.mask.dim(1) != x.dim(begin))
    throw ShapeError(op, fmt::format("a mask {} does not fit an input {}",
                                     to_string(x.mask.shape()), to_string(x.shape())));
  const Tensor counts = x.mask.unsqueeze(first ? 1 : 2);
  return sum(where(counts, x, 0), over, this->options_.keepdims) /
         sum(counts.to(x.dtype()), over, this->options_.keepdims);
}

template <class Size>
void fields(Fields& f, AdaptivePoolingOptions<Size>& o) {
  f("output_size", o.output_size), f("data_format", o.data_format);
}

template <class Size, Pool kind>
AdaptivePoolingLayer<Size, kind>::AdaptivePoolingLayer(AdaptivePoolingOptions<Size> options)
    : Layer<AdaptivePoolingOptions<Size>>(std::move(options)) {
  const char* op = name_of("a", kind, kAxes<Size>);
  detail::check_extents(op, "output_size", list_of(this->options_.output_size));
  detail::is_channels_first(op, this->options_.data_format);
}

template <class Size, Pool kind>
Value AdaptivePoolingLayer<Size, kind>::forward(const Value& x) {
  const auto& o = this->options_;
  detail::check_image(name_of("a", kind, kAxes<Size>), x, kAxes<Size>);
  const Tensor image = detail::channels_last(x, o.data_format);
  const Sizes out = list_of(o.output_size);
  return detail::channels_back(
      kind == Pool::max ? adaptive_max_pool(image, out) : adaptive_average_pool(image, out),
      o.data_format);
}

template void fields(Fields&, Pooling1DOptions&);
template void fields(Fields&, Pooling2DOptions&);
template void fields(Fields&, AdaptivePooling1DOptions&);
template void fields(Fields&, AdaptivePooling2DOptions&);
template class PoolingLayer<std::int64_t, Pool::max>;
template class PoolingLayer<Size2D, Pool::max>;
template class PoolingLayer<std::int64_t, Pool::average>;
template class PoolingLayer<Size2D, Pool::average>;
template class GlobalPoolingLayer<1, Pool::max>;
template class GlobalPoolingLayer<2, Pool::max>;
template class GlobalPoolingLayer<1, Pool::average>;
template class GlobalPoolingLayer<2, Pool::average>;
template class AdaptivePoolingLayer<std::int64_t, Pool::max>;
template class AdaptivePoolingLayer<Size2D, Pool::max>;
template class AdaptivePoolingLayer<std::int64_t, Pool::average>;
template class AdaptivePoolingLayer<Size2D, Pool::average>;

}  // namespace carousel::nn
