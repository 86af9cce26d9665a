#include <carousel/backends/cpu/recurrent_products.h>

namespace carousel::cpu {
namespace {

using std::int64_t;

struct Buffers {
  Workspace kernel, sequence, columns, dx_rows;
};
Buffers& buffers() {
  thread_local Buffers mine;
  return mine;
}

// Columns of dW and dU that a member computes at once: their pack fits L2.
constexpr int64_t kChunkColumns = 256;

}  // namespace

template <class T>
RecurrentProducts<T>::RecurrentProducts(const RecurrentBackward<T>& args, const GateLayout& layout,
                                        const GateLayout& state_layout, const LiveRows& live,
                                        const Operands& operands)
    : a_(args),
      s_(args.sizes),
      gemm_(gemm_kernels<T>()),
      layout_(layout),
      state_layout_(state_layout),
      live_(live),
      width_(2 * layout.lanes),
      dgates_(operands.dgates),
      dstates_(operands.dstates),
      initial_h_(operands.initial_h) {
  const RecurrentCell& cell = *layout_.cell;
  if (a_.dx.data)
    kernel_ =
        buffers().kernel.get<T>(layout_.product_columns(cell.input) * input_panels() * width_);
  if (wants_weights())
    sequence_ = buffers().sequence.get<T>(
        (s_.input + state_packs() * s_.state + (cell.has_scratch ? s_.units : 0)) * kGemmBlockK);
}

template <class T>
void RecurrentProducts<T>::run(Member& member) const {
  if (a_.dx.data) input_gradient(member);
  if (wants_weights()) weight_gradients(member);
}

// dx = dgates W^T, rows shared between members.
template <class T>
void RecurrentProducts<T>::input_gradient(Member& member) const {
  const CellProduct& input = layout_.cell->input;
  const auto [first, last] = member.share(input_panels());
  pack_transposed(layout_, input, s_.input, a_.kernel, first, last, kernel_);
  member.barrier();
  if (live_.list) return live_input_gradient(member);
  const auto [t0, t1] = member.share(s_.time);
  for (int64_t t = t0; t < t1; t += chunk_steps(s_)) {
    const int64_t end = std::min(t1, t + chunk_steps(s_));
    for (int64_t kb = 0; kb < block_count_k(layout_.product_columns(input)); ++kb)
      for (int64_t j = 0; j < s_.input; j += kChunkColumns) input_gradient_part(t, end, kb, j);
  }
}

// One K block for a chunk of columns; rows still to be said.
template <class T>
GemmBlock<T> RecurrentProducts<T>::input_block(int64_t kb, int64_t j) const {
  const CellProduct& input = layout_.cell->input;
  const int64_t k = layout_.product_columns(input), size = block_size_k(k, kb);
  GemmBlock<T> g{};
  g.n = std::min(kChunkColumns, s_.input - j);
  g.k = size;
  g.a = dgates_ + layout_.begin[input[0].section] + kb * kGemmBlockK;
  g.b = kernel_ + panel_offset(k, input_panels(), width_, kb, j / width_);
  g.b_panel = width_ * size;
  g.b_stride = width_;
  g.accumulate = kb > 0;
  return g;
}

template <class T>
void RecurrentProducts<T>::input_gradient_part(int64_t t0, int64_t t1, int64_t kb,
                                               int64_t j) const {
  const int64_t gate_step = s_.batch * layout_.gate_stride;
  for_runs(s_, t0, t1, [&](int64_t t, int64_t b, int64_t rows, bool along_time) {
    const int64_t xt = input_step(a_.spec, s_, t);
    GemmBlock<T> g = input_block(kb, j);
    g.m = rows;
    g.a += t * gate_step + b * layout_.gate_stride;
    g.a_stride = along_time ? gate_step : layout_.gate_stride;
    g.c = a_.dx.data + b * a_.dx.batch + xt * a_.dx.time + j;
    g.c_stride = !along_time ? a_.dx.batch : a_.spec.go_backwards ? -a_.dx.time : a_.dx.time;
    gemm_.block(g);
  });
}

// Where not all rows count: those that do, side by side, then to their places; zeros elsewhere.
template <class T>
void RecurrentProducts<T>::live_input_gradient(Member& member) const {
  const auto [t0, t1] = member.share(s_.time);
  const auto dx_row = [&](int64_t t, int64_t b) {
    return a_.dx.data + b * a_.dx.batch + input_step(a_.spec, s_, t) * a_.dx.time;
  };
  for (int64_t t = t0; t < t1; ++t)
    live_.for_others(t, [&](int64_t b) { std::fill_n(dx_row(t, b), s_.input, T(0)); });
  const int64_t end = live_.begin(t1);
  T* rows = buffers().dx_rows.template get<T>(kChunkRows * s_.input);
  for (int64_t i = live_.begin(t0), t = t0; i < end; i += kChunkRows) {
    const int64_t count = std::min(kChunkRows, end - i);
    for (int64_t kb = 0; kb < block_count_k(layout_.product_columns(layout_.cell->input)); ++kb)
      for (int64_t j = 0; j < s_.input; j += kChunkColumns) {
        GemmBlock<T> g = input_block(kb, j);
        g.m = count;
        g.a += i * layout_.gate_stride;
        g.a_stride = layout_.gate_stride;
        g.c = rows + j;
        g.c_stride = s_.input;
        gemm_.block(g);
      }
    for (int64_t row = 0; row < count; ++row) {
      while (i + row >= live_.begin(t + 1)) ++t;
      std::copy_n(rows + row * s_.input, s_.input, dx_row(t, live_.list[i + row]));
    }
  }
}

template <class T>
auto RecurrentProducts<T>::target_of(int section) const -> Target {
  const RecurrentCell& cell = *layout_.cell;
  Target target;
  for (const CellColumns& part : cell.input)
    if (part.section == section && a_.dkernel) target.kernel = part.first;
  for (const CellPhase& phase : cell.phases)
    for (const CellColumns& part : phase.product)
      if (part.section == section && a_.drecurrent_kernel) {
        target.recurrent_kernel = part.first;
        target.source = phase.source;
      }
  return target;
}

template <class T>
const T* RecurrentProducts<T>::state_row(int64_t t, int64_t b) const {
  const int64_t stride = state_layout_.state_stride;
  return (t == 0 ? initial_h_ : a_.states + (t - 1) * s_.batch * stride) + b * stride;
}

// dW = x^T dgates and dU = h^T dgates: one sum over all rows, columns shared between members.
template <class T>
void RecurrentProducts<T>::weight_gradients(Member& member) const {
  const int64_t rows = live_.total();
  if (rows == 0) return clear_weight_gradients(member);
  const auto [first, last] = member.share(layout_.cell->gates * s_.units, width_);
  T* pack = last > first ? buffers().columns.template get<T>(kChunkColumns * kGemmBlockK) : nullptr;
  for (int64_t row = 0; row < rows; row += kGemmBlockK) {
    const int64_t k = std::min(kGemmBlockK, rows - row);
    T* const state = sequence_ + s_.input * k;
    const Rows block{row, k, sequence_, state, state + state_packs() * s_.state * k};
    pack_rows(member, block);
    member.barrier();
    int64_t begin = 0;
    for (int section = 0; section < layout_.cell->sections.count; ++section) {
      const int64_t columns = layout_.gates(section) * s_.units;
      section_gradients(block, section, std::max<int64_t>(0, first - begin),
                        std::min(columns, last - begin), pack);
      begin += columns;
    }
    if (a_.dprojection) projection_gradient(member, block);
    member.barrier();
  }
}

template <class T>
void RecurrentProducts<T>::clear_weight_gradients(const Member& member) const {
  if (member.rank() != 0) return;
  const int64_t columns = layout_.cell->kernel_gates * s_.units;
  if (a_.dkernel) std::fill_n(a_.dkernel, s_.input * columns, T(0));
  if (a_.drecurrent_kernel) std::fill_n(a_.drecurrent_kernel, s_.state * columns, T(0));
  if (a_.dprojection) std::fill_n(a_.dprojection, s_.units * s_.state, T(0));
}

template <class T>
void RecurrentProducts<T>::pack_rows(Member& member, const Rows& rows) const {
  const auto x = [&](int64_t t, int64_t b, int64_t) {
    return a_.x.data + b * a_.x.batch + input_step(a_.spec, s_, t) * a_.x.time;
  };
  const auto state = [&](int64_t t, int64_t b, int64_t) { return state_row(t, b); };
  const auto scratch = [&](int64_t, int64_t, int64_t i) {
    return a_.scratch + i * layout_.state_stride;
  };
  if (a_.dkernel) pack_sequence(member, s_.input, rows, x, nullptr, rows.x);
  if (a_.dprojection) pack_sequence(member, s_.units, rows, scratch, nullptr, rows.scratch);
  if (!a_.drecurrent_kernel) return;
  for (int gate = 0; gate < state_packs(); ++gate)
    pack_sequence(member, s_.state, rows, state, a_.recurrent_mask.of(gate),
                  rows.state + gate * s_.state * rows.count);
  for (const CellPhase& phase : layout_.cell->phases)
    if (phase.source == CellSource::scratch)
      pack_sequence(member, s_.units, rows, scratch, a_.recurrent_mask.of(phase.product[0].first),
                    rows.scratch);
}

// Features of rows, times `mask` if any, transposed in groups as pack_a does.
template <class T>
template <class Row>
void RecurrentProducts<T>::pack_sequence(Member& member, int64_t features, const Rows& rows,
                                         const Row& row_of, const T* mask, T* packed) const {
  const RowGroups groups(features, gemm_.rows);
  const auto [first, last] = member.share(groups.count);
  for (int64_t p = 0, t = live_.step_of(rows.begin); p < rows.count && first < last; ++p) {
    while (rows.begin + p >= live_.begin(t + 1)) ++t;
    const int64_t b = live_.row(rows.begin + p);
    const T* from = row_of(t, b, rows.begin + p);
    const T* factors = mask ? mask + b * features : nullptr;
    for (int64_t i = first; i < last; ++i) {
      const int64_t begin = groups.begin(i), size = groups.begin(i + 1) - begin;
      T* const to = packed + begin * rows.count + p * size;
      std::copy_n(from + begin, size, to);
      for (int64_t j = 0; factors && j < size; ++j) to[j] *= factors[begin + j];
    }
  }
}

// Columns [first, last) of a section, gate after gate.
template <class T>
void RecurrentProducts<T>::section_gradients(const Rows& rows, int section, int64_t first,
                                             int64_t last, T* pack) const {
  const Target target = target_of(section);
  if (target.kernel < 0 && target.recurrent_kernel < 0) return;
  const T* dgates = dgates_ + rows.begin * layout_.gate_stride;
  const int64_t pack_of_state = state_packs() > 1 ? target.recurrent_kernel : 0;
  const int64_t stride = layout_.cell->kernel_gates * s_.units;
  const T* source = target.source == CellSource::scratch
                        ? rows.scratch
                        : rows.state + pack_of_state * s_.state * rows.count;
  for (int64_t j = first; j < last; j += kChunkColumns) {
    const int64_t n = std::min(kChunkColumns, last - j);
    pack_section_columns(layout_, section, rows.count, dgates, j, n, pack);
    if (target.kernel >= 0)
      weight_block(a_.dkernel + target.kernel * s_.units + j, stride, s_.input, rows.x, n, rows,
                   pack);
    if (target.recurrent_kernel >= 0)
      weight_block(a_.drecurrent_kernel + target.recurrent_kernel * s_.units + j, stride, s_.state,
                   source, n, rows, pack);
  }
}

// dV = scratch^T dh.
template <class T>
void RecurrentProducts<T>::projection_gradient(const Member& member, const Rows& rows) const {
  const auto [first, last] = member.share(s_.state, width_);
  if (first == last) return;
  T* const pack = buffers().columns.template get<T>(kChunkColumns * kGemmBlockK);
  for (int64_t j = first; j < last; j += kChunkColumns) {
    const int64_t n = std::min(kChunkColumns, last - j);
    pack_section_columns(state_layout_, 0, rows.count,
                         dstates_ + rows.begin * state_layout_.gate_stride, j, n, pack);
    weight_block(a_.dprojection + j, s_.state, s_.units, rows.scratch, n, rows, pack);
  }
}

template <class T>
void RecurrentProducts<T>::weight_block(T* to, int64_t stride, int64_t m, const T* packed,
                                        int64_t n, const Rows& rows, const T* columns) const {
  gemm_.block({m, n, rows.count, packed, 0, columns, width_ * rows.count, width_, to, stride,
               rows.begin > 0, true});
}

template class RecurrentProducts<float>;
template class RecurrentProducts<double>;

}  // namespace carousel::cpu
