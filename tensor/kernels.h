// What a backend has to provide: one function signature a kind of kernel, and the tables that hold
// them.
#pragma once

#include <array>
#include <cstddef>

#include <carousel/tensor/kernel_args.h>
#include <carousel/tensor/kernel_list.h>

namespace carousel {

// Per-backend state that kernels need: queue, thread team, workspace.
class Context {
 public:
  virtual ~Context() = default;
};

using UnaryFn = void (*)(Context&, const UnaryArgs&);    // predicates too: out is bool
using BinaryFn = void (*)(Context&, const BinaryArgs&);  // compares too: out is bool
using TernaryFn = void (*)(Context&, const TernaryArgs&);
using CastFn = void (*)(Context&, const CastArgs&);
using CopyFn = void (*)(Context&, const CopyArgs&);
using ReduceFn = void (*)(Context&, const ReduceArgs&);
using ScanFn = void (*)(Context&, const ScanArgs&);
using RowFn = void (*)(Context&, const RowArgs&);
using NormFn = void (*)(Context&, const NormArgs&);
using CTCFn = void (*)(Context&, const CTCArgs&);
using WindowFn = void (*)(Context&, const WindowArgs&);
using MatmulFn = void (*)(Context&, const MatmulArgs&);
using IndexFn = void (*)(Context&, const IndexArgs&);
using SortFn = void (*)(Context&, const SortArgs&);
using RandomFn = void (*)(Context&, const RandomArgs&);
using RecurrentForwardFn = void (*)(Context&, const RecurrentForwardArgs&);
using RecurrentBackwardFn = void (*)(Context&, const RecurrentBackwardArgs&);
using OptimizerFn = void (*)(Context&, const OptimizerArgs&);

template <class Fn>
using PerDType = std::array<Fn, kDTypeCount>;
// Indexed by kernel, then compute dtype; a null entry is a kernel that the backend lacks.
template <class Fn>
class KernelTable {
 public:
  Fn& at(Kernel kernel, DType dtype) {
    return entries_[static_cast<std::size_t>(kernel)][static_cast<std::size_t>(dtype)];
  }
  Fn at(Kernel kernel, DType dtype) const {
    return entries_[static_cast<std::size_t>(kernel)][static_cast<std::size_t>(dtype)];
  }

 private:
  std::array<PerDType<Fn>, kKernelCount> entries_{};
};

// A backend's kernels, one table a kind. Filled by plain code in backends/<name>/kernels.cpp.
struct KernelTables {
  KernelTable<UnaryFn> unary;
  KernelTable<BinaryFn> binary;
  KernelTable<TernaryFn> ternary;
  std::array<PerDType<CastFn>, kDTypeCount> cast{};  // [from][to]
  PerDType<CopyFn> copy{}, fill{};
  KernelTable<ReduceFn> reduce;
  KernelTable<ScanFn> scan;
  KernelTable<RowFn> row;
  KernelTable<NormFn> norm;
  PerDType<CTCFn> ctc{};
  KernelTable<WindowFn> window;
  PerDType<MatmulFn> matmul{};
  KernelTable<IndexFn> index;
  PerDType<SortFn> sort{};
  KernelTable<RandomFn> random;
  PerDType<RecurrentForwardFn> recurrent_forward{};
  PerDType<RecurrentBackwardFn> recurrent_backward{};
  KernelTable<OptimizerFn> optimizer;
};

// Whether the tables hold this kernel for this dtype (cast: from it to every dtype).
bool has_kernel(const KernelTables& tables, Kernel kernel, DType dtype);

}  // namespace carousel
