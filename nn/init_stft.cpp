#include <carousel/nn/init_stft.h>

#include <array>
#include <cmath>
#include <numbers>
#include <span>

#include <fmt/format.h>

#include <carousel/autograd/ops/create.h>
#include <carousel/nn/check.h>
#include <carousel/tensor/error.h>

namespace carousel::nn {
namespace {

// a0 - a1 cos t + a2 cos 2t - a3 cos 3t (Harris, 1978; Nuttall, 1981).
struct CosineWindow {
  const char* name;
  std::array<double, 4> terms;
};
constexpr auto kWindows = std::to_array<CosineWindow>({
    {"hann", {0.5, 0.5}},
    {"hamming", {0.54, 0.46}},
    {"blackman", {0.42, 0.5, 0.08}},
    {"blackmanharris", {0.35875, 0.48829, 0.14128, 0.01168}},
    {"nuttall", {0.3635819, 0.4891775, 0.1365995, 0.0106411}},
    {"boxcar", {1}},
});

const CosineWindow& window_by_name(std::string_view name) {
  std::string known;
  for (const CosineWindow& each : kWindows) {
    if (name == each.name) return each;
    known += fmt::format("{}{}", known.empty() ? "" : ", ", each.name);
  }
  throw ValueError("stft", fmt::format("window '{}' is none of {}", name, known));
}

std::vector<double> named_window(std::string_view name, std::int64_t length, bool periodic) {
  std::vector<double> window(static_cast<std::size_t>(length), 1.0);
  if (length == 1) return window;
  const CosineWindow& cosines = window_by_name(name);
  const double step = 2 * std::numbers::pi / static_cast<double>(periodic ? length : length - 1);
  for (std::size_t t = 0; t < window.size(); ++t) {
    double sum = 0, sign = 1;
    for (std::size_t k = 0; k < cosines.terms.size(); ++k, sign = -sign)
      sum += sign * cosines.terms[k] * std::cos(static_cast<double>(k * t) * step);
    window[t] = sum;
  }
  return window;
}

// What the waves are multiplied by, scaling included.
std::vector<double> scaled_window(const init::STFTOptions& o, std::int64_t length) {
  std::vector<double> window(static_cast<std::size_t>(length), 1.0);
  if (std::holds_alternative<std::monostate>(o.window)) return window;
  if (const auto* name = std::get_if<std::string>(&o.window))
    window = named_window(*name, length, o.periodic);
  else
    window = std::get<std::vector<double>>(o.window);
  if (static_cast<std::int64_t>(window.size()) != length)
    throw ShapeError(
        "stft", fmt::format("the window has {} values, the frame {} steps", window.size(), length));
  if (!o.scaling) return window;
  double squares = 0, sizes = 0;
  for (const double w : window) squares += w * w, sizes += std::abs(w);
  const double scale = *o.scaling == "density" ? std::sqrt(squares) : sizes;
  for (double& w : window) w /= scale;
  return window;
}

}  // namespace

void detail::check_stft(const init::STFTOptions& o) {
  if (o.side != "real" && o.side != "imag")
    throw ValueError("stft", fmt::format("side must be real or imag, got '{}'", o.side));
  if (o.scaling && *o.scaling != "density" && *o.scaling != "spectrum")
    throw ValueError(
        "stft", fmt::format("scaling must be density, spectrum or nothing, got '{}'", *o.scaling));
  if (const auto* name = std::get_if<std::string>(&o.window)) window_by_name(*name);
  if (const auto* values = std::get_if<std::vector<double>>(&o.window))
    for (const double w : *values) check_finite("stft", "window", w);
}

Tensor detail::stft_kernel(const init::STFTOptions& o, const Shape& shape, DType dtype) {
  if (shape.rank() != 3 || shape[1] != 1 || shape[2] < 2)
    throw ShapeError("stft", fmt::format("needs (frame, 1, frequencies), two frequencies or more, "
                                         "got {}",
                                         to_string(shape)));
  const std::int64_t frame = shape[0], frequencies = shape[2], period = 2 * (frequencies - 1);
  const std::vector<double> window = scaled_window(o, frame);
  std::vector<double> kernel;
  kernel.reserve(static_cast<std::size_t>(shape.numel()));
  for (std::int64_t t = 0; t < frame; ++t)
    for (std::int64_t f = 0; f < frequencies; ++f) {
      // Whole turns are taken off first, so that long frames lose no digits.
      const double turn = static_cast<double>(t * f % period) / static_cast<double>(period);
      const double angle = -2 * std::numbers::pi * turn;
      const double wave = o.side == "real" ? std::cos(angle) : std::sin(angle);
      kernel.push_back(wave * window[static_cast<std::size_t>(t)]);
    }
  return from_vector(kernel, shape, {.dtype = dtype});
}

}  // namespace carousel::nn
