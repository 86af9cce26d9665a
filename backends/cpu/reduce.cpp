// Reductions. The elements that make one result are cut into blocks by their number alone; blocks
// are joined pairwise, in order. So neither the layout of the other axes nor the number of threads
// changes a bit, and errors grow with the logarithm of the length.
#include <algorithm>
#include <cstring>

#include <carousel/backends/cpu/kernels.h>
#include <carousel/backends/cpu/loops.h>
#include <carousel/backends/cpu/reduce.h>
#include <carousel/backends/cpu/scratch.h>
#include <carousel/backends/cpu/simd/reduce.h>
#include <carousel/backends/cpu/strided.h>
#include <carousel/backends/cpu/team.h>

namespace carousel::cpu {
namespace {

constexpr std::int64_t kRowsPerBlock = 64;
// Blocks that one thread takes at a time: a power of two, so that they are one branch of the tree.
constexpr std::int64_t kBranch = 64;

// Joins accumulators that come in order as a balanced tree: two of a size become one.
class Cascade {
 public:
  Cascade(const Reducer& reducer, std::int64_t width, int size)
      : reducer_(reducer), width_(width), bytes_(static_cast<std::size_t>(width * size)) {}

  void push(const void* acc) {
    std::memcpy(levels_[depth_++], acc, bytes_);
    for (std::int64_t n = ++count_; n % 2 == 0; n /= 2) join_last();
  }
  void finish(void* acc) {
    while (depth_ > 1) join_last();
    std::memcpy(acc, levels_[0], bytes_);
  }

 private:
  void join_last() {
    --depth_;
    reducer_.join(levels_[depth_ - 1], levels_[depth_], width_);
  }

  const Reducer& reducer_;
  std::int64_t width_, count_ = 0;
  std::size_t bytes_;
  int depth_ = 0;
  alignas(64) char levels_[64][kStrip * 8];
};

// One reduction. A unit is a result, or a strip of neighbouring ones whose inputs lie side by side.
class Reduction {
 public:
  Reduction(const ReduceArgs& args, const Reducer& reducer);
  void compute();

 private:
  void unit(std::int64_t index, std::int64_t begin_block, std::int64_t end_block, void* acc) const;
  void block(const char* x, std::int64_t width, std::int64_t begin, std::int64_t n,
             void* acc) const;
  void split_unit(std::int64_t index) const;
  std::int64_t width_of(std::int64_t index) const {
    return std::min(kStrip, inner_ - index % strips_ * kStrip);
  }
  char* result(std::int64_t index) const {
    return out_ + (index / strips_ * inner_ + index % strips_ * kStrip) * acc_size_;
  }

  const ReduceArgs& args_;
  const Reducer& reducer_;
  Axes<1> kept_, reduced_;
  int size_, acc_size_;
  char *x_, *out_;
  bool columns_;                         // units are strips
  std::int64_t inner_ = 1, strips_ = 1;  // kept elements side by side, and their strips
  std::int64_t block_size_, blocks_;
};

Reduction::Reduction(const ReduceArgs& args, const Reducer& reducer)
    : args_(args), reducer_(reducer) {
  const Strides* kept[] = {&args.kept_strides};
  const Strides* reduced[] = {&args.reduced_strides};
  kept_ = collapse<1>(args.kept, kept, 1);
  reduced_ = collapse<1>(args.reduced, reduced, 1);
  std::int64_t none = 0;
  size_ = static_cast<int>(size_of(args.dtype));
  acc_size_ = static_cast<int>(size_of(args.out_dtype));
  x_ = resolve(args.x, args.dtype, none).data;
  out_ = resolve(args.out, args.out_dtype, none).data;
  const bool dense_runs = reduced_.rank == 1 && reduced_.strides[0][0] == 1;
  columns_ = !dense_runs && kept_.strides[0][kept_.rank - 1] == 1 && args.kept_count > 1;
  if (columns_) {
    inner_ = kept_.sizes[kept_.rank - 1];
    strips_ = (inner_ + kStrip - 1) / kStrip;
  }
  block_size_ = columns_ ? kRowsPerBlock : kReduceBlock;
  blocks_ = (args.reduced_count + block_size_ - 1) / block_size_;
}

// The elements [begin, begin + n) of a unit's reduced axes.
void Reduction::block(const char* x, std::int64_t width, std::int64_t begin, std::int64_t n,
                      void* acc) const {
  const Cursor cursor(reduced_, begin);
  const std::int64_t stride = cursor.row_stride(0);
  if (!columns_) {
    if (stride == 1 && cursor.left_in_row() >= n)
      return reducer_.run(x + cursor.offset(0) * size_, n, acc);
    alignas(64) char buffer[kReduceBlock * 8];
    gather(buffer, x, size_, cursor, 0, n);
    return reducer_.run(buffer, n, acc);
  }
  if (cursor.left_in_row() >= n)
    return reducer_.rows(x + cursor.offset(0) * size_, stride, n, width, acc);
  alignas(64) char buffer[kRowsPerBlock * kStrip * 8];
  Cursor row = cursor;
  for (std::int64_t r = 0; r < n; ++r, row.advance(1))
    std::memcpy(buffer + r * width * size_, x + row.offset(0) * size_,
                static_cast<std::size_t>(width * size_));
  reducer_.rows(buffer, width, n, width, acc);
}

void Reduction::unit(std::int64_t index, std::int64_t begin_block, std::int64_t end_block,
                     void* acc) const {
  const std::int64_t first = index / strips_ * inner_ + index % strips_ * kStrip;
  const char* x = x_ + Cursor(kept_, first).offset(0) * size_;
  const std::int64_t width = columns_ ? width_of(index) : 1, n = args_.reduced_count;
  if (end_block - begin_block == 1) {
    const std::int64_t begin = begin_block * block_size_;
    return block(x, width, begin, std::min(block_size_, n - begin), acc);
  }
  Cascade cascade(reducer_, width, acc_size_);
  alignas(64) char part[kStrip * 8];
  for (std::int64_t b = begin_block; b < end_block; ++b) {
    const std::int64_t begin = b * block_size_;
    block(x, width, begin, std::min(block_size_, n - begin), part);
    cascade.push(part);
  }
  cascade.finish(acc);
}

// The threads share one unit: each computes whole branches of its tree.
void Reduction::split_unit(std::int64_t index) const {
  const std::int64_t branches = (blocks_ + kBranch - 1) / kBranch, bytes = kStrip * 8;
  const Scratch parts(static_cast<std::size_t>(branches * bytes));
  parallel_for(branches, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t b = begin; b < end; ++b)
      unit(index, b * kBranch, std::min(blocks_, (b + 1) * kBranch), parts.as() + b * bytes);
  });
  Cascade cascade(reducer_, columns_ ? width_of(index) : 1, acc_size_);
  for (std::int64_t b = 0; b < branches; ++b) cascade.push(parts.as() + b * bytes);
  cascade.finish(result(index));
}

void Reduction::compute() {
  const std::int64_t units = args_.kept_count / inner_ * strips_;
  const std::int64_t work = args_.reduced_count * std::min(inner_, kStrip);
  if (units < 4 && blocks_ > 2 * kBranch) {
    for (std::int64_t u = 0; u < units; ++u) split_unit(u);
    return;
  }
  const auto part = [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t u = begin; u < end; ++u) unit(u, 0, blocks_, result(u));
  };
  if (units * work < 2 * kLightGrain) return part(0, units);
  parallel_for(units, std::max<std::int64_t>(1, kLightGrain / work), part);
}

void fill_neutral(const ReduceArgs& args) {
  std::int64_t none = 0, neutral = 0;
  const bool one = args.kernel == Kernel::prod || args.kernel == Kernel::all;
  write_scalar(Scalar(one ? 1 : 0), args.out_dtype, &neutral);
  const LoopOperand out = resolve(args.out, args.out_dtype, none);
  copy_strided(out.data, 1, reinterpret_cast<const char*>(&neutral), 0, out.size, args.kept_count);
}

bool is_dense_run(const ReduceArgs& args) {
  return args.reduced.rank() == 0 || (args.reduced.rank() == 1 && args.reduced_strides[0] == 1);
}

void reduce(Context&, const ReduceArgs& args) {
  if (args.kept_count == 0) return;
  if (args.reduced_count == 0) return fill_neutral(args);
  const Reducer& reducer = CAROUSEL_SIMD_SELECT(reduce_table).of(args.dtype, args.kernel);
  if (args.kept_count == 1 && args.reduced_count <= kReduceBlock && is_dense_run(args))
    return reducer.run(memory_of(args.x, args.dtype), args.reduced_count,
                       memory_of(args.out, args.out_dtype));
  Reduction(args, reducer).compute();
}

}  // namespace

void add_reduce_kernels(KernelTables& tables) {
  const ReduceTable& table = CAROUSEL_SIMD_SELECT(reduce_table);
  for (int k = 0; k < static_cast<int>(kKernelCount); ++k)
    for (DType dtype : {f32, f64, i32, i64, boolean}) {
      const auto kernel = static_cast<Kernel>(k);
      if (table.of(dtype, kernel).run != nullptr) tables.reduce.at(kernel, dtype) = reduce;
    }
  for (Kernel kernel : {Kernel::argmax, Kernel::argmin})
    for (DType dtype : {f32, f64, i32, i64}) tables.reduce.at(kernel, dtype) = reduce_position;
}

}  // namespace carousel::cpu
