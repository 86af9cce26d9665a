#include <carousel/tensor/kernels.h>

namespace carousel {
namespace {

constexpr unsigned bit(DType dtype) { return 1u << static_cast<unsigned>(dtype); }
constexpr unsigned F = bit(f32) | bit(f64), I = bit(i32) | bit(i64), B = bit(boolean), N = F | I,
                   A = N | B;

struct Row {
  const char* name;
  KernelKind kind;
  unsigned dtypes;
};
constexpr Row kRows[] = {
#define K(name, kind, dtypes) {#name, KernelKind::kind, dtypes},
#include <carousel/tensor/kernels.def>
#undef K
};

const Row& row(Kernel kernel) { return kRows[static_cast<std::size_t>(kernel)]; }

}  // namespace

const char* name_of(Kernel kernel) { return row(kernel).name; }
KernelKind kind_of(Kernel kernel) { return row(kernel).kind; }
bool takes(Kernel kernel, DType dtype) { return (row(kernel).dtypes & bit(dtype)) != 0; }

bool has_kernel(const KernelTables& t, Kernel kernel, DType dtype) {
  const auto d = static_cast<std::size_t>(dtype);
  switch (kind_of(kernel)) {
    case KernelKind::unary:
    case KernelKind::predicate:
      return t.unary.at(kernel, dtype) != nullptr;
    case KernelKind::binary:
    case KernelKind::compare:
      return t.binary.at(kernel, dtype) != nullptr;
    case KernelKind::ternary:
      return t.ternary.at(kernel, dtype) != nullptr;
    case KernelKind::cast:
      for (CastFn fn : t.cast[d])
        if (fn == nullptr) return false;
      return true;
    case KernelKind::copy:
      return t.copy[d] != nullptr;
    case KernelKind::fill:
      return t.fill[d] != nullptr;
    case KernelKind::reduce:
      return t.reduce.at(kernel, dtype) != nullptr;
    case KernelKind::scan:
      return t.scan.at(kernel, dtype) != nullptr;
    case KernelKind::row:
      return t.row.at(kernel, dtype) != nullptr;
    case KernelKind::norm:
      return t.norm.at(kernel, dtype) != nullptr;
    case KernelKind::ctc:
      return t.ctc[d] != nullptr;
    case KernelKind::window:
      return t.window.at(kernel, dtype) != nullptr;
    case KernelKind::matmul:
      return t.matmul[d] != nullptr;
    case KernelKind::index:
      return t.index.at(kernel, dtype) != nullptr;
    case KernelKind::sort:
      return t.sort[d] != nullptr;
    case KernelKind::random:
      return t.random.at(kernel, dtype) != nullptr;
    case KernelKind::recurrent_forward:
      return t.recurrent_forward[d] != nullptr;
    case KernelKind::recurrent_backward:
      return t.recurrent_backward[d] != nullptr;
    case KernelKind::optimizer:
      return t.optimizer.at(kernel, dtype) != nullptr;
  }
  return false;
}

}  // namespace carousel
