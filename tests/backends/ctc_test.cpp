// Connectionist temporal classification against the recursion in extended precision, on every level
// and with any number of threads.
#include <tests/backends/kernel_support.h>

using namespace carousel;
using namespace carousel::test;
using Real = long double;
using std::int64_t;

namespace {

constexpr int64_t kTime = 30, kClasses = 7, kWidth = 12, kBatch = 8, kBlank = 3;

template <class T>
struct Problem {
  Problem()
      : x(kBatch * kTime * kClasses), labels(kBatch * kWidth), frames(kBatch), counts(kBatch) {
    Numbers numbers(5);
    for (T& v : x) v = static_cast<T>(numbers.next(3) - 3);
    for (int64_t& v : labels) v = static_cast<int64_t>(numbers.bits() % 3);  // 0 to 2, often equal
    for (int64_t i = 0; i < kBatch; ++i) frames[i] = kTime - i, counts[i] = kWidth - i;
    frames[4] = 1, counts[4] = 1, counts[5] = 0;
    frames[6] = 2;  // too few
  }
  Buffer<T> x;
  Buffer<int64_t> labels, frames, counts;
};

template <class T>
struct Results {
  Results() : loss(kBatch), gradient(kBatch * kTime * kClasses) {}
  Buffer<T> loss, gradient;
};

template <class T>
void run(const Problem<T>& p, bool zero_infinity, const Results<T>& r) {
  const CTCArgs args{dtype_of<T>,
                     kBatch,
                     kTime,
                     kClasses,
                     kWidth,
                     kBlank,
                     zero_infinity,
                     p.x.operand(),
                     p.labels.operand(),
                     p.frames.operand(),
                     p.counts.operand(),
                     r.loss.operand(),
                     r.gradient.operand()};
  cpu_kernels().ctc[static_cast<std::size_t>(dtype_of<T>)](cpu_context(), args);
  r.loss.check(), r.gradient.check();
}

// One sample in probabilities, which extended precision has room for.
struct Wanted {
  Real probability = 0;
  std::vector<Real> gradient = std::vector<Real>(kTime * kClasses);
};
template <class T>
Wanted expected(const Problem<T>& p, int64_t sample) {
  std::vector<int64_t> path{kBlank};
  for (int64_t k = 0; k < p.counts[sample]; ++k)
    path.push_back(p.labels[sample * kWidth + k]), path.push_back(kBlank);
  const std::size_t states = path.size(), frames = static_cast<std::size_t>(p.frames[sample]);
  const auto said = [&](std::size_t t, std::size_t s) {
    return std::exp(Real(p.x[(sample * kTime + static_cast<int64_t>(t)) * kClasses + path[s]]));
  };
  const auto skips = [&](std::size_t s) {
    return s >= 2 && s < states && path[s] != kBlank && path[s] != path[s - 2];
  };
  std::vector<std::vector<Real>> a(frames, std::vector<Real>(states)), b = a;
  for (std::size_t t = 0; t < frames; ++t)
    for (std::size_t s = 0; s < states; ++s) {
      Real before = t == 0 && s < 2 ? 1 : 0;
      if (t > 0)
        before = a[t - 1][s] + (s > 0 ? a[t - 1][s - 1] : 0) + (skips(s) ? a[t - 1][s - 2] : 0);
      a[t][s] = before * said(t, s);
    }
  for (std::size_t t = frames; t-- > 0;)
    for (std::size_t s = 0; s < states; ++s) {
      const auto onward = [&](std::size_t to) {
        return to < states ? b[t + 1][to] * said(t + 1, to) : 0;
      };
      b[t][s] = t + 1 == frames ? (s + 2 >= states ? 1 : 0)
                                : onward(s) + onward(s + 1) + (skips(s + 2) ? onward(s + 2) : 0);
    }
  Wanted w;
  w.probability = a[frames - 1][states - 1] + (states > 1 ? a[frames - 1][states - 2] : 0);
  for (std::size_t t = 0; w.probability > 0 && t < frames; ++t)
    for (std::size_t s = 0; s < states; ++s)
      w.gradient[t * kClasses + static_cast<std::size_t>(path[s])] -=
          a[t][s] * b[t][s] / w.probability;
  return w;
}

template <class T>
void check() {
  const Problem<T> p;
  const Results<T> one, two;
  {
    const WithThreads threads(1);
    run(p, true, one);
  }
  {
    const WithThreads threads(2);
    run(p, true, two);
  }
  BOOST_TEST(same(one.loss.values(), two.loss.values()));
  BOOST_TEST(same(one.gradient.values(), two.gradient.values()));
  for (int64_t i = 0; i < kBatch; ++i) {
    const Wanted w = expected(p, i);
    const Real loss = w.probability > 0 ? -std::log(w.probability) : 0;
    // A step rounds logarithms that are about as large as the loss.
    const Real bound = 8 * (1 + loss) * Real(std::numeric_limits<T>::epsilon());
    BOOST_TEST(std::abs(Real(one.loss[i]) - loss) <= bound, "sample " << i);
    for (int64_t k = 0; k < kTime * kClasses; ++k) {
      const Real off = std::abs(Real(one.gradient[i * kTime * kClasses + k]) -
                                w.gradient[static_cast<std::size_t>(k)]);
      BOOST_TEST(off <= bound, "sample " << i << " at " << k << ": " << off / bound);
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cpu_ctc)

BOOST_AUTO_TEST_CASE(losses_and_gradients) {
  cpu::for_each_level([] {
    check<float>();
    check<double>();
  });
}

BOOST_AUTO_TEST_CASE(labels_without_a_path_are_infinite_unless_left_out) {
  cpu::for_each_level([] {
    const Problem<double> p;
    const Results<double> r;
    run(p, false, r);
    BOOST_TEST(std::isinf(r.loss[6]));
    BOOST_TEST(r.gradient[6 * kTime * kClasses] == 0);
    run(p, true, r);
    BOOST_TEST(r.loss[6] == 0);
  });
}

BOOST_AUTO_TEST_CASE(nan_stays_in_its_sample) {
  cpu::for_each_level([] {
    const Problem<float> p;
    p.x[2 * kTime * kClasses + 5 * kClasses + kBlank] = std::numeric_limits<float>::quiet_NaN();
    const Results<float> r;
    run(p, true, r);
    BOOST_TEST(std::isnan(r.loss[2]));
    BOOST_TEST(std::isnan(r.gradient[2 * kTime * kClasses + kBlank]));
    for (const int64_t other : {1, 3}) BOOST_TEST(std::isfinite(r.loss[other]));
  });
}

BOOST_AUTO_TEST_SUITE_END()
