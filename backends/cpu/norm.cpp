// Layer, root-mean-square and batch normalisation. Sums over rows go by blocks of a fixed size,
// added in order: the number of threads changes no bit.
#include <algorithm>
#include <cmath>

#include <carousel/backends/cpu/kernels.h>
#include <carousel/backends/cpu/norms.h>
#include <carousel/backends/cpu/team.h>
#include <carousel/backends/cpu/workspace.h>

namespace carousel::cpu {
namespace {

// Blocks of rows that a thread takes at a time.
int64_t grain_of(int64_t cols) {
  return std::max<int64_t>(1, kLightGrain / 4 / (cols * kBlockRows) + 1);
}

// Calls body(block, first row, rows) for all blocks.
template <class Body>
void for_blocks(const NormArgs& args, const Body& body) {
  const int64_t blocks = (args.rows + kBlockRows - 1) / kBlockRows;
  parallel_for(blocks, grain_of(args.cols), [&](int64_t begin, int64_t end) {
    for (int64_t block = begin; block < end; ++block) {
      const int64_t first = block * kBlockRows;
      body(block, first, std::min(kBlockRows, args.rows - first));
    }
  });
}

// The sums of each column over all blocks; `parts` is (blocks, stride).
template <class T>
void add_blocks(const T* parts, int64_t blocks, int64_t stride, int64_t cols, T* sums) {
  for (int64_t c = 0; c < cols; ++c)
    sums[c] = static_cast<T>(sum_of_blocks(parts + c, blocks, stride));
}

template <class T>
T* scratch(int64_t count) {
  thread_local Workspace workspace;
  return workspace.get<T>(count);
}

int64_t blocks_of(const NormArgs& args) { return (args.rows + kBlockRows - 1) / kBlockRows; }

template <class T>
void rows_forward(Context&, const NormArgs& args) {
  const NormFunctions& f = norm_functions(args.dtype);
  const T *x = norm_memory<T>(args.x), *scale = norm_memory<T>(args.scale),
          *offset = norm_memory<T>(args.offset);
  T *y = norm_memory<T>(args.out), *mean = norm_memory<T>(args.stats), *rdev = mean + args.rows;
  const bool centred = args.kernel == Kernel::layer_norm;
  for_blocks(args, [&](int64_t, int64_t first, int64_t rows) {
    for (int64_t r = first; r < first + rows; ++r)
      f.row(x + r * args.cols, scale, offset, args.cols, args.epsilon, centred, y + r * args.cols,
            mean + r, rdev + r);
  });
}

template <class T>
void rows_backward(Context&, const NormArgs& args) {
  const NormFunctions& f = norm_functions(args.dtype);
  const T *x = norm_memory<T>(args.x), *scale = norm_memory<T>(args.scale),
          *dy = norm_memory<T>(args.dy);
  const T *mean = norm_memory<T>(args.stats), *rdev = mean + args.rows;
  T *dx = norm_memory<T>(args.out), *dscale = norm_memory<T>(args.dscale),
    *doffset = norm_memory<T>(args.doffset);
  const bool centred = args.kernel == Kernel::layer_norm_grad;
  const bool sums = dscale != nullptr || doffset != nullptr;
  const int64_t blocks = blocks_of(args), stride = 2 * args.cols;
  T* parts = sums ? scratch<T>(blocks * stride) : nullptr;
  for_blocks(args, [&](int64_t block, int64_t first, int64_t rows) {
    T* part = sums ? parts + block * stride : nullptr;
    if (sums) std::fill(part, part + stride, T(0));
    for (int64_t r = first; r < first + rows; ++r)
      f.row_grad(x + r * args.cols, scale, dy + r * args.cols, args.cols, mean + r, rdev + r,
                 centred, dx == nullptr ? nullptr : dx + r * args.cols,
                 dscale == nullptr ? nullptr : part,
                 doffset == nullptr ? nullptr : part + args.cols);
  });
  if (dscale != nullptr) add_blocks(parts, blocks, stride, args.cols, dscale);
  if (doffset != nullptr) add_blocks(parts + args.cols, blocks, stride, args.cols, doffset);
}

// stats: mean, variance.
template <class T>
void columns_forward(Context&, const NormArgs& args) {
  const NormFunctions& f = norm_functions(args.dtype);
  const T *x = norm_memory<T>(args.x), *scale = norm_memory<T>(args.scale);
  T *mean = norm_memory<T>(args.stats), *variance = mean + args.cols;
  const int64_t blocks = blocks_of(args), cols = args.cols;
  T* parts = scratch<T>((blocks + 1) * cols);
  const auto average = [&](const T* around, T* result) {
    for_blocks(args, [&](int64_t block, int64_t first, int64_t rows) {
      f.column_sums(x + first * cols, around, rows, cols, parts + block * cols);
    });
    add_blocks(parts, blocks, cols, cols, result);
    for (int64_t c = 0; c < cols; ++c) result[c] /= static_cast<T>(args.rows);
  };
  average(nullptr, mean);
  average(mean, variance);
  T* slope = parts + blocks * cols;
  for (int64_t c = 0; c < cols; ++c) {
    const T rdev = T(1) / std::sqrt(variance[c] + static_cast<T>(args.epsilon));
    slope[c] = scale == nullptr ? rdev : rdev * scale[c];
  }
  for_blocks(args, [&](int64_t, int64_t first, int64_t rows) {
    f.column_map(x + first * cols, mean, slope, norm_memory<T>(args.offset), rows, cols,
                 norm_memory<T>(args.out) + first * cols);
  });
}

template <class T>
void columns_backward(Context&, const NormArgs& args) {
  const NormFunctions& f = norm_functions(args.dtype);
  const T *x = norm_memory<T>(args.x), *scale = norm_memory<T>(args.scale),
          *dy = norm_memory<T>(args.dy);
  const T *mean = norm_memory<T>(args.stats), *variance = mean + args.cols;
  const int64_t blocks = blocks_of(args), cols = args.cols;
  T* parts = scratch<T>((2 * blocks + 6) * cols);
  T *rdev = parts + 2 * blocks * cols, *slope = rdev + cols, *a = slope + cols, *b = a + cols;
  T *along = b + cols, *level = along + cols;
  for (int64_t c = 0; c < cols; ++c) {
    rdev[c] = T(1) / std::sqrt(variance[c] + static_cast<T>(args.epsilon));
    slope[c] = scale == nullptr ? rdev[c] : rdev[c] * scale[c];
  }
  for_blocks(args, [&](int64_t block, int64_t first, int64_t rows) {
    T* part = parts + 2 * block * cols;
    f.column_grad_sums(x + first * cols, dy + first * cols, mean, rdev, rows, cols, part,
                       part + cols);
  });
  add_blocks(parts, blocks, 2 * cols, cols, along);
  add_blocks(parts + cols, blocks, 2 * cols, cols, level);
  if (T* dscale = norm_memory<T>(args.dscale)) std::copy(along, along + cols, dscale);
  if (T* doffset = norm_memory<T>(args.doffset)) std::copy(level, level + cols, doffset);
  T* dx = norm_memory<T>(args.out);
  if (dx == nullptr) return;
  const T count = static_cast<T>(args.rows);
  for (int64_t c = 0; c < cols; ++c) a[c] = level[c] / count, b[c] = along[c] / count * rdev[c];
  for_blocks(args, [&](int64_t, int64_t first, int64_t rows) {
    f.column_grad_map(x + first * cols, dy + first * cols, mean, nullptr, slope, a, b, rows, cols,
                      dx + first * cols);
  });
}

template <class T>
void add(KernelTables& tables, DType dtype) {
  tables.norm.at(Kernel::layer_norm, dtype) = rows_forward<T>;
  tables.norm.at(Kernel::rms_norm, dtype) = rows_forward<T>;
  tables.norm.at(Kernel::batch_norm, dtype) = columns_forward<T>;
  tables.norm.at(Kernel::layer_norm_grad, dtype) = rows_backward<T>;
  tables.norm.at(Kernel::rms_norm_grad, dtype) = rows_backward<T>;
  tables.norm.at(Kernel::batch_norm_grad, dtype) = columns_backward<T>;
}

}  // namespace

void add_norm_kernels(KernelTables& tables) {
  add<float>(tables, f32);
  add<double>(tables, f64);
}

}  // namespace carousel::cpu
