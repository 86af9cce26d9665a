// Layer, root-mean-square and batch normalisation against extended precision, on every level and
// with any number of threads.
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

// `columns`: of each column over the rows, else of each row; the scale belongs to columns in both.
template <class T>
Wanted expected(const Problem<T>& p, bool columns, bool centred) {
  const auto size = [](int64_t n) { return static_cast<std::size_t>(n); };
  Wanted w{std::vector<Real>(size(p.x.size())), std::vector<Real>(size(p.x.size())),
           std::vector<Real>(size(p.cols)), std::vector<Real>(size(p.cols))};
  const int64_t units = columns ? p.cols : p.rows, count = columns ? p.rows : p.cols;
  const auto place = [&](int64_t unit, int64_t i) {
    return columns ? i * p.cols + unit : unit * p.cols + i;
  };
  for (int64_t unit = 0; unit < units; ++unit) {
    Real mean = 0, square = 0, along = 0, level = 0;
    for (int64_t i = 0; centred && i < count; ++i) mean += Real(p.x[place(unit, i)]) / count;
    for (int64_t i = 0; i < count; ++i)
      square += (p.x[place(unit, i)] - mean) * (p.x[place(unit, i)] - mean) / count;
    const Real rdev = 1 / std::sqrt(square + Real(kEpsilon));
    const auto normal = [&](int64_t at) { return (p.x[at] - mean) * rdev; };
    for (int64_t i = 0; i < count; ++i) {
      const int64_t at = place(unit, i), col = columns ? unit : i;
      w.y[size(at)] = normal(at) * p.scale[col] + p.offset[col];
      w.dscale[size(col)] += p.dy[at] * normal(at);
      w.doffset[size(col)] += p.dy[at];
      along += Real(p.dy[at]) * p.scale[col] * normal(at) / count;
      level += Real(p.dy[at]) * p.scale[col] / count;
    }
    for (int64_t i = 0; i < count; ++i) {
      const int64_t at = place(unit, i), col = columns ? unit : i;
      const Real around = centred ? level : 0;
      w.dx[size(at)] = rdev * (Real(p.dy[at]) * p.scale[col] - around - normal(at) * along);
    }
  }
  return w;
}

template <class T>
struct Results {
  explicit Results(const Problem<T>& p)
      : y(p.x.size()),
        dx(p.x.size()),
        dscale(p.cols),
        doffset(p.cols),
        stats(2 * std::max(p.rows, p.cols)) {}
  Buffer<T> y, dx, dscale, doffset, stats;
};

template <class T>
void run(const Problem<T>& p, Kernel forward, Kernel backward, bool centred, const Results<T>& r) {
  NormArgs args{};
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
void check(int64_t rows, int64_t cols) {
  const Problem<T> p(rows, cols);
  const struct {
    Kernel forward, backward;
    bool columns, centred;
  } cases[] = {{Kernel::layer_norm, Kernel::layer_norm_grad, false, true},
               {Kernel::rms_norm, Kernel::rms_norm_grad, false, false},
               {Kernel::batch_norm, Kernel::batch_norm_grad, true, true}};
  for (const auto& c : cases) {
    Wanted wanted = expected(p, c.columns, c.centred);
    if (!c.centred)
      for (std::size_t i = 0; i < wanted.y.size(); ++i)
        wanted.y[i] -= p.offset[static_cast<int64_t>(i) % cols];
    const Results<T> one(p), two(p);
    {
      const WithThreads threads(1);
      run(p, c.forward, c.backward, c.centred, one);
    }
    {
      const WithThreads threads(2);
      run(p, c.forward, c.backward, c.centred, two);
    }
    compare("y", c.forward, one.y, two.y, wanted.y);
    compare("dx", c.forward, one.dx, two.dx, wanted.dx);
    compare("dscale", c.forward, one.dscale, two.dscale, wanted.dscale);
    if (c.centred) compare("doffset", c.forward, one.doffset, two.doffset, wanted.doffset);
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cpu_norm)

// Rows for several blocks; columns of whole vectors, and tails.
BOOST_AUTO_TEST_CASE(normalisations_and_their_gradients) {
  const std::pair<int64_t, int64_t> sizes[] = {{3, 1}, {2, 5}, {70, 16}, {200, 37}, {500, 67}};
  cpu::for_each_level([&] {
    for (const auto& [rows, cols] : sizes) {
      check<float>(rows, cols);
      check<double>(rows, cols);
    }
  });
}

BOOST_AUTO_TEST_SUITE_END()
