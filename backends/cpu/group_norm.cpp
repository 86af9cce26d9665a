// Group normalisation (Wu and He, 2018), channels last: a sample's columns are summed as those of
// batch normalisation are, then group by group. Samples are taken apart by the team; where there
// are fewer than threads, the blocks of each. Neither changes a bit.
#include <cmath>

#include <carousel/backends/cpu/kernels.h>
#include <carousel/backends/cpu/norms.h>
#include <carousel/backends/cpu/team.h>
#include <carousel/backends/cpu/workspace.h>
#include <carousel/tensor/threads.h>

namespace carousel::cpu {
namespace {

struct Sizes {
  explicit Sizes(const NormArgs& args)
      : positions(args.rows / args.samples),
        cols(args.cols),
        blocks((positions + kBlockRows - 1) / kBlockRows),
        groups(args.groups),
        width(args.cols / args.groups) {}
  int64_t positions, cols, blocks, groups, width;
};

// Calls body(sample) for all samples.
template <class Body>
void for_samples(const NormArgs& args, const Body& body) {
  const auto some = [&](int64_t begin, int64_t end) {
    for (int64_t sample = begin; sample < end; ++sample) body(sample);
  };
  if (args.samples < num_threads()) return some(0, args.samples);
  const int64_t numbers = args.rows / args.samples * args.cols;
  parallel_for(args.samples, std::max<int64_t>(1, kLightGrain / 4 / numbers), some);
}

// Calls body(block, first position, positions) for all blocks of a sample; on one thread where the
// samples are taken apart.
template <class Body>
void for_blocks(const Sizes& n, const Body& body) {
  const int64_t grain = std::max<int64_t>(1, kLightGrain / 4 / (n.cols * kBlockRows));
  parallel_for(n.blocks, grain, [&](int64_t begin, int64_t end) {
    for (int64_t block = begin; block < end; ++block) {
      const int64_t first = block * kBlockRows;
      body(block, first, std::min(kBlockRows, n.positions - first));
    }
  });
}

template <class T>
T* sample_scratch(int64_t count) {
  thread_local Workspace workspace;
  return workspace.get<T>(count);
}

// The mean over group g of `parts`' columns, summed over blocks, times scale where it isn't null.
template <class T>
double group_mean(const Sizes& n, int64_t g, const T* parts, int64_t stride, const T* scale) {
  double sum = 0;
  for (int64_t c = g * n.width; c < (g + 1) * n.width; ++c) {
    const double column = sum_of_blocks(parts + c, n.blocks, stride);
    sum += scale == nullptr ? column : static_cast<double>(scale[c]) * column;
  }
  return sum / static_cast<double>(n.positions * n.width);
}

// Gives each channel its group's number.
template <class T>
void spread(const Sizes& n, const T* of_group, T* of_channel) {
  for (int64_t c = 0; c < n.cols; ++c) of_channel[c] = of_group[c / n.width];
}

template <class T>
void sample_forward(const NormArgs& args, const Sizes& n, int64_t sample) {
  const NormFunctions& f = norm_functions(args.dtype);
  const int64_t at = sample * n.positions * n.cols;
  const T *x = norm_memory<T>(args.x) + at, *scale = norm_memory<T>(args.scale);
  T *y = norm_memory<T>(args.out) + at, *means = norm_memory<T>(args.stats) + sample * n.groups;
  T* rdevs = means + args.samples * n.groups;
  T* parts = sample_scratch<T>((n.blocks + 2) * n.cols);
  T *mean = parts + n.blocks * n.cols, *slope = mean + n.cols;
  const auto sum = [&](const T* around) {
    for_blocks(n, [&](int64_t block, int64_t first, int64_t rows) {
      f.column_sums(x + first * n.cols, around, rows, n.cols, parts + block * n.cols);
    });
  };
  sum(nullptr);
  for (int64_t g = 0; g < n.groups; ++g)
    means[g] = static_cast<T>(group_mean<T>(n, g, parts, n.cols, nullptr));
  spread(n, means, mean);
  sum(mean);
  for (int64_t g = 0; g < n.groups; ++g)
    rdevs[g] =
        static_cast<T>(1 / std::sqrt(group_mean<T>(n, g, parts, n.cols, nullptr) + args.epsilon));
  spread(n, rdevs, slope);
  for (int64_t c = 0; scale != nullptr && c < n.cols; ++c) slope[c] *= scale[c];
  for_blocks(n, [&](int64_t, int64_t first, int64_t rows) {
    f.column_map(x + first * n.cols, mean, slope, norm_memory<T>(args.offset), rows, n.cols,
                 y + first * n.cols);
  });
}

template <class T>
void group_forward(Context&, const NormArgs& args) {
  const Sizes n(args);
  for_samples(args, [&](int64_t sample) { sample_forward<T>(args, n, sample); });
}

// With g = dy scale: dx = rdev (g - mean(g) - xhat mean(g xhat)). Writes the sums over positions of
// dy xhat and of dy to `totals` where it isn't null.
template <class T>
void sample_backward(const NormArgs& args, const Sizes& n, int64_t sample, T* totals) {
  const NormFunctions& f = norm_functions(args.dtype);
  const int64_t at = sample * n.positions * n.cols, stride = 2 * n.cols;
  const T *x = norm_memory<T>(args.x) + at, *dy = norm_memory<T>(args.dy) + at;
  const T* scale = norm_memory<T>(args.scale);
  const T* means = norm_memory<T>(args.stats) + sample * n.groups;
  const T* rdevs = means + args.samples * n.groups;
  T* parts = sample_scratch<T>(n.blocks * stride + 4 * n.cols);
  T *mean = parts + n.blocks * stride, *rdev = mean + n.cols, *a = rdev + n.cols, *b = a + n.cols;
  spread(n, means, mean), spread(n, rdevs, rdev);
  for_blocks(n, [&](int64_t block, int64_t first, int64_t rows) {
    T* part = parts + block * stride;
    f.column_grad_sums(x + first * n.cols, dy + first * n.cols, mean, rdev, rows, n.cols, part,
                       part + n.cols);
  });
  for (int64_t c = 0; totals != nullptr && c < stride; ++c)
    totals[c] = static_cast<T>(sum_of_blocks(parts + c, n.blocks, stride));
  if (args.out.storage == nullptr) return;
  for (int64_t g = 0; g < n.groups; ++g) {
    const auto level = static_cast<T>(group_mean(n, g, parts + n.cols, stride, scale));
    const T along = rdevs[g] * static_cast<T>(group_mean(n, g, parts, stride, scale));
    std::fill(a + g * n.width, a + (g + 1) * n.width, level);
    std::fill(b + g * n.width, b + (g + 1) * n.width, along);
  }
  T* dx = norm_memory<T>(args.out) + at;
  for_blocks(n, [&](int64_t, int64_t first, int64_t rows) {
    f.column_grad_map(x + first * n.cols, dy + first * n.cols, mean, scale, rdev, a, b, rows,
                      n.cols, dx + first * n.cols);
  });
}

template <class T>
void group_backward(Context&, const NormArgs& args) {
  const Sizes n(args);
  T *dscale = norm_memory<T>(args.dscale), *doffset = norm_memory<T>(args.doffset);
  thread_local Workspace workspace;
  T* totals = dscale == nullptr && doffset == nullptr ? nullptr
                                                      : workspace.get<T>(args.samples * 2 * n.cols);
  for_samples(args, [&](int64_t sample) {
    sample_backward<T>(args, n, sample, totals == nullptr ? totals : totals + sample * 2 * n.cols);
  });
  for (int64_t c = 0; c < n.cols; ++c) {
    const auto total = [&](const T* of) {
      return static_cast<T>(sum_of_blocks(of, args.samples, 2 * n.cols));
    };
    if (dscale != nullptr) dscale[c] = total(totals + c);
    if (doffset != nullptr) doffset[c] = total(totals + n.cols + c);
  }
}

template <class T>
void add(KernelTables& tables, DType dtype) {
  tables.norm.at(Kernel::group_norm, dtype) = group_forward<T>;
  tables.norm.at(Kernel::group_norm_grad, dtype) = group_backward<T>;
}

}  // namespace

void add_group_norm_kernels(KernelTables& tables) {
  add<float>(tables, f32);
  add<double>(tables, f64);
}

}  // namespace carousel::cpu
