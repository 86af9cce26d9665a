// What the forward and the backward pass share: rows of sequences, who does how much.
#pragma once

#include <cstdint>
#include <type_traits>

#include <carousel/backends/cpu/denormals.h>
#include <carousel/backends/cpu/recurrent.h>
#include <carousel/backends/cpu/recurrent_pack.h>
#include <carousel/backends/cpu/team.h>
#include <carousel/backends/cpu/workspace.h>

namespace carousel::cpu {

// Rows of products over several steps: few enough that their gates stay in L2.
inline constexpr std::int64_t kChunkRows = 96;

inline std::int64_t chunk_steps(const RecurrentSizes& sizes) {
  return std::max<std::int64_t>(1, kChunkRows / std::max<std::int64_t>(1, sizes.batch));
}

// Threads that pay for themselves: enough work in all, and in each step.
inline int recurrent_threads(const GateLayout& layout, const RecurrentSizes& s) {
  const double step = static_cast<double>(s.batch) * static_cast<double>(layout.columns * s.units);
  if (step < 16384) return 1;
  const double input = static_cast<double>(s.batch) * static_cast<double>(layout.columns * s.input);
  const int threads = gemm_threads(static_cast<double>(s.time) * (step + input));
  return static_cast<int>(std::min<std::int64_t>(threads, layout.panels));
}

// Calls f(t, b, rows, along_time) for runs that cover steps [begin, end): along the batch, or for
// small batches along time.
template <class F>
void for_runs(const RecurrentSizes& sizes, std::int64_t begin, std::int64_t end, F&& f) {
  if (sizes.batch >= 4 || end - begin == 1) {
    for (std::int64_t t = begin; t < end; ++t) f(t, std::int64_t{0}, sizes.batch, false);
  } else {
    for (std::int64_t b = 0; b < sizes.batch; ++b) f(begin, b, end - begin, true);
  }
}

// Step t of the processing order is this step of x, mask and dx.
inline std::int64_t input_step(const RecurrentSpec& spec, const RecurrentSizes& sizes,
                               std::int64_t t) {
  return spec.go_backwards ? sizes.time - 1 - t : t;
}

// The first step that counts, of each row; `time` if none does.
inline void find_first_steps(const RecurrentSpec& spec, const RecurrentSizes& sizes,
                             const Sequence<const bool>& mask, std::int64_t* first) {
  for (std::int64_t b = 0; b < sizes.batch; ++b)
    for (first[b] = 0; first[b] < sizes.time; ++first[b])
      if (mask.data[b * mask.batch + input_step(spec, sizes, first[b]) * mask.time]) break;
}

// Whether row b's output at step t is 0 rather than its state.
inline bool output_is_zero(const RecurrentSpec& spec, bool counts, std::int64_t t,
                           std::int64_t first_step) {
  return !counts && (spec.zero_output_for_mask || t < first_step);
}

struct Nothing {
  Nothing() {}
};
// Denormals are flushed in f32 only.
template <class T>
using DenormalGuard = std::conditional_t<std::is_same_v<T, float>, FlushDenormals, Nothing>;

}  // namespace carousel::cpu
