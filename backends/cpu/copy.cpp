// Copies between layouts, and fills.
#include <algorithm>
#include <cstring>

#include <carousel/backends/cpu/kernels.h>
#include <carousel/backends/cpu/loops.h>
#include <carousel/backends/cpu/strided.h>
#include <carousel/backends/cpu/team.h>

namespace carousel::cpu {
namespace {

// Rows of out, which `axes` walks first; x may be one repeated element.
void copy_part(const Axes<2>& axes, const LoopOperand& out, const LoopOperand& x,
               std::int64_t begin, std::int64_t end) {
  Cursor cursor(axes, begin);
  while (begin < end) {
    const std::int64_t n = std::min(cursor.left_in_row(), end - begin);
    copy_strided(out.data + cursor.offset(0) * out.size, cursor.row_stride(0),
                 x.data + cursor.offset(1) * out.size, cursor.row_stride(1), out.size, n);
    begin += n;
    cursor.advance(n);
  }
}

// The axis along which x is dense, where out is so along the last one; -1 if there is none.
int crossed_axis(const Axes<2>& axes) {
  const int last = axes.rank - 1;
  if (axes.strides[0][last] != 1 || axes.strides[1][last] <= 1) return -1;
  for (int d = last - 1; d >= 0; --d)
    if (axes.strides[1][d] == 1 && axes.sizes[d] >= 8) return d;
  return -1;
}

// A transposed copy: the crossed axis and the last one together, one matrix after the other.
void copy_crossed(Axes<2> axes, int crossed, const LoopOperand& out, const LoopOperand& x) {
  const int last = axes.rank - 1;
  const std::int64_t rows = axes.sizes[crossed], cols = axes.sizes[last];
  const std::int64_t out_stride = axes.strides[0][crossed], x_stride = axes.strides[1][last];
  axes.sizes[crossed] = axes.sizes[last] = 1;
  std::int64_t matrices = 1;
  for (int d = 0; d < axes.rank; ++d) matrices *= axes.sizes[d];
  // A strip of rows is what a thread takes; it stays within one matrix.
  const std::int64_t strip = std::max<std::int64_t>(32, kGrain / cols / 32 * 32);
  const std::int64_t strips = (rows + strip - 1) / strip;
  parallel_for(matrices * strips, std::max<std::int64_t>(1, kGrain / (strip * cols)),
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t s = begin; s < end; ++s) {
                   const Cursor cursor(axes, s / strips);
                   const std::int64_t row = s % strips * strip;
                   transpose(out.data + (cursor.offset(0) + row * out_stride) * out.size,
                             out_stride, x.data + (cursor.offset(1) + row) * out.size, x_stride,
                             out.size, std::min(strip, rows - row), cols);
                 }
               });
}

void copy(Context&, const CopyArgs& args) {
  if (args.count == 0) return;
  if (args.layout == Layout::contiguous && args.count < 2 * kLightGrain &&
      args.x.storage != nullptr) {
    std::memcpy(memory_of(args.out, args.dtype), memory_of(args.x, args.dtype),
                static_cast<std::size_t>(args.count) * size_of(args.dtype));
    return;
  }
  static constexpr Strides kStill{};
  std::int64_t immediate = 0, none = 0;
  const LoopOperand out = resolve(args.out, args.dtype, none);
  const LoopOperand x = resolve(args.x, args.dtype, immediate);
  const Strides* const strides[] = {out.strides, x.strides != nullptr ? x.strides : &kStill};
  const Axes<2> axes = collapse<2>(args.shape, strides, 2);
  if (const int crossed = crossed_axis(axes); crossed >= 0)
    return copy_crossed(axes, crossed, out, x);
  if (args.count < 2 * kLightGrain) return copy_part(axes, out, x, 0, args.count);
  parallel_for(args.count, kLightGrain,
               [&](std::int64_t b, std::int64_t e) { copy_part(axes, out, x, b, e); });
}

}  // namespace

void add_copy_kernels(KernelTables& tables) {
  for (auto& entry : tables.copy) entry = copy;
  for (auto& entry : tables.fill) entry = copy;
}

}  // namespace carousel::cpu
