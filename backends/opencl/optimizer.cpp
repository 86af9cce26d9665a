// Updates of parameters, norms and scaling of gradients: a launch for many of them.
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <carousel/backends/opencl/kernels.h>
#include <carousel/backends/opencl/launch.h>
#include <carousel/backends/opencl/update_source.h>
#include <carousel/backends/opencl/workspace.h>

namespace carousel::opencl {
namespace {

using std::int64_t;

std::int64_t groups_for(int64_t count, int64_t chunk) { return (count + chunk - 1) / chunk; }

// Calls body(part of the spans, where it begins among them) for up to `width` spans at a time.
template <class Body>
void for_batches(const OptimizerArgs& args, std::size_t width, const Body& body) {
  for (std::size_t first = 0; first < args.spans.size(); first += width)
    body(args.spans.subspan(first, std::min(width, args.spans.size() - first)), first);
}

const Operand& operand_of(const OptimizerSpan& span, std::size_t k) {
  return k == 0 ? span.parameter : k == 1 ? span.gradient : span.slots[k - 2];
}

// The Spans of a generated update kernel: begin[width][used], count[width], group[width + 1].
std::vector<int64_t> places_of(std::span<const OptimizerSpan> spans, const UpdateLayout& layout,
                               DType dtype) {
  std::vector<int64_t> places;
  for (std::size_t i = 0; i < layout.width; ++i)
    for (std::size_t k : layout.operands)
      places.push_back(i < spans.size() ? begin_of(operand_of(spans[i], k), dtype) : 0);
  for (std::size_t i = 0; i < layout.width; ++i)
    places.push_back(i < spans.size() ? spans[i].count : 0);
  int64_t group = 0;
  for (std::size_t i = 0; i <= layout.width; ++i) {
    places.push_back(group);
    if (i < spans.size()) group += groups_for(spans[i].count, kGroup);
  }
  return places;
}

void update(Context& context, const OptimizerArgs& args) {
  const UpdateProgram& program = *args.program;
  const UpdateLayout layout(program);
  const std::string name = update_name(program);
  std::vector<float> f32_constants(program.constants.begin(),
                                   program.constants.begin() + layout.constants);
  for_batches(args, layout.width, [&](std::span<const OptimizerSpan> spans, std::size_t) {
    Queue& queue = queue_of(context);
    Launch launch(queue, name, args.dtype, args.dtype, "update_kernel");
    launch.buffer(queue.error_word());
    for (std::size_t i = 0; i < layout.width; ++i)
      for (std::size_t k : layout.operands)
        launch.buffer(operand_of(spans[std::min(i, spans.size() - 1)], k));
    const std::vector<int64_t> places = places_of(spans, layout, args.dtype);
    launch.values(std::span(places));
    if (args.dtype == f32)
      launch.values(std::span<const float>(f32_constants));
    else
      launch.values(std::span(program.constants.data(), layout.constants));
    launch.groups(places.back());
  });
}

constexpr std::size_t kSpans = 8;  // SPANS of programs/optimizer.cl

// Its Spans, whose groups take `chunk` elements each.
struct Spans {
  std::array<int64_t, kSpans> begin{}, count{};
  std::array<int64_t, kSpans + 1> group{};

  Spans(std::span<const OptimizerSpan> spans, DType dtype, int64_t chunk) {
    for (std::size_t i = 0; i < kSpans; ++i) {
      if (i < spans.size()) {
        begin[i] = begin_of(spans[i].gradient, dtype);
        count[i] = spans[i].count;
      }
      group[i + 1] = group[i] + groups_for(count[i], chunk);
    }
  }
  int64_t groups() const { return group[kSpans]; }
};

// All buffers of a batch; the last one again where there are fewer.
void bind_gradients(Launch& launch, std::span<const OptimizerSpan> spans) {
  for (std::size_t i = 0; i < kSpans; ++i)
    launch.buffer(spans[std::min(i, spans.size() - 1)].gradient);
}

void scale_gradients(Context& context, const OptimizerArgs& args) {
  Queue& queue = queue_of(context);
  for_batches(args, kSpans, [&](std::span<const OptimizerSpan> spans, std::size_t) {
    const Spans places(spans, args.dtype, kGroup);
    Launch launch(queue, "optimizer", args.dtype, args.dtype, "scale_gradients_kernel");
    launch.buffer(queue.error_word());
    bind_gradients(launch, spans);
    launch.value(places).scalar(args.factor, args.dtype).groups(places.groups());
  });
}

void clip_gradients(Context& context, const OptimizerArgs& args) {
  Queue& queue = queue_of(context);
  Launch(queue, "optimizer", args.dtype, args.dtype, "check_sums_kernel")
      .buffer(queue.error_word())
      .buffer(args.sums)
      .value(begin_of(args.sums, f64))
      .value(args.sum_count)
      .value(queue.check_id(args.op, Checked::norm))
      .groups(1);
  queue.check_submitted();
  for_batches(args, kSpans, [&](std::span<const OptimizerSpan> spans, std::size_t first) {
    const Spans places(spans, args.dtype, kGroup);
    const int64_t sum = args.first_sum + (args.each ? static_cast<int64_t>(first) : 0);
    Launch launch(queue, "optimizer", args.dtype, args.dtype, "clip_gradients_kernel");
    launch.buffer(queue.error_word());
    bind_gradients(launch, spans);
    launch.value(places)
        .buffer(args.sums)
        .value(begin_of(args.sums, f64) + sum)
        .value(int64_t{args.each})
        .value(args.factor)
        .groups(places.groups());
  });
}

void global_sum_squares(Context& context, const OptimizerArgs& args) {
  constexpr int64_t kChunk = 64 * kGroup;  // SQUARE_CHUNK
  Queue& queue = queue_of(context);
  int64_t total = 0;
  for (const OptimizerSpan& span : args.spans) total += groups_for(span.count, kChunk);
  const Workspace partials(queue, static_cast<std::size_t>(total) * sizeof(double));
  const int64_t at = begin_of(args.sums, f64) + args.first_sum;
  int64_t partial = 0;
  for_batches(args, kSpans, [&](std::span<const OptimizerSpan> spans, std::size_t first) {
    const Spans places(spans, args.dtype, kChunk);
    {
      Launch launch(queue, "optimizer", args.dtype, args.dtype, "squares_kernel");
      launch.buffer(partials.memory()).value(partial);
      bind_gradients(launch, spans);
      launch.value(places).groups(places.groups());
    }
    if (args.each)
      Launch(queue, "optimizer", args.dtype, args.dtype, "totals_kernel")
          .buffer(args.sums)
          .value(at + static_cast<int64_t>(first))
          .buffer(partials.memory())
          .value(places)
          .groups(static_cast<int64_t>(spans.size()));
    else
      partial += places.groups();
  });
  if (!args.each)
    Launch(queue, "optimizer", args.dtype, args.dtype, "total_kernel")
        .buffer(args.sums)
        .value(at)
        .buffer(partials.memory())
        .value(total)
        .groups(1);
}

}  // namespace

void add_optimizers(KernelTables& tables, DType dtype, bool has_f64) {
  tables.optimizer.at(Kernel::update, dtype) = update;
  tables.optimizer.at(Kernel::scale_gradients, dtype) = scale_gradients;
  if (!has_f64) return;
  tables.optimizer.at(Kernel::global_sum_squares, dtype) = global_sum_squares;
  tables.optimizer.at(Kernel::clip_gradients, dtype) = clip_gradients;
}

}  // namespace carousel::opencl
