#include <carousel/backends/cpu/kernels.h>

namespace carousel::cpu {

void fill_tables(KernelTables& tables) {
  add_elementwise_kernels(tables);
  add_copy_kernels(tables);
  add_optimizer_kernels(tables);
  add_row_kernels(tables);
  add_random_kernels(tables);
  add_sort_kernels(tables);
  add_index_kernels(tables);
  add_scan_kernels(tables);
  add_reduce_kernels(tables);
  add_norm_kernels(tables);
  add_group_norm_kernels(tables);
  add_ctc_kernels(tables);
  add_window_kernels(tables);
  add_matmul_kernels(tables);
  add_recurrent_kernels(tables);
}

}  // namespace carousel::cpu
