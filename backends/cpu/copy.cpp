// Copies between layouts, and fills.
#include <carousel/backends/cpu/kernels.h>
#include <carousel/backends/cpu/loops.h>
#include <carousel/backends/cpu/strided.h>
#include <carousel/backends/cpu/team.h>

#include <algorithm>

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

void copy(Context&, const CopyArgs& args) {
  if (args.count == 0) return;
  static constexpr Strides kStill{};
  std::int64_t immediate = 0, none = 0;
  const LoopOperand out = resolve(args.out, args.dtype, none);
  const LoopOperand x = resolve(args.x, args.dtype, immediate);
  const Strides* const strides[] = {out.strides, x.strides != nullptr ? x.strides : &kStill};
  const Axes<2> axes = collapse<2>(args.shape, strides, 2);
  if (args.count < 2 * kGrain) return copy_part(axes, out, x, 0, args.count);
  parallel_for(args.count, kGrain,
               [&](std::int64_t b, std::int64_t e) { copy_part(axes, out, x, b, e); });
}

}  // namespace

void add_copy_kernels(KernelTables& tables) {
  for (auto& entry : tables.copy) entry = copy;
  for (auto& entry : tables.fill) entry = copy;
}

}  // namespace carousel::cpu
