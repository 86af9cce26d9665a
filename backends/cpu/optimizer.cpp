// Updates of many parameters by one call. Spans are cut into parts by their sizes; parts are shared
// among the threads.
#include <algorithm>
#include <cmath>

#include <carousel/backends/cpu/kernels.h>
#include <carousel/backends/cpu/loops.h>
#include <carousel/backends/cpu/scratch.h>
#include <carousel/backends/cpu/simd/optimizer.h>
#include <carousel/backends/cpu/team.h>
#include <carousel/tensor/dispatch.h>

namespace carousel::cpu {
namespace {

const OptimizerFunctions& functions_of(DType dtype) {
  const OptimizerTable& table = CAROUSEL_SIMD_SELECT(optimizer_table);
  return dtype == carousel::f32 ? table.f32 : table.f64;
}

std::int64_t parts_of(const OptimizerSpan& span) { return (span.count + kGrain - 1) / kGrain; }

std::int64_t parts_of(const OptimizerArgs& args) {
  std::int64_t parts = 0;
  for (const OptimizerSpan& span : args.spans) parts += parts_of(span);
  return parts;
}

char* memory(const Operand& operand, DType dtype, std::int64_t element) {
  if (operand.storage == nullptr) return nullptr;
  std::int64_t none = 0;
  const LoopOperand at = resolve(operand, dtype, none);
  return at.data + element * at.size;
}

// Calls body(span, where it begins, how long it is, part) for the parts [begin, end) of all spans.
template <class Body>
void for_parts(const OptimizerArgs& args, std::int64_t begin, std::int64_t end, const Body& body) {
  std::int64_t part = 0;
  for (const OptimizerSpan& span : args.spans)
    for (std::int64_t at = 0; at < span.count; at += kGrain, ++part) {
      if (part < begin || part >= end) continue;
      body(span, at, std::min(kGrain, span.count - at), part);
    }
}

void update(Context&, const OptimizerArgs& args) {
  const auto function = functions_of(args.dtype).update;
  const UpdatePlan plan = plan_of(*args.program);
  parallel_for(parts_of(args), 1, [&](std::int64_t begin, std::int64_t end) {
    for_parts(args, begin, end,
              [&](const OptimizerSpan& span, std::int64_t at, std::int64_t n, std::int64_t) {
                UpdateRun run{
                    n,
                    {memory(span.parameter, args.dtype, at), memory(span.gradient, args.dtype, at)},
                    &plan,
                    args.program->constants.data(),
                    args.program->constant_count};
                for (std::size_t s = 0; s < span.slots.size(); ++s)
                  run.operands[2 + s] = memory(span.slots[s], args.dtype, at);
                function(run);
              });
  });
}

void scale_gradients(Context&, const OptimizerArgs& args) {
  const auto scale = functions_of(args.dtype).scale;
  parallel_for(parts_of(args), 1, [&](std::int64_t begin, std::int64_t end) {
    for_parts(args, begin, end,
              [&](const OptimizerSpan& span, std::int64_t at, std::int64_t n, std::int64_t) {
                scale(memory(span.gradient, args.dtype, at), n, args.factor);
              });
  });
}

// The squares of these spans, whose parts' sums are added pairwise.
double sum_squares(const OptimizerArgs& args) {
  const auto squares = functions_of(args.dtype).sum_squares;
  const std::int64_t parts = parts_of(args);
  const Scratch scratch(static_cast<std::size_t>(parts + 1) * sizeof(double));
  auto* sums = scratch.as<double>();
  sums[0] = 0;
  parallel_for(parts, 1, [&](std::int64_t begin, std::int64_t end) {
    for_parts(args, begin, end,
              [&](const OptimizerSpan& span, std::int64_t at, std::int64_t n, std::int64_t part) {
                sums[part] = squares(memory(span.gradient, args.dtype, at), n);
              });
  });
  for (std::int64_t n = parts; n > 1; n = (n + 1) / 2) {
    for (std::int64_t i = 0; i < n / 2; ++i) sums[i] = sums[2 * i] + sums[2 * i + 1];
    if (n % 2 != 0) sums[n / 2] = sums[n - 1];
  }
  return sums[0];
}

double* sums_of(const OptimizerArgs& args) {
  return reinterpret_cast<double*>(memory(args.sums, f64, 0));
}

// Calls body(arguments, sum) with the spans that share a sum.
template <class Body>
void for_sums(const OptimizerArgs& args, const Body& body) {
  double* sum = sums_of(args) + args.first_sum;
  if (!args.each) return body(args, *sum);
  for (std::size_t i = 0; i < args.spans.size(); ++i) {
    OptimizerArgs one = args;
    one.spans = args.spans.subspan(i, 1);
    body(one, sum[i]);
  }
}

void global_sum_squares(Context&, const OptimizerArgs& args) {
  for_sums(args, [](const OptimizerArgs& part, double& sum) { sum = sum_squares(part); });
}

void clip_gradients(Context& context, const OptimizerArgs& args) {
  for (std::int64_t i = 0; i < args.sum_count; ++i)
    carousel::detail::check_norm(args.op, std::sqrt(sums_of(args)[i]));
  for_sums(args, [&](OptimizerArgs part, double sum) {
    if (std::sqrt(sum) <= args.factor) return;
    part.factor = args.factor / std::sqrt(sum);
    scale_gradients(context, part);
  });
}

}  // namespace

void add_optimizer_kernels(KernelTables& tables) {
  for (DType dtype : {f32, f64}) {
    tables.optimizer.at(Kernel::update, dtype) = update;
    tables.optimizer.at(Kernel::scale_gradients, dtype) = scale_gradients;
    tables.optimizer.at(Kernel::global_sum_squares, dtype) = global_sum_squares;
    tables.optimizer.at(Kernel::clip_gradients, dtype) = clip_gradients;
  }
}

}  // namespace carousel::cpu
