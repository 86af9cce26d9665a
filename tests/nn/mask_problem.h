// Random sequences with masks of any kind, and what a row must be that has one.
#pragma once

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

#include <carousel/carousel.h>

namespace carousel::nn::test {

inline bool same(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && a.to_vector<float>() == b.to_vector<float>();
}

enum class MaskKind { right, left, holes, none_counts, all_count, lengths };
constexpr MaskKind kMaskKinds[] = {MaskKind::right,       MaskKind::left,      MaskKind::holes,
                                   MaskKind::none_counts, MaskKind::all_count, MaskKind::lengths};

// A random problem of one layer, with rows of random masks.
struct Problem {
  std::mt19937 random;
  std::int64_t batch, time, features, units;
  std::vector<std::vector<bool>> counts;
  Tensor x;

  explicit Problem(unsigned seed, MaskKind kind) : random(seed) {
    batch = pick(1, 5), time = pick(1, 9), features = pick(1, 4), units = pick(3, 20);
    Generator generator{.seed = seed};
    x = uniform({batch, time, features}, -1, 1, generator);
    for (std::int64_t b = 0; b < batch; ++b) counts.push_back(row(kind));
  }

  std::int64_t pick(std::int64_t least, std::int64_t most) {
    return std::uniform_int_distribution<std::int64_t>(least, most)(random);
  }
  std::vector<bool> row(MaskKind kind) {
    const std::int64_t length = pick(0, time);
    std::vector<bool> all;
    for (std::int64_t t = 0; t < time; ++t) {
      const bool right = t < length, left = t >= time - length, hole = pick(0, 1) == 0;
      all.push_back(kind == MaskKind::right || kind == MaskKind::lengths ? right
                    : kind == MaskKind::left                             ? left
                    : kind == MaskKind::holes                            ? hole
                                              : kind == MaskKind::all_count);
    }
    return all;
  }
  Tensor mask() const {
    std::vector<std::int32_t> flat;
    for (const auto& each : counts) flat.insert(flat.end(), each.begin(), each.end());
    return from_vector(flat, {batch, time}).to(boolean);
  }
  Tensor lengths() const {
    std::vector<std::int64_t> all;
    for (const auto& each : counts) all.push_back(std::count(each.begin(), each.end(), true));
    return from_vector(all, {batch});
  }
  // The steps of a row that count.
  std::vector<std::int64_t> kept(std::int64_t b) const {
    std::vector<std::int64_t> steps;
    for (std::int64_t t = 0; t < time; ++t)
      if (counts[static_cast<std::size_t>(b)][static_cast<std::size_t>(t)]) steps.push_back(t);
    return steps;
  }
};

// What a row of `time` outputs is, given those of its steps that count: a step that doesn't count
// repeats the output before it in the order of processing; 0 before the first.
inline Tensor spread(const Tensor& alone, std::vector<std::int64_t> kept, std::int64_t time,
                     bool backwards) {
  const std::int64_t width = alone.dim(-1);
  std::vector<Tensor> rows(static_cast<std::size_t>(time));
  Tensor last = zeros({width});
  const auto step_of = [&](std::int64_t i) { return backwards ? time - 1 - i : i; };
  for (std::int64_t i = 0; i < time; ++i) {
    const auto found = std::find(kept.begin(), kept.end(), step_of(i));
    if (found != kept.end()) last = alone.select(0, found - kept.begin());
    rows[static_cast<std::size_t>(step_of(i))] = last;
  }
  return stack(rows, 0);
}

}  // namespace carousel::nn::test
