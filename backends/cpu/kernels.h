// What the CPU backend can do: each family adds its kernels to the tables.
#pragma once

#include <carousel/tensor/kernels.h>

namespace carousel::cpu {

void fill_tables(KernelTables& tables);

void add_elementwise_kernels(KernelTables& tables);
void add_copy_kernels(KernelTables& tables);
void add_optimizer_kernels(KernelTables& tables);
void add_row_kernels(KernelTables& tables);
void add_random_kernels(KernelTables& tables);
void add_sort_kernels(KernelTables& tables);
void add_index_kernels(KernelTables& tables);
void add_scan_kernels(KernelTables& tables);
void add_reduce_kernels(KernelTables& tables);
void add_norm_kernels(KernelTables& tables);
void add_group_norm_kernels(KernelTables& tables);
void add_ctc_kernels(KernelTables& tables);
void add_window_kernels(KernelTables& tables);
void add_matmul_kernels(KernelTables& tables);
void add_recurrent_kernels(KernelTables& tables);

}  // namespace carousel::cpu
