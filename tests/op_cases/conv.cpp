// Convolutions: plain loops over every output, window place and channel.
#include <carousel/autograd/ops/conv.h>
#include <tests/op_cases/op_case.h>

namespace carousel::test {
namespace {

// One or two spatial axes; a sequence is an image of height 1.
struct Setting {
  std::int64_t stride = 1, dilation = 1, before = 0, after = 0, groups = 1;
};

ConvOptions options_of(const Setting& s) {
  return {.strides = {s.stride},
          .dilation = {s.dilation},
          .padding = {{s.before, s.after}},
          .groups = s.groups};
}

std::int64_t out_of(std::int64_t in, std::int64_t size, const Setting& s) {
  return (in + s.before + s.after - (size - 1) * s.dilation - 1) / s.stride + 1;
}

// Sizes as (height, width), height being 1 for sequences, where nothing is padded or skipped.
struct Plane {
  std::int64_t height, width;
};
Plane plane(const Shape& shape, int first) {
  return shape.rank() == 3 ? Plane{1, shape[first]} : Plane{shape[first], shape[first + 1]};
}

// Calls body(image, output pixel, input pixel, window place) for all that touch.
template <class Body>
void for_taps(const Shape& x, const Shape& kernel, const Shape& y, const Setting& s,
              const Body& body) {
  const Plane in = plane(x, 1), size = plane(kernel, 0), out = plane(y, 1);
  const auto input = [&](std::int64_t o, std::int64_t k, bool flat) {
    return flat ? 0 : o * s.stride - s.before + k * s.dilation;
  };
  const bool flat = x.rank() == 3;
  for (std::int64_t b = 0; b < x[0]; ++b)
    for (std::int64_t oh = 0; oh < out.height; ++oh)
      for (std::int64_t ow = 0; ow < out.width; ++ow)
        for (std::int64_t kh = 0; kh < size.height; ++kh)
          for (std::int64_t kw = 0; kw < size.width; ++kw) {
            const std::int64_t h = input(oh, kh, flat), w = input(ow, kw, false);
            if (h < 0 || h >= in.height || w < 0 || w >= in.width) continue;
            body((b * out.height + oh) * out.width + ow, (b * in.height + h) * in.width + w,
                 kh * size.width + kw);
          }
}

double& at(Host& x, std::int64_t i) { return x.values[static_cast<std::size_t>(i)]; }
double at(const Host& x, std::int64_t i) { return x.values[static_cast<std::size_t>(i)]; }

Shape shape_of_output(const Shape& x, const Shape& kernel, std::int64_t channels,
                      const Setting& s) {
  Shape y{x[0]};
  for (int i = 1; i + 1 < x.rank(); ++i) y.append(out_of(x[i], kernel[i - 1], s));
  y.append(channels);
  return y;
}

HostOutputs conv_reference(const Hosts& in, const Setting& s) {
  const Shape &x = in[0].shape, &k = in[1].shape;
  const std::int64_t channels = x[x.rank() - 1], filters = k[k.rank() - 1];
  const std::int64_t width = channels / s.groups, per_group = filters / s.groups;
  Host y = zeros_host(shape_of_output(x, k, filters, s), in[0].dtype);
  for_taps(x, k, y.shape, s, [&](std::int64_t out, std::int64_t from, std::int64_t place) {
    for (std::int64_t f = 0; f < filters; ++f)
      for (std::int64_t c = 0; c < width; ++c)
        at(y, out * filters + f) += at(in[0], from * channels + f / per_group * width + c) *
                                    at(in[1], (place * width + c) * filters + f);
  });
  return y;
}

HostOutputs depthwise_reference(const Hosts& in, const Setting& s) {
  const Shape &x = in[0].shape, &k = in[1].shape;
  const std::int64_t channels = x[x.rank() - 1], multiplier = k[k.rank() - 1];
  Host y = zeros_host(shape_of_output(x, k, channels * multiplier, s), in[0].dtype);
  for_taps(x, k, y.shape, s, [&](std::int64_t out, std::int64_t from, std::int64_t place) {
    for (std::int64_t c = 0; c < channels * multiplier; ++c)
      at(y, out * channels * multiplier + c) += at(in[0], from * channels + c / multiplier) *
                                                at(in[1], place * channels * multiplier + c);
  });
  return y;
}

// Each x adds its filter to the output of `shape`.
HostOutputs transpose_reference(const Hosts& in, const Shape& shape, const Setting& s) {
  const std::int64_t channels = in[0].shape[in[0].shape.rank() - 1];
  const std::int64_t filters = shape[shape.rank() - 1];
  Host y = zeros_host(shape, in[0].dtype);
  for_taps(shape, in[1].shape, in[0].shape, s,
           [&](std::int64_t from, std::int64_t to, std::int64_t place) {
             for (std::int64_t f = 0; f < filters; ++f)
               for (std::int64_t c = 0; c < channels; ++c)
                 at(y, to * filters + f) += at(in[0], from * channels + c) *
                                            at(in[1], (place * filters + f) * channels + c);
           });
  return y;
}

Sample sample(const char* what, const Shape& x, const Shape& kernel, Lie lie = Lie::dense) {
  return {what, {draw(x, -1, 1, 1, lie), draw(kernel, -1, 1, 2)}};
}

using Conv = Tensor (*)(const Tensor&, const Tensor&, const ConvOptions&);

OpCase convolution(const char* name, const char* word, Conv f, const Setting& s,
                   HostOutputs (*reference)(const Hosts&, const Setting&),
                   std::vector<Sample> samples) {
  OpCase c;
  c.name = name;
  c.variant = word;
  c.forward = [f, s](const Tensors& in) { return f(in[0], in[1], options_of(s)); };
  c.reference = [reference, s](const Hosts& in) { return reference(in, s); };
  c.samples = std::move(samples);
  c.epsilons = 32;
  c.of_largest = true;
  return c;
}

void add_conv(std::vector<OpCase>& all, const char* name, Conv f) {
  const auto add = [&](const char* word, const Setting& s, std::vector<Sample> samples) {
    all.push_back(convolution(name, word, f, s, conv_reference, std::move(samples)));
  };
  add("", {},
      {sample("a sequence", {2, 7, 3}, {3, 3, 5}), sample("an image", {2, 4, 5, 2}, {3, 2, 2, 3}),
       sample("one place", {2, 5, 3}, {1, 3, 4}), sample("one of each", {1, 1, 1}, {1, 1, 1}),
       sample("many images", {40, 6, 6, 3}, {3, 3, 3, 4}),
       sample("many filters", {2, 6, 1}, {3, 1, 5}),
       sample("transposed", {2, 6, 4}, {3, 4, 2}, Lie::transposed),
       sample("no image", {0, 5, 2}, {2, 2, 3})});
  const std::string op = "[" + std::string(name) + "] ";
  const auto call = [f](const Shape& x, const Shape& kernel, const ConvOptions& options) {
    f(make(draw(x, 0, 1, 1), f32), make(draw(kernel, 0, 1, 2), f32), options);
  };
  all.back().faults = {
      fault<ShapeError>(op + "kernel (3, 2, 4) must have 3 channels for x (1, 5, 3)",
                        [call] {
                          call({1, 5, 3}, {3, 2, 4}, {});
                        }),
      fault<ShapeError>(op + "a window over 5 does not fit axis 1 of (1, 4, 2)",
                        [call] {
                          call({1, 4, 2}, {3, 2, 1}, {.dilation = {2}});
                        }),
      fault<ShapeError>(op + "kernel (3, 2) must have the rank of x (1, 4, 2)",
                        [call] {
                          call({1, 4, 2}, {3, 2}, {});
                        }),
      fault<ValueError>(op + "strides must be at least 1, got 0",
                        [call] {
                          call({1, 4, 2}, {3, 2, 1}, {.strides = {0}});
                        }),
      fault<ValueError>(op + "strides has 2 numbers for 1 axes",
                        [call] {
                          call({1, 4, 2}, {3, 2, 1}, {.strides = {1, 2}});
                        }),
      fault<ValueError>(op + "padding must be from 0, got (-1, 0)",
                        [call] {
                          call({1, 4, 2}, {3, 2, 1}, {.padding = {{-1, 0}}});
                        }),
      fault<ValueError>(op + "groups must divide channels and filters, got 3 for x (1, 4, 2) and "
                             "kernel (3, 2, 1)",
                        [call] {
                          call({1, 4, 2}, {3, 2, 1}, {.groups = 3});
                        })};
  add("strided", {.stride = 2, .before = 1, .after = 2},
      {sample("a sequence", {2, 8, 3}, {3, 3, 2}), sample("an image", {2, 5, 6, 2}, {2, 3, 2, 3}),
       sample("one place, as many windows as inputs", {2, 4, 3}, {1, 3, 2})});
  add("dilated", {.dilation = 2, .before = 2, .after = 2},
      {sample("a sequence", {2, 6, 3}, {3, 3, 2}), sample("an image", {1, 5, 6, 2}, {2, 3, 2, 3})});
  add("groups", {.before = 1, .after = 1, .groups = 2},
      {sample("a sequence", {2, 5, 4}, {3, 2, 6}), sample("an image", {2, 3, 4, 2}, {2, 2, 1, 4})});
  add("groups_of_pixels", {.groups = 2}, {sample("an image", {2, 3, 4, 4}, {1, 1, 2, 6})});
}

using Transpose = Tensor (*)(const Tensor&, const Tensor&, const Shape&, const ConvOptions&);

void add_transpose(std::vector<OpCase>& all, const char* name, Transpose f) {
  const auto add = [&](const char* word, const Setting& s, const Shape& output, Sample one) {
    OpCase c;
    c.name = name;
    c.variant = word;
    c.forward = [f, s, output](const Tensors& in) {
      return f(in[0], in[1], output, options_of(s));
    };
    c.reference = [s, output](const Hosts& in) { return transpose_reference(in, output, s); };
    c.samples = {std::move(one)};
    c.epsilons = 32;
    c.of_largest = true;
    all.push_back(c);
  };
  add("", {}, {2, 6, 2}, sample("a sequence", {2, 4, 3}, {3, 2, 3}));
  all.back().faults = {fault<ShapeError>(
      "[" + std::string(name) +
          "] no convolution with kernel (3, 2, 3) leads from (2, 7, 2) to x "
          "(2, 4, 3)",
      [f] {
        f(make(draw({2, 4, 3}, 0, 1, 1), f32), make(draw({3, 2, 3}, 0, 1, 2), f32), {2, 7, 2}, {});
      })};
  add("strided", {.stride = 2, .before = 1, .after = 1}, {1, 6, 8, 2},
      sample("an image", {1, 3, 4, 3}, {3, 3, 2, 3}));
}

}  // namespace

std::vector<OpCase> conv_cases() {
  std::vector<OpCase> all;
  add_conv(all, "conv", conv);
  add_conv(all, "conv_composed", conv_composed);
  add_transpose(all, "conv_transpose", conv_transpose);
  add_transpose(all, "conv_transpose_composed", conv_transpose_composed);
  const std::pair<const char*, Conv> depthwise[] = {
      {"depthwise_conv", depthwise_conv}, {"depthwise_conv_composed", depthwise_conv_composed}};
  for (const auto& [name, f] : depthwise) {
    all.push_back(convolution(name, "", f, {.before = 1, .after = 1}, depthwise_reference,
                              {sample("a sequence", {2, 6, 19}, {3, 19, 1}),
                               sample("an image", {2, 4, 5, 3}, {3, 2, 3, 1}),
                               sample("two a channel", {2, 6, 3}, {3, 3, 2})}));
    all.push_back(convolution(name, "strided", f, {.stride = 2}, depthwise_reference,
                              {sample("a sequence", {2, 7, 70}, {3, 70, 1})}));
    all.back().faults = {fault<ShapeError>(
        "[" + std::string(name) +
            "] kernel (3, 2, 1) must have the channels of x (1, 5, 3) and a multiplier",
        [f = f] {
          f(make(draw({1, 5, 3}, 0, 1, 1), f32), make(draw({3, 2, 1}, 0, 1, 2), f32), {});
        })};
  }
  return all;
}

}  // namespace carousel::test
