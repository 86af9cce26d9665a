// The fixture behind recurrent_test.cpp and recurrent_gradient_test.cpp.
#include "tests/backends/recurrent_problem.h"

#include <algorithm>

namespace carousel::cpu {
namespace {

double apply(Activation activation, double x) {
  switch (activation) {
    case Activation::linear:
      return x;
    case Activation::tanh:
      return std::tanh(x);
    case Activation::sigmoid:
      return 1 / (1 + std::exp(-x));
    case Activation::relu:
      return std::max(x, 0.0);
    case Activation::hard_sigmoid:
      return std::clamp(x / 6 + 0.5, 0.0, 1.0);
    case Activation::softsign:
      return x / (1 + std::abs(x));
    case Activation::softplus:
      return std::log1p(std::exp(x));
    case Activation::elu:
      return x > 0 ? x : std::expm1(x);
    case Activation::selu:
      return 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * std::expm1(x));
    case Activation::exponential:
      return std::exp(x);
  }
  return x;
}

// bias + x W (or h U) of one row, `bias` null for none.
std::vector<double> product(const double* bias, const double* x, std::int64_t size,
                            const std::vector<double>& weights, std::int64_t columns) {
  std::vector<double> z(columns);
  for (std::int64_t j = 0; j < columns; ++j) {
    z[j] = bias ? bias[j] : 0;
    for (std::int64_t k = 0; k < size; ++k) z[j] += x[k] * weights[k * columns + j];
  }
  return z;
}

void naive_lstm(const Problem& p, const Inputs& in, const double* x, double* h, double* c) {
  const auto H = p.units;
  const auto of_x = product(p.bias ? in.bias.data() : nullptr, x, p.input, in.kernel, 4 * H);
  const auto of_h = product(nullptr, h, state_size(p), in.recurrent_kernel, 4 * H);
  std::vector<double> m(H);
  const auto gate = [&](std::int64_t j) {
    return apply(p.spec.recurrent_activation, of_x[j] + of_h[j]);
  };
  for (std::int64_t u = 0; u < H; ++u) {
    const double g = apply(p.spec.activation, of_x[2 * H + u] + of_h[2 * H + u]);
    c[u] = gate(H + u) * c[u] + gate(u) * g;
    m[u] = gate(3 * H + u) * apply(p.spec.activation, c[u]);
  }
  if (p.projected > 0) m = product(nullptr, m.data(), H, in.projection, p.projected);
  std::copy(m.begin(), m.end(), h);
}

void naive_simple_rnn(const Problem& p, const Inputs& in, const double* x, double* h) {
  const auto of_x = product(p.bias ? in.bias.data() : nullptr, x, p.input, in.kernel, p.units);
  const auto of_h = product(nullptr, h, p.units, in.recurrent_kernel, p.units);
  for (std::int64_t u = 0; u < p.units; ++u) h[u] = apply(p.spec.activation, of_x[u] + of_h[u]);
}

void naive_gru(const Problem& p, const Inputs& in, const double* x, double* h) {
  const auto H = p.units;
  const double* bias = p.bias ? in.bias.data() : nullptr;
  const double* recurrent_bias = p.bias && p.spec.reset_after ? bias + 3 * H : nullptr;
  const auto of_x = product(bias, x, p.input, in.kernel, 3 * H);
  const auto of_h = product(recurrent_bias, h, H, in.recurrent_kernel, 3 * H);
  const auto gate = [&](std::int64_t j) {
    return apply(p.spec.recurrent_activation, of_x[j] + of_h[j]);
  };
  std::vector<double> reset(H);
  for (std::int64_t u = 0; u < H; ++u) reset[u] = gate(H + u) * h[u];
  const auto of_reset = product(nullptr, reset.data(), H, in.recurrent_kernel, 3 * H);
  for (std::int64_t u = 0; u < H; ++u) {
    const std::int64_t j = 2 * H + u;
    const double inner = p.spec.reset_after ? gate(H + u) * of_h[j] : of_reset[j];
    const double z = gate(u);
    h[u] = z * h[u] + (1 - z) * apply(p.spec.activation, of_x[j] + inner);
  }
}

// One row's step; h and c are that row's.
void naive_step(const Problem& p, const Inputs& in, const double* x, double* h, double* c) {
  switch (p.spec.cell) {
    case CellKind::lstm:
      return naive_lstm(p, in, x, h, c);
    case CellKind::simple_rnn:
      return naive_simple_rnn(p, in, x, h);
    case CellKind::gru:
      return naive_gru(p, in, x, h);
  }
}

template <class T>
std::vector<T> as(const std::vector<double>& v) {
  return {v.begin(), v.end()};
}
template <class T>
std::vector<double> as_double(const std::vector<T>& v) {
  return {v.begin(), v.end()};
}

}  // namespace

std::string describe(const Problem& p) {
  const char* masks[] = {"no mask", "right", "left", "holes", "all"};
  return std::string(cell_of(p).name) + (p.spec.reset_after ? "" : " reset before") +
         (p.projected > 0 ? " to " + std::to_string(p.projected) : "") + " B " +
         std::to_string(p.batch) + " T " + std::to_string(p.time) + " I " +
         std::to_string(p.input) + " H " + std::to_string(p.units) + " " +
         masks[static_cast<int>(p.mask)] + (p.initial ? " initial" : "") +
         (p.bias ? "" : " no bias") + (p.spec.go_backwards ? " backwards" : "") +
         (p.spec.zero_output_for_mask ? " zero output" : "") + (p.spec.exact ? " exact " : " ") +
         to_string(p.spec.activation) + "/" + to_string(p.spec.recurrent_activation);
}

std::vector<double> numbers(std::int64_t count, int seed) {
  std::vector<double> v(count);
  for (std::int64_t i = 0; i < count; ++i) {
    auto x = static_cast<std::uint64_t>(i) * 64 + static_cast<std::uint64_t>(seed);
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    v[i] = static_cast<double>((x ^ (x >> 31)) >> 40) / (1 << 23) - 1.0;
  }
  return v;
}

bool counts(const Problem& p, std::int64_t b, std::int64_t t) {
  switch (p.mask) {
    case MaskKind::none:
      return true;
    case MaskKind::right:
      return t < std::max<std::int64_t>(1, p.time - b);
    case MaskKind::left:
      return t >= std::min(b, p.time - 1);
    case MaskKind::holes:
      return (b * 5 + t * 3) % 4 != 1;
    case MaskKind::all:
      return b % 2 == 1;
  }
  return true;
}

Inputs::Inputs(const Problem& p)
    : x(numbers(p.batch * p.time * p.input, 1)),
      kernel(numbers(p.input * columns(p), 2)),
      recurrent_kernel(numbers(state_size(p) * columns(p), 3)),
      bias(numbers(cell_of(p).bias_rows * columns(p), 4)),
      h0(numbers(p.batch * state_size(p), 5)),
      c0(numbers(cell_of(p).has_cell_state ? p.batch * p.units : 0, 6)),
      projection(numbers(p.units * p.projected, 7)) {
  for (double& w : kernel) w /= std::sqrt(static_cast<double>(p.input));
  for (double& w : recurrent_kernel) w /= std::sqrt(static_cast<double>(state_size(p)));
  for (double& w : projection) w /= std::sqrt(static_cast<double>(p.units));
}

Outputs naive_outputs(const Problem& p, const Inputs& in) {
  const std::int64_t size = state_size(p);
  const std::vector<double> zero_h(p.batch * size), zero_c(in.c0.size());
  Outputs out{{}, p.initial ? in.h0 : zero_h, p.initial ? in.c0 : zero_c};
  out.y.assign(p.batch * p.time * size, 0);
  for (std::int64_t b = 0; b < p.batch; ++b) {
    double *h = &out.h[b * size], *c = out.c.data() + b * p.units;
    for (std::int64_t t = 0; t < p.time; ++t) {
      const std::int64_t xt = p.spec.go_backwards ? p.time - 1 - t : t;
      double* y = &out.y[(b * p.time + t) * size];
      if (counts(p, b, xt)) {
        naive_step(p, in, &in.x[(b * p.time + xt) * p.input], h, c);
        std::copy_n(h, size, y);
      } else if (!p.spec.zero_output_for_mask && t > 0) {
        std::copy_n(y - size, size, y);  // the output before, whatever the state
      }
    }
  }
  return out;
}

Cotangents cotangents(const Problem& p) {
  return {numbers(p.batch * p.time * state_size(p), 11), numbers(p.batch * state_size(p), 12),
          numbers(cell_of(p).has_cell_state ? p.batch * p.units : 0, 13)};
}

template <class T>
Run<T>::Run(const Problem& p, const Inputs& in)
    : p_(p),
      x_(as<T>(in.x)),
      kernel_(as<T>(in.kernel)),
      recurrent_kernel_(as<T>(in.recurrent_kernel)),
      bias_(as<T>(in.bias)),
      h0_(as<T>(in.h0)),
      c0_(as<T>(in.c0)),
      projection_(as<T>(in.projection)),
      mask_(new bool[p.batch * p.time]) {
  for (std::int64_t i = 0; i < p.batch * p.time; ++i) mask_[i] = counts(p, i / p.time, i % p.time);
}

template <class T>
RecurrentForward<T> Run<T>::forward_args(bool saved) {
  const auto& p = p_;
  const std::int64_t steps = p.time * p.batch, state = recurrent_state_stride(p.units);
  const std::int64_t size = state_size(p);
  h_.assign(p.batch * size, T(9));
  c_.assign(c0_.size(), T(9));
  RecurrentForward<T> a{};
  a.spec = p.spec;
  a.sizes = {p.batch, p.time, p.input, p.units, state_size(p)};
  a.x = {x_.data(), p.time * p.input, p.input};
  a.kernel = kernel_.data();
  a.recurrent_kernel = recurrent_kernel_.data();
  a.bias = p.bias ? bias_.data() : nullptr;
  if (p.mask != MaskKind::none) a.mask = {mask_.get(), p.time, 1};
  a.initial_h = p.initial ? h0_.data() : nullptr;
  a.initial_c = p.initial && !c0_.empty() ? c0_.data() : nullptr;
  a.projection = p.projected > 0 ? projection_.data() : nullptr;
  a.h_n = h_.data();
  a.c_n = c_.empty() ? nullptr : c_.data();
  if (saved) {
    const RecurrentCell& cell = cell_of(p);
    gates_.assign(steps * recurrent_gate_stride(cell, p.units), T(9));
    cells_.assign(cell.has_cell_state ? steps * state : 0, T(9));
    states_.assign(steps * recurrent_state_stride(size), T(9));
    scratch_.assign(cell.has_scratch ? steps * state : 0, std::numeric_limits<T>::quiet_NaN());
    a.gates = gates_.data();
    a.cells = cells_.data();
    a.states = states_.data();
    a.scratch = scratch_.data();
  }
  if (!saved || !recurrent_output_is_state(p.spec, a.mask.data != nullptr, p.initial)) {
    y_.assign(steps * size, T(9));
    a.y = {y_.data(), p.time * size, size};
  } else {
    y_.clear();
  }
  return a;
}

template <class T>
Outputs Run<T>::forward(bool saved) {
  const auto& p = p_;
  recurrent_forward(forward_args(saved));
  Outputs out{as_double(y_), as_double(h_), as_double(c_)};
  if (y_.empty())
    for (std::int64_t b = 0; b < p.batch; ++b)
      for (std::int64_t t = 0; t < p.time; ++t) {
        const T* row = &states_[(t * p.batch + b) * recurrent_state_stride(state_size(p))];
        out.y.insert(out.y.end(), row, row + state_size(p));
      }
  return out;
}

template <class T>
Gradients Run<T>::backward(const Cotangents& d, bool consume) {
  const auto& p = p_;
  const auto dy = as<T>(d.y), dh = as<T>(d.h), dc = as<T>(d.c);
  std::vector<T> dx(x_.size(), T(9)), dk(kernel_.size(), T(9)), dr(recurrent_kernel_.size(), T(9)),
      db(bias_.size(), T(9)), dh0(h0_.size(), T(9)), dc0(c0_.size(), T(9)),
      dp(projection_.size(), T(9));
  RecurrentBackward<T> a{};
  a.spec = p.spec;
  a.sizes = {p.batch, p.time, p.input, p.units, state_size(p)};
  a.x = {x_.data(), p.time * p.input, p.input};
  a.kernel = kernel_.data();
  a.recurrent_kernel = recurrent_kernel_.data();
  if (p.mask != MaskKind::none) a.mask = {mask_.get(), p.time, 1};
  a.initial_h = p.initial ? h0_.data() : nullptr;
  a.initial_c = p.initial && !c0_.empty() ? c0_.data() : nullptr;
  a.projection = p.projected > 0 ? projection_.data() : nullptr;
  a.gates = gates_.data();
  a.cells = cells_.data();
  a.states = states_.data();
  a.scratch = scratch_.data();
  a.dgates = consume ? gates_.data() : nullptr;
  if (!dy.empty()) a.dy = {dy.data(), p.time * state_size(p), state_size(p)};
  a.dh_n = dh.empty() ? nullptr : dh.data();
  a.dc_n = dc.empty() ? nullptr : dc.data();
  a.dx = {dx.data(), p.time * p.input, p.input};
  a.dkernel = dk.data();
  a.drecurrent_kernel = dr.data();
  a.dbias = db.data();
  a.dinitial_h = dh0.data();
  a.dinitial_c = dc0.empty() ? nullptr : dc0.data();
  a.dprojection = dp.empty() ? nullptr : dp.data();
  recurrent_backward(a);
  return {as_double(dx),  as_double(dk),  as_double(dr), as_double(db),
          as_double(dh0), as_double(dc0), as_double(dp)};
}

template class Run<float>;
template class Run<double>;

}  // namespace carousel::cpu
