// torch's convolutions, pooling and normalisations, whose channels come first: ours have them last.
#include <carousel/autograd/ops.h>
#include <tests/parity/tensor_ops.h>

namespace carousel::test {
namespace {

using Widths = std::vector<std::pair<std::int64_t, std::int64_t>>;

// (batch, channels, <axes>) to (batch, <axes>, channels), and back.
Tensor channels_last(const Tensor& x) {
  std::vector<int> order{0};
  for (int i = 2; i < x.rank(); ++i) order.push_back(i);
  order.push_back(1);
  return x.permute(order);
}
Tensor channels_first(const Tensor& x) {
  std::vector<int> order{0, x.rank() - 1};
  for (int i = 1; i + 1 < x.rank(); ++i) order.push_back(i);
  return x.permute(order);
}

// (out, in, <axes>) to (<axes>, in, out).
Tensor kernel_of(const Tensor& w) {
  std::vector<int> order;
  for (int i = 2; i < w.rank(); ++i) order.push_back(i);
  order.push_back(1);
  order.push_back(0);
  return w.permute(order);
}

std::int64_t number_or(const Call& call, const char* name, std::int64_t otherwise) {
  return call.args.contains(name) && !call.args[name].is_null() ? integer(call, name) : otherwise;
}

Tensor torch_conv(const Call& call) {
  const Tensor& w = call["w"];
  const auto axes = static_cast<std::size_t>(w.rank() - 2);
  ConvOptions options{.strides = {number_or(call, "stride", 1)},
                      .dilation = {number_or(call, "dilation", 1)},
                      .groups = number_or(call, "groups", 1)};
  for (std::size_t i = 0; i < axes; ++i) {
    // "same" puts what is odd behind.
    const std::int64_t all = w.dim(static_cast<int>(i) + 2) - 1;
    const bool same = call.args.contains("padding") && call.args["padding"].is_string();
    const std::int64_t each = same ? 0 : number_or(call, "padding", 0);
    options.padding.push_back(same ? std::pair{all / 2, all - all / 2} : std::pair{each, each});
  }
  return channels_first(conv(channels_last(call["x"]), kernel_of(w), options) + call["b"]);
}

Tensor torch_conv_transpose(const Call& call) {
  const Tensor x = channels_last(call["x"]), &w = call["w"];
  const std::int64_t groups = number_or(call, "groups", 1), stride = number_or(call, "stride", 1);
  const std::int64_t padding = number_or(call, "padding", 0);
  const std::int64_t dilation = number_or(call, "dilation", 1);
  ConvOptions options{.strides = {stride}, .dilation = {dilation}};
  Shape shape{x.dim(0)};
  for (int i = 1; i + 1 < x.rank(); ++i) {
    options.padding.push_back({padding, padding});
    shape.append((x.dim(i) - 1) * stride - 2 * padding + dilation * (w.dim(i + 1) - 1) +
                 number_or(call, "output_padding", 0) + 1);
  }
  shape.append(w.dim(1));
  // w is (in, out, <axes>), a kernel from out to in.
  std::vector<Tensor> parts;
  const std::vector<Tensor> images = split(x, groups, -1), kernels = split(w, groups, 0);
  for (std::size_t g = 0; g < images.size(); ++g)
    parts.push_back(conv_transpose(images[g], kernel_of(kernels[g]), shape, options));
  return channels_first(concat(parts, -1) + call["b"]);
}

// With ceil_mode a last window may reach over the edge, if it begins inside the padded image.
PoolOptions pooling(const Call& call, const Tensor& x, std::int64_t padding) {
  const std::int64_t size = integer(call, "kernel_size"), stride = number_or(call, "stride", size);
  PoolOptions options{.size = {size}, .strides = {stride}};
  for (int i = 1; i + 1 < x.rank(); ++i) {
    const std::int64_t room = x.dim(i) + 2 * padding - size;
    const std::int64_t rest = room % stride;
    const bool one_more =
        flag(call, "ceil_mode") && rest > 0 && (room / stride + 1) * stride < x.dim(i) + padding;
    options.padding.push_back({padding, padding + (one_more ? stride - rest : 0)});
  }
  return options;
}

Tensor torch_max_pool(const Call& call) {
  const Tensor x = channels_last(call["x"]);
  return channels_first(max_pool(x, pooling(call, x, number_or(call, "padding", 0))));
}

// torch's zeros count, what ceil_mode adds does not.
Tensor torch_average_pool(const Call& call) {
  const std::int64_t padding = number_or(call, "padding", 0);
  Tensor x = channels_last(call["x"]);
  Widths widths(static_cast<std::size_t>(x.rank()));
  for (std::size_t i = 1; i + 1 < widths.size(); ++i) widths[i] = {padding, padding};
  x = pad(x, widths);
  return channels_first(average_pool(x, pooling(call, x, 0)));
}

// Over `groups` of the channels and all axes behind.
Tensor group_norm(const Tensor& x, std::int64_t groups) {
  const Tensor rows = x.reshape({x.dim(0), groups, x.numel() / x.dim(0) / groups});
  return layer_norm(rows, {}, {}).reshape(x.shape());
}

}  // namespace

void add_windows(OperationTable& table) {
  table["conv1d"] = table["conv2d"] = single(torch_conv);
  table["conv_transpose1d"] = table["conv_transpose2d"] = single(torch_conv_transpose);
  table["max_pool1d"] = table["max_pool2d"] = single(torch_max_pool);
  table["avg_pool1d"] = table["avg_pool2d"] = single(torch_average_pool);
  table["adaptive_avg_pool1d"] = single([](const Call& c) {
    return channels_first(adaptive_average_pool(channels_last(c["x"]), integers(c, "output_size")));
  });
  table["layer_norm"] =
      single([](const Call& c) { return layer_norm(c["x"], c["w"], c["b"], 1, number(c, "eps")); });
  table["group_norm"] = single([](const Call& c) {
    return group_norm(c["x"], integer(c, "num_groups")) * c["w"].unsqueeze(1) + c["b"].unsqueeze(1);
  });
  table["instance_norm"] = single([](const Call& c) { return group_norm(c["x"], c["x"].dim(1)); });
  table["batch_norm"] = single([](const Call& c) {
    return channels_first(batch_norm(channels_last(c["x"]), c["w"], c["b"], 1e-5).output);
  });
  table["scaled_dot_product_attention"] = single([](const Call& c) {
    return scaled_dot_product_attention(c["q"], c["k"], c["v"], {.causal = flag(c, "is_causal")})
        .output;
  });
}

}  // namespace carousel::test
