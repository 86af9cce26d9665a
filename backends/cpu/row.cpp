// Kernels over the last axis of dense rows: softmax, logsumexp, cross-entropy.
#include <algorithm>
#include <cstring>
#include <string>

#include <carousel/backends/cpu/kernels.h>
#include <carousel/backends/cpu/loops.h>
#include <carousel/backends/cpu/simd/row.h>
#include <carousel/backends/cpu/team.h>
#include <carousel/tensor/error.h>

namespace carousel::cpu {
namespace {

const RowFunctions& functions_of(DType dtype) {
  const RowTable& table = CAROUSEL_SIMD_SELECT(row_table);
  return dtype == carousel::f32 ? table.f32 : table.f64;
}

// The rows of an operand; cols is 1 where it has one number a row.
struct Rows {
  Rows(const Operand& operand, DType dtype, std::int64_t cols) {
    std::int64_t none = 0;
    const LoopOperand memory = resolve(operand, dtype, none);
    data = memory.data;
    bytes = cols * memory.size;
  }
  char* operator[](std::int64_t row) const { return data + row * bytes; }
  char* data;
  std::int64_t bytes;
};

template <class Body>
void for_rows(const RowArgs& args, const Body& body) {
  parallel_for(args.rows, std::max<std::int64_t>(1, kGrain / args.cols),
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t r = begin; r < end; ++r) body(r);
               });
}

void map_rows(Context&, const RowArgs& args) {
  const RowFunctions& f = functions_of(args.dtype);
  const bool one = args.kernel == Kernel::logsumexp;
  const Rows x(args.inputs[0], args.dtype, args.cols);
  const Rows y(args.outputs[0], args.dtype, one ? 1 : args.cols);
  const auto map = one ? f.logsumexp : args.kernel == Kernel::softmax ? f.softmax : f.log_softmax;
  for_rows(args, [&](std::int64_t r) { map(x[r], args.cols, y[r]); });
}

void map_row_gradients(Context&, const RowArgs& args) {
  const RowFunctions& f = functions_of(args.dtype);
  const Rows y(args.inputs[0], args.dtype, args.cols), dy(args.inputs[1], args.dtype, args.cols);
  const Rows dx(args.outputs[0], args.dtype, args.cols);
  const auto map = args.kernel == Kernel::softmax_grad ? f.softmax_grad : f.log_softmax_grad;
  for_rows(args, [&](std::int64_t r) { map(y[r], dy[r], args.cols, dx[r]); });
}

class Labels {
 public:
  explicit Labels(const RowArgs& args) : args_(args), wide_(args.label_dtype == i64) {
    std::int64_t none = 0;
    data_ = resolve(args.inputs[1], args.label_dtype, none).data;
    for (std::int64_t r = 0; r < args.rows; ++r)
      if (const std::int64_t label = at(r);
          label != args.ignore && (label < 0 || label >= args.cols))
        throw IndexError(args.op, "label " + std::to_string(label) + " in row " +
                                      std::to_string(r) + " is out of range for " +
                                      std::to_string(args.cols) + " classes");
  }
  std::int64_t at(std::int64_t r) const {
    return wide_ ? reinterpret_cast<const std::int64_t*>(data_)[r]
                 : reinterpret_cast<const std::int32_t*>(data_)[r];
  }
  bool ignored(std::int64_t r) const { return at(r) == args_.ignore; }

 private:
  const RowArgs& args_;
  bool wide_;
  const char* data_;
};

template <class T>
void cross_entropy(Context&, const RowArgs& args) {
  const RowFunctions& f = functions_of(args.dtype);
  const Labels labels(args);
  const Rows x(args.inputs[0], args.dtype, args.cols);
  const Rows loss(args.outputs[0], args.dtype, 1), log_sum(args.outputs[1], args.dtype, 1);
  for_rows(args, [&](std::int64_t r) {
    f.logsumexp(x[r], args.cols, log_sum[r]);
    const T* row = reinterpret_cast<const T*>(x[r]);
    const T value =
        labels.ignored(r) ? T(0) : *reinterpret_cast<const T*>(log_sum[r]) - row[labels.at(r)];
    *reinterpret_cast<T*>(loss[r]) = value;
  });
}

void cross_entropy_grad(Context&, const RowArgs& args) {
  const RowFunctions& f = functions_of(args.dtype);
  const Labels labels(args);
  const Rows x(args.inputs[0], args.dtype, args.cols), log_sum(args.inputs[2], args.dtype, 1);
  const Rows dloss(args.inputs[3], args.dtype, 1), dx(args.outputs[0], args.dtype, args.cols);
  for_rows(args, [&](std::int64_t r) {
    if (labels.ignored(r))
      std::memset(dx[r], 0, static_cast<std::size_t>(dx.bytes));
    else
      f.cross_entropy_grad(x[r], log_sum[r], dloss[r], labels.at(r), args.cols, dx[r]);
  });
}

}  // namespace

void add_row_kernels(KernelTables& tables) {
  for (DType dtype : {f32, f64}) {
    for (Kernel kernel : {Kernel::softmax, Kernel::log_softmax, Kernel::logsumexp})
      tables.row.at(kernel, dtype) = map_rows;
    for (Kernel kernel : {Kernel::softmax_grad, Kernel::log_softmax_grad})
      tables.row.at(kernel, dtype) = map_row_gradients;
    tables.row.at(Kernel::cross_entropy_grad, dtype) = cross_entropy_grad;
  }
  tables.row.at(Kernel::cross_entropy, f32) = cross_entropy<float>;
  tables.row.at(Kernel::cross_entropy, f64) = cross_entropy<double>;
}

}  // namespace carousel::cpu
