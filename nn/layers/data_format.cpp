#include <carousel/nn/layers/data_format.h>

#include <vector>

namespace carousel::nn::detail {

Tensor channels_last(const Tensor& x, const std::string& data_format) {
  if (data_format != "channels_first") return x;
  std::vector<int> axes{0};
  for (int i = 2; i < x.rank(); ++i) axes.push_back(i);
  axes.push_back(1);
  return x.permute(axes);
}

Tensor channels_back(const Tensor& y, const std::string& data_format) {
  if (data_format != "channels_first") return y;
  std::vector<int> axes{0, y.rank() - 1};
  for (int i = 1; i + 1 < y.rank(); ++i) axes.push_back(i);
  return y.permute(axes);
}

void check_image(const char* op, const Tensor& x, int spatial) {
  if (x.rank() == spatial + 2) return;
  constexpr const char* kWanted[] = {"", "(batch, time, features)",
                                     "(batch, height, width, channels)",
                                     "(batch, depth, height, width, channels)"};
  throw ShapeError(
      op, std::string("needs ") + kWanted[spatial] + ", got shape " + to_string(x.shape()));
}

}  // namespace carousel::nn::detail
