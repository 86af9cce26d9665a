// The matmul kernel: batches of products, on the same inner kernels as everything else.
#include <carousel/backends/cpu/gemm.h>
#include <carousel/backends/cpu/kernels.h>
#include <carousel/backends/cpu/strided.h>
#include <carousel/backends/cpu/team.h>
#include <carousel/tensor/storage.h>
#include <carousel/tensor/threads.h>

namespace carousel::cpu {
namespace {

using std::int64_t;

template <class T>
T* data_of(const Operand& operand) {
  return reinterpret_cast<T*>(operand.storage->host()) + operand.offset;
}

// Batch axes of a with one stride that b doesn't follow are further rows: (B, T, I) @ (I, O) is one
// product of B * T rows.
template <class T>
void merge_batch_into_rows(const Axes<3>& batch, GemmArgs<T>& product, int64_t& count) {
  if (batch.rank != 1 || count == 1) return;
  const bool rows_go_on = product.m == 1 || batch.strides[0][0] == product.m * product.a_row;
  if (batch.strides[1][0] != 0 || !rows_go_on) return;
  if (product.m == 1) product.a_row = batch.strides[0][0];
  product.m *= count;
  count = 1;
}

template <class T>
void matmul(Context&, const MatmulArgs& args) {
  const auto row = static_cast<std::size_t>(args.batch.rank()), column = row + 1;
  GemmArgs<T> product{args.m,
                      args.n,
                      args.k,
                      data_of<T>(args.a),
                      args.a.strides[row],
                      args.a.strides[column],
                      data_of<T>(args.b),
                      args.b.strides[row],
                      args.b.strides[column],
                      data_of<T>(args.out),
                      args.n};
  const Strides out_strides = contiguous_strides(args.batch);
  const Strides* strides[] = {&args.a.strides, &args.b.strides, &out_strides};
  const auto batch = collapse<3>(args.batch, strides, 3);
  int64_t count = args.batch.numel();
  if (count == 0) return;
  merge_batch_into_rows(batch, product, count);
  if (count == 1) {
    product.b_storage = args.b.storage;
    return gemm(product);
  }

  const double work = static_cast<double>(args.m * args.n) * static_cast<double>(args.k);
  const auto some = [&](int64_t begin, int64_t end) {
    Cursor<3> cursor(batch, begin);
    for (int64_t i = begin; i < end; ++i, cursor.advance(1)) {
      GemmArgs<T> one = product;
      one.a += cursor.offset(0);
      one.b += cursor.offset(1);
      one.c += i * args.m * args.n;
      gemm(one);
    }
  };
  // Many products share the team; a few large ones share each.
  if (count < num_threads() || gemm_threads(work) >= num_threads()) return some(0, count);
  parallel_for(count, std::max<int64_t>(1, static_cast<int64_t>(5e5 / (work + 1))), some);
}

}  // namespace

void add_matmul_kernels(KernelTables& tables) {
  tables.matmul[static_cast<std::size_t>(f32)] = matmul<float>;
  tables.matmul[static_cast<std::size_t>(f64)] = matmul<double>;
}

}  // namespace carousel::cpu
