// The LSTM's step without its products, by the recurrent driver's own pointwise functions.
//
// Elements are taken in the order of c, a block of them gate by gate in scratch: vectors are full,
// however few the units. Each element is computed by itself, so threads change no bit.
#include <carousel/backends/cpu/gates.h>

#include <algorithm>
#include <optional>
#include <type_traits>

#include <carousel/backends/cpu/denormals.h>
#include <carousel/backends/cpu/simd/recurrent.h>
#include <carousel/backends/cpu/team.h>

namespace carousel::cpu {
namespace {

using std::int64_t;

constexpr int64_t kBlock = 256;          // elements; a multiple of all lanes
constexpr int64_t kGrain = 16 * kBlock;  // what a thread takes
constexpr int kGates = 4;

template <class T>
const RecurrentKernels<T>& kernels() {
  if constexpr (std::is_same_v<T, float>)
    return CAROUSEL_SIMD_SELECT(recurrent_f32);
  else
    return CAROUSEL_SIMD_SELECT(recurrent_f64);
}

// Calls body(gate, place in rows of all gates, place in the block, elements) for what lies densely
// in both.
template <class Body>
void for_pieces(int64_t units, int64_t first, int64_t count, const Body& body) {
  int64_t row = first / units, unit = first % units;
  for (int64_t done = 0; done < count; ++row, unit = 0) {
    const int64_t piece = std::min(units - unit, count - done);
    for (int64_t gate = 0; gate < kGates; ++gate)
      body(gate, (row * kGates + gate) * units + unit, done, piece);
    done += piece;
  }
}

// A block's elements, which the pointwise functions see as rows of one vector.
template <class T>
class Block {
 public:
  Block(const RecurrentSpec& spec, int64_t units) : spec_(spec), units_(units) {}

  // The block of these elements.
  void begin(int64_t first, int64_t count) { first_ = first, count_ = count; }

  void forward(const T* sums, const T* c_before) {
    take_gates(sums);
    take(c_before, c_before_);
    CellBlock<T> b{};
    place(b);
    b.h = h_, b.c = c_;
    kernels<T>().forward[static_cast<int>(Pointwise::lstm)](b);
  }

  void backward(const GatesGradient<T>& args) {
    take_gates(args.gates);
    take(args.c_before, c_before_);
    take(args.c, c_);
    take(args.dh, h_);
    take(args.dc, dc_);
    T sums[kGates][kMostLanes] = {};  // of the bias, which there is none of
    CellGradientBlock<T> b{};
    place(b);
    for (int gate = 0; gate < kGates; ++gate)
      b.dgates[gate] = gates_[gate], b.dbias[gate] = sums[gate];
    b.c = c_, b.d = h_, b.dc = dc_;
    b.d_stride = b.state_stride;
    kernels<T>().backward[static_cast<int>(Pointwise::lstm)](b);
  }

  // Null: not wanted.
  void give_gates(T* to) const {
    if (to == nullptr) return;
    for_pieces(units_, first_, count_, [&](int64_t gate, int64_t at, int64_t from, int64_t n) {
      std::copy_n(gates_[gate] + from, n, to + at);
    });
  }
  void give_h(T* to) const { give(h_, to); }
  void give_c(T* to) const { give(c_, to); }
  void give_dc(T* to) const { give(dc_, to); }

 private:
  static constexpr int64_t kMostLanes = 16;

  template <class B>
  void place(B& b) {
    const int64_t lanes = kernels<T>().lanes;
    b.spec = &spec_;
    b.rows = (count_ + lanes - 1) / lanes, b.units = lanes;
    for (int gate = 0; gate < kGates; ++gate) b.gates[gate] = gates_[gate];
    b.c_before = c_before_;
    b.gate_stride = b.state_stride = lanes;
  }

  void take_gates(const T* from) {
    for_pieces(units_, first_, count_, [&](int64_t gate, int64_t at, int64_t to, int64_t n) {
      std::copy_n(from + at, n, gates_[gate] + to);
    });
  }
  // Null: 0.
  void take(const T* from, T* to) const {
    if (from == nullptr)
      std::fill_n(to, count_, T(0));
    else
      std::copy_n(from + first_, count_, to);
  }
  void give(const T* from, T* to) const {
    if (to != nullptr) std::copy_n(from, count_, to + first_);
  }

  const RecurrentSpec& spec_;
  int64_t units_, first_ = 0, count_ = 0;
  // Zeros where nothing was put: vectors may go beyond the last element. h_ is dh in backward.
  alignas(64) T gates_[kGates][kBlock] = {}, c_before_[kBlock] = {}, c_[kBlock] = {},
                h_[kBlock] = {}, dc_[kBlock] = {};
};

// Calls body(block) for all blocks, denormals flushed as the driver does.
template <class T, class Args, class Body>
void for_blocks(const Args& args, const Body& body) {
  parallel_for(args.rows * args.units, kGrain, [&](int64_t begin, int64_t end) {
    std::optional<FlushDenormals> flush;
    if constexpr (std::is_same_v<T, float>) flush.emplace();
    Block<T> block(args.spec, args.units);
    for (int64_t first = begin; first < end; first += kBlock) {
      block.begin(first, std::min(kBlock, end - first));
      body(block);
    }
  });
}

}  // namespace

template <class T>
void gates_forward(const Gates<T>& args) {
  for_blocks<T>(args, [&](Block<T>& block) {
    block.forward(args.sums, args.c_before);
    block.give_h(args.h);
    block.give_c(args.c);
    block.give_gates(args.gates);
  });
}

template <class T>
void gates_backward(const GatesGradient<T>& args) {
  for_blocks<T>(args, [&](Block<T>& block) {
    block.backward(args);
    block.give_gates(args.dsums);
    block.give_dc(args.dc_before);
  });
}

template void gates_forward(const Gates<float>&);
template void gates_forward(const Gates<double>&);
template void gates_backward(const GatesGradient<float>&);
template void gates_backward(const GatesGradient<double>&);

}  // namespace carousel::cpu
