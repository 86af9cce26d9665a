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
void add_matmul(KernelTables& tables, DType dtype);  // floating

}  // namespace carousel::opencl
