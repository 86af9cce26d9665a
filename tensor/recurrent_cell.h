// Recurrent cells as data: what the drivers of all backends walk.
//
// A step of a cell is a short list of phases, each a product with recurrent weights followed by a
// pointwise function, and at its end perhaps a projection; between two phases there is a barrier.
// Backward walks the same list from its end: pointwise derivative, then the transposed product. A
// new cell is an entry here, its two pointwise functions in each backend, and its composed twin.
#pragma once

#include <cstdint>

#include <carousel/tensor/recurrent.h>

namespace carousel {

// Up to N values of a constant table.
template <class X, int N>
struct Few {
  X items[N] = {};
  int count = 0;
  constexpr const X* begin() const { return items; }
  constexpr const X* end() const { return items + count; }
  constexpr const X& operator[](int i) const { return items[i]; }
};

inline constexpr int kMaxCellGates = 4;

// The columns of a section's gates in a matrix of weights: gates [first, first + gates of the
// section) of it, each `units` wide.
struct CellColumns {
  int section, first;
};
// In the order of sections, which are neighbours.
using CellProduct = Few<CellColumns, 3>;

// The left side of a product: h before the step, or what the phase before has written.
enum class CellSource : std::uint8_t { state, scratch };

// The functions between products, as backends know them.
enum class Pointwise : std::uint8_t {
  lstm,
  lstm_projected,
  simple_rnn,
  gru_reset_after,
  gru_reset,
  gru_update
};
inline constexpr int kPointwiseCount = 6;

// gates += source U, in these columns of U; then the pointwise function, which writes scratch or,
// in the last phase of a cell that doesn't project, the new state.
struct CellPhase {
  CellSource source;
  CellProduct product;
  Pointwise pointwise;
};

// A row of gates is a sequence of sections; a section's gates are interleaved, block of units by
// block of units. So what one product reads or writes is dense.
struct RecurrentCell {
  const char* name;
  Few<int, 4> sections;  // gates of each
  CellProduct input;     // gates = bias + x W, in these columns of W; others begin at their bias
  Few<CellPhase, 2> phases;
  int gates;            // of a unit in the gate buffer
  int kernel_gates;     // the kernel is (inputs, kernel_gates * units), the recurrent kernel alike
  int bias_rows;        // 1: one bias with the columns of W; 2: and one with the columns of U
  bool has_cell_state;  // c beside h
  bool passes_state;    // the pointwise functions use h before the step
  bool has_scratch;     // a row of units that one phase writes and the next one multiplies
  bool projects;        // the new h is scratch times the projection, and has a size of its own
};

struct CellForm {
  // Each gate has a recurrent mask of its own: each section is one gate, as a product has one left
  // side a section.
  bool gate_masks = false;
  bool projected = false;  // the LSTM only
};
// The form of the cell that `spec` describes.
const RecurrentCell& recurrent_cell(const RecurrentSpec& spec, CellForm form = {});

// The projection as the only product of a cell of one gate, (units, size of h): how its weights and
// rows of h are laid out.
const RecurrentCell& recurrent_projection();

// Rows of saved gates, in elements: the gates of all units, padded.
constexpr std::int64_t recurrent_gate_stride(const RecurrentCell& cell, std::int64_t units) {
  return cell.gates * recurrent_padded_units(units) + 16;
}

}  // namespace carousel
