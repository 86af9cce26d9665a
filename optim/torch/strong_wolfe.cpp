// The line search of L-BFGS: a step whose loss has fallen enough and whose slope has flattened
// enough (the strong Wolfe conditions), found by cubic interpolation.
#include <carousel/autograd/ops.h>
#include <carousel/optim/torch/lbfgs.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace carousel::optim::torch {
namespace {

constexpr double kFall = 1e-4, kFlatten = 0.9;

// Where the cubic through two places is lowest, within bounds.
template <class Place>
double lowest_of_cubic(const Place& a, const Place& b, double low, double high) {
  const double d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.t - b.t);
  const double square = d1 * d1 - a.slope * b.slope;
  if (!(square >= 0)) return (low + high) / 2;
  const double d2 = std::sqrt(square);
  const double at = a.t <= b.t
                        ? b.t - (b.t - a.t) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2))
                        : a.t - (a.t - b.t) * ((a.slope + d2 - d1) / (a.slope - b.slope + 2 * d2));
  return std::min(std::max(at, low), high);
}

}  // namespace

struct LBFGS::Search {
  LBFGS& owner;
  Closure closure;
  const Place& start;
  const Tensor x;
  int most;
  int& looks;

  Place look(double t) {
    ++looks;
    return owner.look(closure, x, t);
  }
  bool fell(const Place& at) const { return at.loss <= start.loss + kFall * at.t * start.slope; }
  bool flattened(const Place& at) const { return std::abs(at.slope) <= -kFlatten * start.slope; }

  // Two places with a good one between them; `steps` counts the places that were tried.
  std::array<Place, 2> bracket(double t, int& steps, bool& done);
  Place zoom(std::array<Place, 2> ends, int steps);
  // A new place between the ends, not too near to either; `stuck`: the last one was.
  static double between(const Place& a, const Place& b, bool& stuck);
};

std::array<LBFGS::Place, 2> LBFGS::Search::bracket(double t, int& steps, bool& done) {
  Place before = start, at = look(t);
  before.t = 0;
  for (steps = 0; steps < most; ++steps) {
    if (!fell(at) || (steps > 1 && at.loss >= before.loss)) return {before, at};
    done = flattened(at);
    if (done) return {at, at};
    if (at.slope >= 0) return {before, at};
    const double next = lowest_of_cubic(before, at, at.t + 0.01 * (at.t - before.t), at.t * 10);
    before = at;
    at = look(next);
  }
  before = start;
  before.t = 0;
  return {before, at};
}

double LBFGS::Search::between(const Place& a, const Place& b, bool& stuck) {
  const double low = std::min(a.t, b.t), high = std::max(a.t, b.t), margin = 0.1 * (high - low);
  const double t = lowest_of_cubic(a, b, low, high);
  const bool near = std::min(high - t, t - low) < margin;
  if (near && (stuck || t >= high || t <= low)) {
    stuck = false;
    return std::abs(t - high) < std::abs(t - low) ? high - margin : low + margin;
  }
  stuck = near;
  return t;
}

LBFGS::Place LBFGS::Search::zoom(std::array<Place, 2> ends, int steps) {
  const double length = max(abs(owner.direction_)).item();
  std::size_t low = ends[0].loss <= ends[1].loss ? 0 : 1;
  bool stuck = false;
  for (; steps < most; ++steps) {
    if (std::abs(ends[1].t - ends[0].t) * length < owner.options_.tolerance_change) break;
    const Place at = look(between(ends[0], ends[1], stuck));
    if (!fell(at) || at.loss >= ends[low].loss) {
      ends[1 - low] = at;
      low = ends[0].loss <= ends[1].loss ? 0 : 1;
      continue;
    }
    const bool done = flattened(at);
    if (!done && at.slope * (ends[1 - low].t - ends[low].t) >= 0) ends[1 - low] = ends[low];
    ends[low] = at;
    if (done) break;
  }
  return ends[low];
}

LBFGS::Place LBFGS::strong_wolfe(Closure closure, const Place& here, double t, int most,
                                 int& looks) {
  Search search{*this, closure, here, flat_parameters(), most, looks};
  int steps = 0;
  bool done = false;
  const std::array<Place, 2> ends = search.bracket(t, steps, done);
  return done ? ends[1] : search.zoom(ends, steps);
}

}  // namespace carousel::optim::torch
