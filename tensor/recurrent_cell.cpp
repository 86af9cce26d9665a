#include <carousel/tensor/recurrent_cell.h>

namespace carousel {
namespace {

constexpr RecurrentCell kLstm{
    .name = "lstm",
    .sections = {{4}, 1},  // i f g o
    .input = {{{0, 0}}, 1},
    .phases = {{{CellSource::state, {{{0, 0}}, 1}, Pointwise::lstm}}, 1},
    .gates = 4,
    .kernel_gates = 4,
    .bias_rows = 1,
    .has_cell_state = true,
    .passes_state = false,
    .has_scratch = false,
    .projects = false,
};

// Scratch = o activation(c).
constexpr RecurrentCell kLstmProjected = [] {
  RecurrentCell cell = kLstm;
  cell.phases.items[0].pointwise = Pointwise::lstm_projected;
  cell.has_scratch = cell.projects = true;
  return cell;
}();

constexpr RecurrentCell kSimpleRnn{
    .name = "simple_rnn",
    .sections = {{1}, 1},
    .input = {{{0, 0}}, 1},
    .phases = {{{CellSource::state, {{{0, 0}}, 1}, Pointwise::simple_rnn}}, 1},
    .gates = 1,
    .kernel_gates = 1,
    .bias_rows = 1,
    .has_cell_state = false,
    .passes_state = false,
    .has_scratch = false,
    .projects = false,
};

// What the projection's product is to the driver: one gate, and nothing after it.
constexpr RecurrentCell kProjection = [] {
  RecurrentCell cell = kSimpleRnn;
  cell.name = "projection";
  cell.phases = {};
  return cell;
}();

// n = activation(n_x + r n_h): x W fills n_x and (z r), h U fills (z r) and n_h.
constexpr RecurrentCell kGruResetAfter{
    .name = "gru",
    .sections = {{1, 2, 1}, 3},  // n_x, z r, n_h
    .input = {{{0, 2}, {1, 0}}, 2},
    .phases = {{{CellSource::state, {{{1, 0}, {2, 2}}, 2}, Pointwise::gru_reset_after}}, 1},
    .gates = 4,
    .kernel_gates = 3,
    .bias_rows = 2,
    .has_cell_state = false,
    .passes_state = true,
    .has_scratch = false,
    .projects = false,
};

// The product of n needs r of all units: a phase of its own, on r h.
constexpr RecurrentCell kGruResetBefore{
    .name = "gru",
    .sections = {{2, 1}, 2},  // z r, n
    .input = {{{0, 0}, {1, 2}}, 2},
    .phases = {{{CellSource::state, {{{0, 0}}, 1}, Pointwise::gru_reset},
                {CellSource::scratch, {{{1, 2}}, 1}, Pointwise::gru_update}},
               2},
    .gates = 3,
    .kernel_gates = 3,
    .bias_rows = 1,
    .has_cell_state = false,
    .passes_state = true,
    .has_scratch = true,
    .projects = false,
};

// The same with a section a gate.
constexpr RecurrentCell kGruResetAfterByGate = [] {
  RecurrentCell cell = kGruResetAfter;
  cell.sections = {{1, 1, 1, 1}, 4};  // n_x, z, r, n_h
  cell.input = {{{0, 2}, {1, 0}, {2, 1}}, 3};
  cell.phases.items[0].product = {{{1, 0}, {2, 1}, {3, 2}}, 3};
  return cell;
}();

constexpr RecurrentCell kGruResetBeforeByGate = [] {
  RecurrentCell cell = kGruResetBefore;
  cell.sections = {{1, 1, 1}, 3};  // z, r, n
  cell.input = {{{0, 0}, {1, 1}, {2, 2}}, 3};
  cell.phases.items[0].product = {{{0, 0}, {1, 1}}, 2};
  cell.phases.items[1].product = {{{2, 2}}, 1};
  return cell;
}();

}  // namespace

const char* to_string(CellKind cell) { return recurrent_cell({.cell = cell}).name; }

const RecurrentCell& recurrent_cell(const RecurrentSpec& spec, CellForm form) {
  switch (spec.cell) {
    case CellKind::lstm:
      return form.projected ? kLstmProjected : kLstm;
    case CellKind::gru:
      if (form.gate_masks) return spec.reset_after ? kGruResetAfterByGate : kGruResetBeforeByGate;
      return spec.reset_after ? kGruResetAfter : kGruResetBefore;
    case CellKind::simple_rnn:
      return kSimpleRnn;
  }
  return kLstm;
}

const RecurrentCell& recurrent_projection() { return kProjection; }

}  // namespace carousel
