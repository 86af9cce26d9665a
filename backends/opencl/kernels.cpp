#include <carousel/backends/opencl/kernels.h>

namespace carousel::opencl {

void fill_tables(KernelTables& tables, const DeviceInfo& device) {
  const auto has = [&](DType dtype) { return dtype != f64 || device.has_f64; };
  for (const DType dtype : {f32, f64, i32, i64, boolean}) {
    if (!has(dtype)) continue;
    add_elementwise(tables, dtype);
    add_copies(tables, dtype);
    add_reductions(tables, dtype);
    add_indexing(tables, dtype);
    add_random(tables, dtype);
    if (dtype != boolean) {
      add_scans(tables, dtype);
      add_sort(tables, dtype);
    }
    if (is_floating(dtype)) {
      add_matmul(tables, dtype);
      add_rows(tables, dtype);
      add_optimizers(tables, dtype, device.has_f64);
    }
    for (const DType to : {f32, f64, i32, i64, boolean})
      if (has(to)) add_casts(tables, dtype, to);
  }
}

}  // namespace carousel::opencl
