// What the cases of views and of rearranging copies share.
#pragma once

#include <carousel/autograd/ops/shape.h>
#include <tests/op_cases/op_case.h>

namespace carousel::test {

using Position = std::vector<std::int64_t>;

inline std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

// A host of `shape` whose elements f takes from x.
inline Host pick(const Host& x, const Shape& shape,
                 const std::function<double(const Host&, const Position&)>& f) {
  Host y = zeros_host(shape, x.dtype);
  for (std::int64_t i = 0; i < shape.numel(); ++i) y.values[at(i)] = f(x, position(shape, i));
  return y;
}

inline double value(const Host& x, const Position& p) { return x.values[at(flat(x.shape, p))]; }

inline Host reshaped(Host x, const Shape& shape) {
  x.shape = shape;
  return x;
}

// Three axes, in every layout.
inline std::vector<Sample> boxes() {
  return {{"dense", {draw({2, 3, 4}, -9, 9, 1)}},
          {"transposed", {draw({2, 3, 4}, -9, 9, 2, Lie::transposed)}},
          {"strided", {draw({2, 3, 4}, -9, 9, 3, Lie::strided)}},
          {"stride 0", {draw({2, 3, 4}, -9, 9, 4, Lie::expanded)}},
          {"extremes", {list({2, 3, 4}, std::vector<double>(24, kNaN))}, false}};
}

inline OpCase box_case(std::string name, std::function<Outputs(const Tensors&)> forward,
                       std::function<HostOutputs(const Hosts&)> reference,
                       std::vector<Fault> faults) {
  return {.name = std::move(name),
          .forward = std::move(forward),
          .reference = std::move(reference),
          .samples = boxes(),
          .dtypes = kNumbers,
          .faults = std::move(faults)};
}

inline const Tensor kMatrix{{1.f, 2.f, 3.f}, {4.f, 5.f, 6.f}};

}  // namespace carousel::test
