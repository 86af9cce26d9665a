// Which kernels OpenCL devices have, one function a family.
#pragma once

#include <carousel/backends/opencl/device.h>
#include <carousel/tensor/kernels.h>

namespace carousel::opencl {

// All of them; f64 only where the device has it.
void fill_tables(KernelTables& tables, const DeviceInfo& device);

void add_elementwise(KernelTables& tables, DType dtype);
void add_copies(KernelTables& tables, DType dtype);
void add_casts(KernelTables& tables, DType from, DType to);
void add_reductions(KernelTables& tables, DType dtype);
void add_indexing(KernelTables& tables, DType dtype);
void add_random(KernelTables& tables, DType dtype);
// Not for bool.
void add_scans(KernelTables& tables, DType dtype);
void add_sort(KernelTables& tables, DType dtype);
// For floating dtypes only.
void add_matmul(KernelTables& tables, DType dtype);
void add_rows(KernelTables& tables, DType dtype);
void add_optimizers(KernelTables& tables, DType dtype, bool has_f64);

}  // namespace carousel::opencl
