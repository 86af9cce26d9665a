// Softmax, logsumexp, cross-entropy and their derivatives against extended precision.
#include <carousel/tensor/error.h>
#include <tests/backends/kernel_support.h>

using namespace carousel;
using namespace carousel::test;
using Real = long double;

namespace {

template <class T>
struct Rows {
  std::int64_t rows, cols;
  Buffer<T> x;
  Rows(std::int64_t r, std::int64_t c, double range, std::uint64_t seed)
      : rows(r), cols(c), x(r * c) {
    Numbers numbers(seed);
    for (T& v : x) v = static_cast<T>(numbers.next(range));
  }
  Real log_sum(std::int64_t row) const {
    Real most = x[row * cols], sum = 0;
    for (std::int64_t c = 0; c < cols; ++c) most = std::max<Real>(most, x[row * cols + c]);
    for (std::int64_t c = 0; c < cols; ++c) sum += std::exp(x[row * cols + c] - most);
    return most + std::log(sum);
  }
};

template <class T>
void run(Kernel kernel, std::int64_t rows, std::int64_t cols, std::vector<Operand> inputs,
         std::vector<Operand> outputs, DType labels = i64, std::int64_t ignore = -1) {
  RowArgs args{};
  args.kernel = kernel;
  args.dtype = dtype_of<T>;
  args.rows = rows;
  args.cols = cols;
  std::copy(inputs.begin(), inputs.end(), args.inputs.begin());
  std::copy(outputs.begin(), outputs.end(), args.outputs.begin());
  args.label_dtype = labels;
  args.ignore = ignore;
  args.op = name_of(kernel);
  cpu_kernels().row.at(kernel, dtype_of<T>)(cpu_context(), args);
}

template <class T>
void close(T got, Real wanted, Real scale, const char* what, std::int64_t cols) {
  const Real slack = scale * 8 * static_cast<Real>(std::numeric_limits<T>::epsilon());
  BOOST_TEST(std::abs(got - wanted) <= slack,
             what << " of " << cols << ": " << got << ", wanted " << wanted);
}

template <class T>
void check_softmax(std::int64_t cols) {
  const Rows<T> in(3, cols, 20, 1), cotangent(3, cols, 1, 2);
  const Buffer<T> y(3 * cols), log_y(3 * cols), sums(3), dx(3 * cols), log_dx(3 * cols);
  run<T>(Kernel::softmax, 3, cols, {in.x.operand()}, {y.operand()});
  run<T>(Kernel::log_softmax, 3, cols, {in.x.operand()}, {log_y.operand()});
  run<T>(Kernel::logsumexp, 3, cols, {in.x.operand()}, {sums.operand()});
  run<T>(Kernel::softmax_grad, 3, cols, {y.operand(), cotangent.x.operand()}, {dx.operand()});
  run<T>(Kernel::log_softmax_grad, 3, cols, {log_y.operand(), cotangent.x.operand()},
         {log_dx.operand()});
  for (const Buffer<T>* b : {&y, &log_y, &sums, &dx, &log_dx}) b->check();
  for (std::int64_t r = 0; r < 3; ++r) {
    const Real log_sum = in.log_sum(r);
    close<T>(sums[r], log_sum, 20, "logsumexp", cols);
    Real dot = 0, total = 0;
    for (std::int64_t i = r * cols; i < (r + 1) * cols; ++i) {
      dot += std::exp(in.x[i] - log_sum) * cotangent.x[i];
      total += cotangent.x[i];
    }
    for (std::int64_t i = r * cols; i < (r + 1) * cols; ++i) {
      const Real p = std::exp(in.x[i] - log_sum);
      close<T>(y[i], p, 5 * p, "softmax", cols);
      close<T>(log_y[i], in.x[i] - log_sum, 40, "log_softmax", cols);
      close<T>(dx[i], p * (cotangent.x[i] - dot), 8 * p, "softmax_grad", cols);
      close<T>(log_dx[i], cotangent.x[i] - p * total, 8 + 40 * p * std::abs(total),
               "log_softmax_grad", cols);
    }
  }
}

template <class T, class Label>
void check_cross_entropy(std::int64_t cols) {
  const Rows<T> in(4, cols, 10, 3);
  const Buffer<Label> labels(
      std::vector<Label>{0, static_cast<Label>(cols - 1), -1, static_cast<Label>(cols / 2)});
  const Buffer<T> loss(4), sums(4), dloss(std::vector<T>{1, -2, 3, T(0.5)}), dx(4 * cols);
  run<T>(Kernel::cross_entropy, 4, cols, {in.x.operand(), labels.operand()},
         {loss.operand(), sums.operand()}, dtype_of<Label>);
  run<T>(Kernel::cross_entropy_grad, 4, cols,
         {in.x.operand(), labels.operand(), sums.operand(), dloss.operand()}, {dx.operand()},
         dtype_of<Label>);
  for (const Buffer<T>* b : {&loss, &sums, &dx}) b->check();
  for (std::int64_t r = 0; r < 4; ++r) {
    const bool ignored = r == 2;
    const Real log_sum = in.log_sum(r);
    close<T>(loss[r], ignored ? 0 : log_sum - in.x[r * cols + labels[r]], 20, "loss", cols);
    for (std::int64_t c = 0; c < cols; ++c) {
      const Real p = std::exp(in.x[r * cols + c] - log_sum);
      const Real wanted = ignored ? 0 : (p - (c == labels[r])) * dloss[r];
      close<T>(dx[r * cols + c], wanted, 30, "cross_entropy_grad", cols);
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cpu_row)

BOOST_AUTO_TEST_CASE(softmax_of_every_length) {
  cpu::for_each_level([] {
    for (std::int64_t cols = 1; cols <= 35; ++cols) {
      check_softmax<float>(cols);
      check_softmax<double>(cols);
    }
    check_softmax<float>(5000);
  });
}

BOOST_AUTO_TEST_CASE(cross_entropy_of_every_length) {
  cpu::for_each_level([] {
    for (std::int64_t cols : {1, 2, 10, 16, 33, 3000}) {
      check_cross_entropy<float, std::int64_t>(cols);
      check_cross_entropy<double, std::int32_t>(cols);
    }
  });
}

BOOST_AUTO_TEST_CASE(extreme_rows) {
  const float inf = static_cast<float>(kInf), nan = static_cast<float>(kNaN);
  cpu::for_each_level([&] {
    const Buffer<float> x(std::vector<float>{-inf, -inf, -inf, 1e30f, -1e30f, 0, -inf, 0, -inf, 1,
                                             nan, 2, inf, 0, 0});
    const Buffer<float> y(15), sums(5);
    run<float>(Kernel::softmax, 5, 3, {x.operand()}, {y.operand()});
    run<float>(Kernel::logsumexp, 5, 3, {x.operand()}, {sums.operand()});
    BOOST_TEST(same(y.values(), {nan, nan, nan, 1, 0, 0, 0, 1, 0, nan, nan, nan, nan, nan, nan}));
    BOOST_TEST(same(sums.values(), {-inf, 1e30f, 0, nan, inf}));
  });
}

BOOST_AUTO_TEST_CASE(labels_out_of_range_are_named) {
  const Buffer<float> x(std::vector<float>(6, 0)), loss(std::vector<float>(2, 9)), sums(2);
  for (std::int32_t bad : {3, -2}) {
    const Buffer<std::int32_t> labels(std::vector<std::int32_t>{1, bad});
    BOOST_CHECK_EXCEPTION(run<float>(Kernel::cross_entropy, 2, 3, {x.operand(), labels.operand()},
                                     {loss.operand(), sums.operand()}, i32),
                          IndexError, [&](const IndexError& e) {
                            return e.what() == "[cross_entropy] label " + std::to_string(bad) +
                                                   " in row 1 is out of range for 3 classes";
                          });
    BOOST_TEST(loss.values() == std::vector<float>(2, 9));
  }
}

BOOST_AUTO_TEST_SUITE_END()
