#include <carousel/backends/cpu/gemm.h>

#include <algorithm>

#include <carousel/backends/cpu/team.h>
#include <carousel/backends/cpu/weight_pack.h>
#include <carousel/backends/cpu/workspace.h>
#include <carousel/tensor/threads.h>

namespace carousel::cpu {
namespace {

using std::int64_t;

constexpr int64_t kBlockM = 96;  // rows of a packed at once: with a panel of b they fit L2
constexpr int64_t kBlockBytesN = 4 * 1024;      // columns of b packed at once, in bytes of one row
constexpr double kMultiplyAddsPerThread = 5e5;  // 10 us

int64_t round_up(int64_t value, int64_t unit) { return (value + unit - 1) / unit * unit; }

// Buffers of the calling thread. A team call runs only while its caller waits in it, so the
// caller's are free for the team.
struct Buffers {
  Workspace a, b;
};
Buffers& buffers() {
  thread_local Buffers mine;
  return mine;
}

// One member's part in a product.
template <class T>
class Part {
 public:
  Part(const GemmArgs<T>& args, const GemmKernels<T>& kernels) : g_(args), kernels_(kernels) {}

  // Columns [jc, jc + n) of the product's K block [pc, pc + k), rows [begin, end).
  void rows(int64_t begin, int64_t end, GemmBlock<T> block, int64_t pc) {
    block.accumulate = g_.accumulate || pc > 0;
    const bool direct = g_.a_column == 1 && block.n <= 4 * kernels_.columns;
    T* packed = direct ? nullptr : buffers().a.template get<T>(kBlockM * kGemmBlockK);
    T* const c = block.c;
    for (int64_t i = begin; i < end; i += block.m) {
      block.m = direct ? end - i : std::min(kBlockM, end - i);
      const T* a = g_.a + i * g_.a_row + pc * g_.a_column;
      if (!direct) kernels_.pack_a(block.m, block.k, a, g_.a_row, g_.a_column, packed);
      block.a = direct ? a : packed;
      block.a_stride = g_.a_row;
      block.a_packed = !direct;
      block.c = c + i * g_.c_row;
      kernels_.block(block);
    }
  }

 private:
  const GemmArgs<T>& g_;
  const GemmKernels<T>& kernels_;
};

// Rows are shared between members, who pack each block of b together.
template <class T>
void share_rows(const GemmArgs<T>& g, const GemmKernels<T>& kernels, Member& member, T* packed_b) {
  const int64_t columns = kernels.columns;
  const int64_t block_n = round_up(kBlockBytesN / int64_t{sizeof(T)}, columns);
  const auto [begin, end] = member.share(g.m, kernels.rows);
  Part<T> part(g, kernels);
  for (int64_t jc = 0; jc < g.n; jc += block_n) {
    const int64_t n = std::min(block_n, g.n - jc);
    for (int64_t pc = 0; pc < g.k; pc += kGemmBlockK) {
      const int64_t k = std::min(kGemmBlockK, g.k - pc);
      const auto [from, to] = member.share(n, columns);
      kernels.pack_b(k, to - from, g.b + pc * g.b_row + (jc + from) * g.b_column, g.b_row,
                     g.b_column, packed_b + from * k);
      member.barrier();
      GemmBlock<T> block{0,           n,       k,       nullptr, 0,    packed_b,
                         columns * k, columns, nullptr, g.c_row, false};
      block.c = g.c + jc;
      part.rows(begin, end, block, pc);
      member.barrier();
    }
  }
}

// A transposed b that few rows are multiplied with, step after step: the backward of a loop that
// uses one weight in each. It is packed when it is met the second time, and stays so.
template <class T>
class KeptPack {
 public:
  KeptPack(const GemmArgs<T>& g, const GemmKernels<T>& kernels) : g_(g), kernels_(kernels) {
    if (g.b_storage == nullptr || g.b_column == 1 || g.b_row != 1) return;
    const WeightPackKey key{g.b, g.b_storage->version(), nullptr,    false,    g.k,
                            g.n, kernels.columns,        g.b_column, sizeof(T)};
    if (asked_before(*g.b_storage, key))
      opened_ = open_weight_pack(*g.b_storage, key, g.k * width());
  }
  bool used() const { return static_cast<bool>(opened_.pack); }

  // Columns [from, to), from a multiple of the tile's width, of the block that begins in row pc.
  const T* block(int64_t pc, int64_t k, int64_t from, int64_t to) const {
    T* const packed = opened_.pack->template data<T>() + pc * width() + from * k;
    if (!opened_.ready)
      kernels_.pack_b(k, to - from, g_.b + pc * g_.b_row + from * g_.b_column, g_.b_row,
                      g_.b_column, packed);
    return packed;
  }
  void publish() {
    if (used() && !opened_.ready) publish_weight_pack(*g_.b_storage, std::move(opened_.pack));
  }

 private:
  int64_t width() const { return round_up(g_.n, kernels_.columns); }

  const GemmArgs<T>& g_;
  const GemmKernels<T>& kernels_;
  OpenedPack opened_{{}, false};
};

template <class T>
void share_columns(const GemmArgs<T>& g, const GemmKernels<T>& kernels, Member& member,
                   const KeptPack<T>& pack) {
  const int64_t columns = kernels.columns;
  const auto [from, to] = member.share(g.n, columns);
  Part<T> part(g, kernels);
  for (int64_t pc = 0; pc < g.k && from < to; pc += kGemmBlockK) {
    const int64_t k = std::min(kGemmBlockK, g.k - pc);
    const T* b = pack.block(pc, k, from, to);
    part.rows(0, g.m,
              {0, to - from, k, nullptr, 0, b, columns * k, columns, g.c + from, g.c_row, false},
              pc);
  }
}

// Few rows: columns are shared, and dense rows of b are read where they lie.
template <class T>
void share_columns(const GemmArgs<T>& g, const GemmKernels<T>& kernels, Member& member) {
  const int64_t columns = kernels.columns;
  const auto [from, to] = member.share(g.n, columns);
  const int64_t whole = g.b_column == 1 ? (to - from) / columns * columns : 0;
  Part<T> part(g, kernels);
  for (int64_t pc = 0; pc < g.k; pc += kGemmBlockK) {
    const int64_t k = std::min(kGemmBlockK, g.k - pc);
    const T* b = g.b + pc * g.b_row + from * g.b_column;
    GemmBlock<T> block{0, whole, k, nullptr, 0, b, columns, g.b_row, g.c + from, g.c_row, false};
    if (whole > 0) part.rows(0, g.m, block, pc);
    constexpr int64_t kPanels = 8;
    block.b = buffers().b.template get<T>(kPanels * columns * kGemmBlockK);
    block.b_stride = columns;
    block.b_panel = columns * k;
    for (int64_t j = from + whole; j < to; j += block.n) {
      block.n = std::min(kPanels * columns, to - j);
      block.c = g.c + j;
      kernels.pack_b(k, block.n, b + (j - from) * g.b_column, g.b_row, g.b_column,
                     const_cast<T*>(block.b));
      part.rows(0, g.m, block, pc);
    }
  }
}

}  // namespace

int gemm_threads(double multiply_adds) {
  return static_cast<int>(std::clamp(multiply_adds / kMultiplyAddsPerThread, 1.0, 1024.0));
}

template <class T>
void gemm(const GemmArgs<T>& g) {
  if (g.m <= 0 || g.n <= 0) return;
  if (g.k <= 0) {
    for (int64_t i = 0; i < g.m && !g.accumulate; ++i) std::fill_n(g.c + i * g.c_row, g.n, T(0));
    return;
  }
  const GemmKernels<T>& kernels = gemm_kernels<T>();
  const int threads =
      gemm_threads(static_cast<double>(g.m) * static_cast<double>(g.n) * static_cast<double>(g.k));
  if (g.m <= 2 * kernels.rows * std::min(threads, num_threads())) {
    KeptPack<T> pack(g, kernels);
    if (!pack.used())
      return run_team(threads, [&](Member& member) { share_columns(g, kernels, member); });
    run_team(threads, [&](Member& member) { share_columns(g, kernels, member, pack); });
    return pack.publish();
  }
  const int64_t block_n = round_up(kBlockBytesN / int64_t{sizeof(T)}, kernels.columns);
  T* b = buffers().b.template get<T>(std::min(block_n, round_up(g.n, kernels.columns)) *
                                     std::min(g.k, kGemmBlockK));
  run_team(threads, [&](Member& member) { share_rows(g, kernels, member, b); });
}

template void gemm(const GemmArgs<float>&);
template void gemm(const GemmArgs<double>&);

}  // namespace carousel::cpu
