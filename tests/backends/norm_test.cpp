// Layer, root-mean-square, batch and group normalisation against extended precision, on every level
// and with any number of threads.
#include <tests/backends/kernel_support.h>

using namespace carousel;
using namespace carousel::test;
using Real = long double;
using std::int64_t;

namespace {

constexpr double kEpsilon = 1e-3;

template <class T>
struct Problem {
  Problem(int64_t r, int64_t c) : rows(r), cols(c), x(r * c), dy(r * c), scale(c), offset(c) {
    Numbers numbers(static_cast<std::uint64_t>(r * 1000 + c));
    for (const Buffer<T>* each : {&x, &dy, &scale, &offset})
      for (T& v : *each) v = static_cast<T>(numbers.next(1));
  }
  int64_t rows, cols;
  Buffer<T> x, dy, scale, offset;
};

struct Wanted {
  std::vector<Real> y, dx, dscale, doffset;
};

// What is normalised together: each row, each column, or groups of the columns of each sample.
struct Units {
  std::vector<std::vector<int64_t>> places;
  static Units rows(int64_t rows, int64_t cols) {
    return of(rows * cols, rows, [=](int64_t i) { return i / cols; });
  }
  static Units columns(int64_t rows, int64_t cols) {
    return of(rows * cols, cols, [=](int64_t i) { return i % cols; });
  }
  static Units groups(int64_t rows, int64_t cols, int64_t samples, int64_t groups) {
    const int64_t size = rows / samples * cols, width = cols / groups;
    return of(rows * cols, samples * groups,
              [=](int64_t i) { return i / size * groups + i % cols / width; });
  }
  template <class UnitOf>
  static Units of(int64_t numbers, int64_t units, const UnitOf& unit_of) {
    Units all;
    all.places.resize(static_cast<std::size_t>(units));
    for (int64_t i = 0; i < numbers; ++i)
      all.places[static_cast<std::size_t>(unit_of(i))].push_back(i);
    return all;
  }
};

// The scale belongs to columns in all of them.
template <class T>
Wanted expected(const Problem<T>& p, const Units& units, bool centred) {
  const auto size = [](int64_t n) { return static_cast<std::size_t>(n); };
  Wanted w{std::vector<Real>(size(p.x.size())), std::vector<Real>(size(p.x.size())),
           std::vector<Real>(size(p.cols)), std::vector<Real>(size(p.cols))};
  for (const std::vector<int64_t>& unit : units.places) {
    const auto count = static_cast<Real>(unit.size());
    Real mean = 0, square = 0, along = 0, level = 0;
    for (const int64_t at : unit) mean += centred ? Real(p.x[at]) / count : 0;
    for (const int64_t at : unit) square += (p.x[at] - mean) * (p.x[at] - mean) / count;
    const Real rdev = 1 / std::sqrt(square + Real(kEpsilon));
    const auto normal = [&](int64_t at) { return (p.x[at] - mean) * rdev; };
    for (const int64_t at : unit) {
      const int64_t col = at % p.cols;
      w.y[size(at)] = normal(at) * p.scale[col] + p.offset[col];
      w.dscale[size(col)] += p.dy[at] * normal(at);
      w.doffset[size(col)] += p.dy[at];
      along += Real(p.dy[at]) * p.scale[col] * normal(at) / count;
      level += Real(p.dy[at]) * p.scale[col] / count;
    }
    for (const int64_t at : unit) {
      const Real around = centred ? level : 0;
      w.dx[size(at)] = rdev * (Real(p.dy[at]) * p.scale[at % p.cols] - around - normal(at) * along);
    }
  }
  return w;
}

struct Case {
  Kernel forward, backward;
  Units units;
  bool centred = true;
  int64_t samples = 1, groups = 1;
};

template <class T>
struct Results {
  explicit Results(const Problem<T>& p)
      : y(p.x.size()),
        dx(p.x.size()),
        dscale(p.cols),
        doffset(p.cols),
        stats(2 * p.rows * p.cols) {}
  Buffer<T> y, dx, dscale, doffset, stats;
};

template <class T>
void run(const Problem<T>& p, const Case& c, const Results<T>& r) {
  const auto [forward, backward, units, centred, samples, groups] = c;
  NormArgs args{};
  args.samples = samples, args.groups = groups;
  args.kernel = forward, args.dtype = dtype_of<T>;
  args.rows = p.rows, args.cols = p.cols, args.epsilon = kEpsilon;
  args.x = p.x.operand(), args.scale = p.scale.operand(), args.stats = r.stats.operand();
  if (centred) args.offset = p.offset.operand();
  args.out = r.y.operand();
  cpu_kernels().norm.at(forward, dtype_of<T>)(cpu_context(), args);
  args.kernel = backward, args.dy = p.dy.operand(), args.out = r.dx.operand();
  args.dscale = r.dscale.operand(), args.doffset = centred ? r.doffset.operand() : Operand{};
  cpu_kernels().norm.at(backward, dtype_of<T>)(cpu_context(), args);
  for (const Buffer<T>* each : {&r.y, &r.dx, &r.dscale, &r.doffset, &r.stats}) each->check();
}

template <class T>
void compare(const char* what, Kernel kernel, const Buffer<T>& one, const Buffer<T>& two,
             const std::vector<Real>& wanted) {
  BOOST_TEST(same(one.values(), two.values()), name_of(kernel) << " " << what << ": threads");
  Real worst = 0, largest = 1;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    worst = std::max(worst, std::abs(Real(one[static_cast<int64_t>(i)]) - wanted[i]));
    largest = std::max(largest, std::abs(wanted[i]));
  }
  BOOST_TEST(worst <= 32 * largest * Real(std::numeric_limits<T>::epsilon()),
             name_of(kernel) << " " << what << ": off by " << worst);
}

template <class T>
void check(int64_t rows, int64_t cols, const Case& c) {
  const Problem<T> p(rows, cols);
  Wanted wanted = expected(p, c.units, c.centred);
  if (!c.centred)
    for (std::size_t i = 0; i < wanted.y.size(); ++i)
      wanted.y[i] -= p.offset[static_cast<int64_t>(i) % cols];
  const Results<T> one(p), two(p);
  {
    const WithThreads threads(1);
    run(p, c, one);
  }
  {
    const WithThreads threads(2);
    run(p, c, two);
  }
  compare("y", c.forward, one.y, two.y, wanted.y);
  compare("dx", c.forward, one.dx, two.dx, wanted.dx);
  compare("dscale", c.forward, one.dscale, two.dscale, wanted.dscale);
  if (c.centred) compare("doffset", c.forward, one.doffset, two.doffset, wanted.doffset);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cpu_norm)

// Rows for several blocks; columns of whole vectors, and tails.
BOOST_AUTO_TEST_CASE(normalisations_and_their_gradients) {
  const std::pair<int64_t, int64_t> sizes[] = {{3, 1}, {2, 5}, {70, 16}, {200, 37}, {500, 150}};
  cpu::for_each_level([&] {
    for (const auto& [rows, cols] : sizes)
      for (const Case& c :
           {Case{Kernel::layer_norm, Kernel::layer_norm_grad, Units::rows(rows, cols)},
            Case{Kernel::rms_norm, Kernel::rms_norm_grad, Units::rows(rows, cols), false},
            Case{Kernel::batch_norm, Kernel::batch_norm_grad, Units::columns(rows, cols)}}) {
        check<float>(rows, cols, c);
        check<double>(rows, cols, c);
      }
  });
}

// One sample, whose blocks the threads take apart, and several.
BOOST_AUTO_TEST_CASE(group_normalisation_and_its_gradient) {
  const struct {
    int64_t samples, positions, cols, groups;
  } sizes[] = {{1, 1, 4, 2}, {1, 1000, 66, 3}, {3, 70, 20, 5}, {2, 100, 16, 16}, {5, 7, 37, 1}};
  cpu::for_each_level([&] {
    for (const auto& n : sizes) {
      const int64_t rows = n.samples * n.positions;
      const Case c{Kernel::group_norm,
                   Kernel::group_norm_grad,
                   Units::groups(rows, n.cols, n.samples, n.groups),
                   true,
                   n.samples,
                   n.groups};
      check<float>(rows, n.cols, c);
      check<double>(rows, n.cols, c);
    }
  });
}

// It is its own mean: what is left is 0, not a rounding times a large 1 / deviation.
BOOST_AUTO_TEST_CASE(a_number_alone_has_no_gradient) {
  const Case cases[] = {
      {Kernel::batch_norm, Kernel::batch_norm_grad, Units::columns(1, 37)},
      {Kernel::group_norm, Kernel::group_norm_grad, Units::groups(1, 37, 1, 37), true, 1, 37}};
  cpu::for_each_level([&] {
    for (const Case& c : cases) {
      const Problem<float> p(1, 37);
      const Results<float> r(p);
      run(p, c, r);
      BOOST_TEST(r.dx.values() == std::vector<float>(37), name_of(c.forward));
    }
  });
}

BOOST_AUTO_TEST_SUITE_END()
