#include <carousel/nn/recurrent/lengths.h>

#include <fmt/format.h>

#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/error.h>

namespace carousel::nn {

Tensor mask_of_lengths(const Tensor& lengths, std::int64_t batch, std::int64_t time, Device device,
                       const char* op) {
  if (lengths.rank() != 1 || lengths.dim(0) != batch)
    throw ShapeError(
        op, fmt::format("lengths must be ({},), got {}", batch, to_string(lengths.shape())));
  if (!is_integer(lengths.dtype()))
    throw DTypeError(op,
                     fmt::format("lengths must be i32 or i64, got {}", to_string(lengths.dtype())));
  Tensor mask;
  auto* at = static_cast<bool*>(detail::make_host(mask, {batch, time}, boolean));
  if (lengths.device().kind == DeviceKind::meta) return detail::run_transfer(mask, device);
  const auto values = detail::run_cast(lengths, i64).to_vector<std::int64_t>();
  for (std::int64_t b = 0; b < batch; ++b) {
    const std::int64_t length = values[static_cast<std::size_t>(b)];
    if (length < 0 || length > time)
      throw ValueError(op, fmt::format("length {} of row {} is outside [0, {}], the time steps",
                                       length, b, time));
    for (std::int64_t t = 0; t < time; ++t) *at++ = t < length;
  }
  return detail::run_transfer(mask, device);
}

}  // namespace carousel::nn
