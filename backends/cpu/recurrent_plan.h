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
  const std::int64_t projected = layout.cell->projects ? s.units * s.state : 0;
  const double step =
      static_cast<double>(s.batch) * static_cast<double>(layout.columns * s.state + projected);
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

// The rows that count at each step of the processing order: what others would compute is not
// computed. Gates and scratch hold these rows only, step after step, in ascending order.
struct LiveRows {
  std::int64_t batch, time;
  const std::int64_t* start = nullptr;  // of each step, and the end; null: all rows count
  const std::int32_t* list = nullptr;   // rows of the batch

  std::int64_t begin(std::int64_t t) const { return start ? start[t] : t * batch; }
  std::int64_t count(std::int64_t t) const { return begin(t + 1) - begin(t); }
  std::int64_t total() const { return begin(time); }
  const std::int32_t* rows(std::int64_t t) const { return list ? list + start[t] : nullptr; }
  // The step of the i-th row of all.
  std::int64_t step_of(std::int64_t i) const {
    return start ? std::upper_bound(start, start + time + 1, i) - start - 1 : i / batch;
  }
  std::int64_t row(std::int64_t i) const { return list ? list[i] : i % batch; }
  // Calls f(b) for the rows that don't count at step t.
  template <class F>
  void for_others(std::int64_t t, F&& f) const {
    if (!list) return;
    const std::int32_t* next = rows(t);
    const std::int32_t* const end = list + start[t + 1];
    for (std::int64_t b = 0; b < batch; ++b) {
      if (next < end && *next == b)
        ++next;
      else
        f(b);
    }
  }
};

// Memory for both arrays is the calling thread's until its next call with the same workspaces.
inline LiveRows find_live_rows(const RecurrentSpec& spec, const RecurrentSizes& sizes,
                               const Sequence<const bool>& mask, Workspace& starts,
                               Workspace& rows) {
  LiveRows live{sizes.batch, sizes.time};
  if (!mask.data) return live;
  auto* start = starts.get<std::int64_t>(sizes.time + 1);
  auto* list = rows.get<std::int32_t>(sizes.time * sizes.batch);
  std::int64_t count = 0;
  for (std::int64_t t = 0; t < sizes.time; ++t) {
    start[t] = count;
    const bool* counts = mask.data + input_step(spec, sizes, t) * mask.time;
    for (std::int64_t b = 0; b < sizes.batch; ++b)
      if (counts[b * mask.batch]) list[count++] = static_cast<std::int32_t>(b);
  }
  start[sizes.time] = count;
  if (count == sizes.time * sizes.batch) return live;
  live.start = start;
  live.list = list;
  return live;
}

// A member's columns of rows of states, with and without the padding.
struct StateColumns {
  StateColumns() = default;
  StateColumns(const GateLayout& layout, std::int64_t first_block, std::int64_t end_block)
      : units(layout.units),
        stride(layout.state_stride),
        begin(first_block * layout.lanes),
        end(end_block * layout.lanes),
        real_begin(std::min(units, begin)),
        real_end(std::min(units, end)) {}

  // Dense (batch, units) to padded rows, zeros for none; and back.
  template <class T>
  void load(std::int64_t batch, const T* from, T* rows) const {
    for (std::int64_t b = 0; b < batch; ++b, rows += stride) {
      std::fill(rows + begin, rows + end, T(0));
      if (from)
        std::copy(from + b * units + real_begin, from + b * units + real_end, rows + real_begin);
    }
  }
  template <class T>
  void store(std::int64_t batch, const T* rows, T* to) const {
    for (std::int64_t b = 0; b < batch && to; ++b, rows += stride)
      std::copy(rows + real_begin, rows + real_end, to + b * units + real_begin);
  }
  template <class T>
  void copy_row(const T* from, T* to) const {
    std::copy(from + begin, from + end, to + begin);
  }

  std::int64_t units = 0, stride = 0, begin = 0, end = 0, real_begin = 0, real_end = 0;
};

struct Nothing {
  Nothing() {}
};
// Denormals are flushed in f32 only.
template <class T>
using DenormalGuard = std::conditional_t<std::is_same_v<T, float>, FlushDenormals, Nothing>;

}  // namespace carousel::cpu
