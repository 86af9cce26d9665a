#include <carousel/backends/cpu/loops.h>

#include <algorithm>
#include <cstring>

#include <carousel/backends/cpu/strided.h>
#include <carousel/backends/cpu/team.h>

namespace carousel::cpu {
namespace {

constexpr std::int64_t kChunk = 512;    // elements gathered at a time
constexpr std::int64_t kShortRow = 16;  // rows shorter than this are gathered together

Run run_of(const Loop& loop) {
  return {nullptr, {nullptr, nullptr, nullptr}, 0, {1, 1, 1}, loop.alpha, loop.beta};
}

void dense_part(const Loop& loop, std::int64_t begin, std::int64_t end) {
  Run run = run_of(loop);
  run.n = end - begin;
  run.out = loop.out.data + begin * loop.out.size;
  for (int i = 0; i < loop.inputs; ++i) {
    const LoopOperand& in = loop.in[i];
    run.step[i] = in.strides != nullptr;
    run.in[i] = in.data + (in.strides != nullptr ? begin * in.size : 0);
  }
  loop.inner(run);
}

// A loop over collapsed axes; operand 0 is out.
struct Plan {
  const Loop* loop;
  Axes<kMaxInputs + 1> axes;
  bool dense[kMaxInputs + 1];  // lies in memory as the loop walks

  const LoopOperand& operand(int i) const { return i == 0 ? loop->out : loop->in[i - 1]; }
  int operands() const { return loop->inputs + 1; }
};

Plan make_plan(const Loop& loop, const Shape& shape) {
  Plan plan{&loop, {}, {}};
  const Strides* strides[kMaxInputs + 1];
  static constexpr Strides kStill{};
  for (int i = 0; i <= loop.inputs; ++i) {
    const Strides* s = plan.operand(i).strides;
    strides[i] = s != nullptr ? s : &kStill;
  }
  plan.axes = collapse<kMaxInputs + 1>(shape, strides, plan.operands());
  for (int i = 0; i < plan.operands(); ++i)
    plan.dense[i] = plan.axes.rank == 1 && plan.axes.strides[i][0] == 1;
  return plan;
}

// Rows of the last axis go to the inner function as they lie.
bool walks_rows(const Plan& plan) {
  const int last = plan.axes.rank - 1;
  if (plan.axes.sizes[last] < kShortRow && plan.axes.rank > 1) return false;
  for (int i = 0; i < plan.operands(); ++i) {
    const std::int64_t stride = plan.axes.strides[i][last];
    if (stride != 1 && (stride != 0 || i == 0)) return false;
  }
  return true;
}

void row_part(const Plan& plan, std::int64_t begin, std::int64_t end) {
  const Loop& loop = *plan.loop;
  const int last = plan.axes.rank - 1;
  Run run = run_of(loop);
  for (int i = 0; i < loop.inputs; ++i) run.step[i] = plan.axes.strides[i + 1][last] != 0;
  Cursor cursor(plan.axes, begin);
  while (begin < end) {
    run.n = std::min(cursor.left_in_row(), end - begin);
    run.out = loop.out.data + cursor.offset(0) * loop.out.size;
    for (int i = 0; i < loop.inputs; ++i)
      run.in[i] = loop.in[i].data + cursor.offset(i + 1) * loop.in[i].size;
    loop.inner(run);
    begin += run.n;
    cursor.advance(run.n);
  }
}

void gathered_part(const Plan& plan, std::int64_t begin, std::int64_t end) {
  const Loop& loop = *plan.loop;
  alignas(64) char buffers[kMaxInputs + 1][kChunk * 8];
  Run run = run_of(loop);
  Cursor cursor(plan.axes, begin);
  while (begin < end) {
    run.n = std::min(kChunk, end - begin);
    for (int i = 0; i < loop.inputs; ++i) {
      const LoopOperand& in = loop.in[i];
      run.step[i] = in.strides != nullptr;
      run.in[i] = in.data + (plan.dense[i + 1] ? begin * in.size : 0);
      if (plan.dense[i + 1] || in.strides == nullptr) continue;
      gather(buffers[i + 1], in.data, in.size, cursor, i + 1, run.n);
      run.in[i] = buffers[i + 1];
    }
    run.out = plan.dense[0] ? loop.out.data + begin * loop.out.size : buffers[0];
    loop.inner(run);
    if (!plan.dense[0]) scatter(loop.out.data, buffers[0], loop.out.size, cursor, 0, run.n);
    begin += run.n;
    cursor.advance(run.n);
  }
}

}  // namespace

void run_dense(const Loop& loop, std::int64_t count) {
  if (count < 2 * loop.grain) return dense_part(loop, 0, count);
  parallel_for(count, loop.grain, [&](std::int64_t b, std::int64_t e) { dense_part(loop, b, e); });
}

void run_rows(const Loop& loop, std::int64_t count, std::int64_t cols) {
  if (count == 0) return;
  const std::int64_t grain = std::max<std::int64_t>(1, loop.grain / cols);
  parallel_for(count / cols, grain, [&](std::int64_t begin, std::int64_t end) {
    Run run = run_of(loop);
    run.n = cols;
    run.step[0] = run.step[1] = 1;
    run.in[1] = loop.in[1].data;
    for (std::int64_t r = begin; r < end; ++r) {
      run.out = loop.out.data + r * cols * loop.out.size;
      run.in[0] = loop.in[0].data + r * cols * loop.in[0].size;
      loop.inner(run);
    }
  });
}

void run_general(const Loop& loop, const Shape& shape, std::int64_t count) {
  if (count == 0) return;
  const Plan plan = make_plan(loop, shape);
  const auto part = walks_rows(plan) ? row_part : gathered_part;
  if (count < 2 * loop.grain) return part(plan, 0, count);
  parallel_for(count, loop.grain, [&](std::int64_t b, std::int64_t e) { part(plan, b, e); });
}

void run_loop(const Loop& loop, Layout layout, const Shape& shape, std::int64_t count) {
  if (layout == Layout::general) return run_general(loop, shape, count);
  if (layout == Layout::rows_b) return run_rows(loop, count, shape[shape.rank() - 1]);
  run_dense(loop, count);
}

}  // namespace carousel::cpu
