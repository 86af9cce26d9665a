// Kernels give the same bits whatever the number of threads. Alone, with all threads: see main.cpp.
#include <carousel/tensor/recurrent.h>
#include <tests/backends/kernel_support.h>
#include <tests/backends/update_programs.h>

using namespace carousel;
using namespace carousel::test;

namespace {

constexpr std::int64_t kRows = 331, kCols = 1017, kCount = kRows * kCols;

Buffer<float> inputs(std::uint64_t seed) {
  Numbers numbers(seed);
  Buffer<float> x(kCount);
  for (float& v : x) v = static_cast<float>(numbers.next(4));
  return x;
}

// Runs `body`, which fills `out`, with one thread and with two.
template <class T, class Body>
void check_threads(const char* what, const Buffer<T>& out, const Body& body) {
  cpu::for_each_level([&] {
    std::vector<T> one, two;
    {
      const WithThreads threads(1);
      body();
      one = out.values();
    }
    std::memset(out.begin(), 0, static_cast<std::size_t>(out.size()) * sizeof(T));
    {
      const WithThreads threads(2);
      body();
      two = out.values();
    }
    out.check();
    BOOST_TEST(same(one, two), what);
  });
}

void reduce(Kernel kernel, const Buffer<float>& x, const Operand& out, bool rows, bool cols) {
  Shape kept, reduced;
  Strides kept_strides{}, reduced_strides{};
  const auto add = [&](bool gone, std::int64_t size, std::int64_t stride) {
    (gone ? reduced_strides : kept_strides)[gone ? reduced.rank() : kept.rank()] = stride;
    (gone ? reduced : kept).append(size);
  };
  if (rows && cols) {
    add(true, kCount, 1);
  } else {
    add(rows, kRows, kCols);
    add(cols, kCols, 1);
  }
  const DType result = kernel == Kernel::argmax ? i64 : f32;
  cpu_kernels().reduce.at(kernel, f32)(
      cpu_context(), ReduceArgs{kernel, f32, result, kept, reduced, kept_strides, reduced_strides,
                                kept.numel(), reduced.numel(), x.operand(), out});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(threads)

BOOST_AUTO_TEST_CASE(elementwise_kernels) {
  const Buffer<float> a = inputs(1), b = inputs(2), out(kCount);
  const Shape shape{kRows, kCols};
  const auto add = [&](Layout layout, const Operand& y) {
    check_threads("add", out, [&] {
      cpu_kernels().binary.at(Kernel::add, f32)(
          cpu_context(), BinaryArgs{Kernel::add, f32, layout, kCount, shape, out.operand(shape),
                                    a.operand(shape), y});
    });
  };
  add(Layout::contiguous, b.operand(shape));
  add(Layout::scalar_b, immediate(0.1));
  add(Layout::rows_b, b.operand(Strides{0, 1}));
  add(Layout::general, b.operand(Strides{1, kRows}));
  add(Layout::general, b.operand(Strides{1, 0}));
  check_threads("tanh", out, [&] {
    cpu_kernels().unary.at(Kernel::tanh, f32)(
        cpu_context(), UnaryArgs{Kernel::tanh, f32, Layout::contiguous, kCount, shape,
                                 out.operand(), a.operand()});
  });
}

BOOST_AUTO_TEST_CASE(reductions) {
  const Buffer<float> x = inputs(3), rows(kRows), cols(kCols), all(1);
  const Buffer<std::int64_t> places(kRows);
  for (Kernel kernel : {Kernel::sum, Kernel::max, Kernel::sum_squares}) {
    check_threads("all", all, [&] { reduce(kernel, x, all.operand(), true, true); });
    check_threads("rows", cols, [&] { reduce(kernel, x, cols.operand(), true, false); });
    check_threads("columns", rows, [&] { reduce(kernel, x, rows.operand(), false, true); });
  }
  check_threads("argmax", places,
                [&] { reduce(Kernel::argmax, x, places.operand(), false, true); });
}

BOOST_AUTO_TEST_CASE(a_long_narrow_matrix_is_summed_by_all) {
  const std::int64_t length = kCount / 3;
  const Buffer<float> x = inputs(4), out(3);
  check_threads("columns", out, [&] {
    cpu_kernels().reduce.at(Kernel::sum, f32)(cpu_context(), ReduceArgs{Kernel::sum,
                                                                        f32,
                                                                        f32,
                                                                        Shape{3},
                                                                        Shape{length},
                                                                        {1},
                                                                        {3},
                                                                        3,
                                                                        length,
                                                                        x.operand(),
                                                                        out.operand()});
  });
}

BOOST_AUTO_TEST_CASE(rows_and_scans) {
  const Buffer<float> x = inputs(5), out(kCount);
  check_threads("softmax", out, [&] {
    RowArgs args{};
    args.kernel = Kernel::softmax;
    args.dtype = f32;
    args.rows = kRows, args.cols = kCols;
    args.inputs[0] = x.operand(), args.outputs[0] = out.operand();
    cpu_kernels().row.at(Kernel::softmax, f32)(cpu_context(), args);
  });
  check_threads("cumsum", out, [&] {
    cpu_kernels().scan.at(Kernel::cumsum, f32)(
        cpu_context(),
        ScanArgs{Kernel::cumsum, f32, 1, kRows, kCols, false, x.operand(), out.operand()});
  });
}

BOOST_AUTO_TEST_CASE(gates_of_an_lstm) {
  const std::int64_t units = 113, rows = kCount / (4 * units), states = rows * units;
  const Buffer<float> sums = inputs(9), c = inputs(10), out(states), gates(4 * states);
  const Buffer<float> dsums(4 * states);
  const RecurrentSizes sizes{rows, 1, 4 * units, units, units};
  check_threads("forward", gates, [&] {
    RecurrentForwardArgs args{};
    args.dtype = f32, args.sizes = sizes;
    args.x = sums.operand(), args.initial_c = c.operand();
    args.h_n = args.c_n = out.operand(), args.gates = gates.operand();
    cpu_kernels().recurrent_forward[static_cast<std::size_t>(f32)](cpu_context(), args);
  });
  check_threads("backward", dsums, [&] {
    RecurrentBackwardArgs args{};
    args.dtype = f32, args.sizes = sizes;
    args.gates = gates.operand(), args.cells = args.initial_c = c.operand();
    args.dh_n = args.dc_n = out.operand(), args.dx = dsums.operand();
    cpu_kernels().recurrent_backward[static_cast<std::size_t>(f32)](cpu_context(), args);
  });
}

BOOST_AUTO_TEST_CASE(indexing_and_sorting) {
  const Buffer<float> x = inputs(6), out(kCount), sums(7 * kCols);
  const Buffer<std::int64_t> index(kRows), positions(kCount);
  for (std::int64_t i = 0; i < kRows; ++i) index[i] = i * i % 7;
  const auto args = [&](Kernel kernel, std::int64_t length, const Operand& from,
                        const Operand& to) {
    return IndexArgs{kernel, f32, i64, 1, length, kCols, kRows, from, index.operand(), to, ""};
  };
  check_threads("index_select", out, [&] {
    cpu_kernels().index.at(Kernel::index_select, f32)(
        cpu_context(), args(Kernel::index_select, kRows, x.operand(), out.operand()));
  });
  check_threads("index_add", sums, [&] {
    std::fill(sums.begin(), sums.end(), 0.f);
    cpu_kernels().index.at(Kernel::index_add, f32)(
        cpu_context(), args(Kernel::index_add, 7, x.operand(), sums.operand()));
  });
  // Narrow: the threads take parts of the outer axis.
  const Buffer<std::int64_t> each(kCount);
  for (std::int64_t i = 0; i < kCount; ++i) each[i] = i * i % 5;
  check_threads("scatter_add", sums, [&] {
    std::fill(sums.begin(), sums.end(), 0.f);
    cpu_kernels().index.at(Kernel::scatter_add, f32)(
        cpu_context(), IndexArgs{Kernel::scatter_add, f32, i64, kRows, 5, 1, kCols, x.operand(),
                                 each.operand(), sums.operand(), ""});
  });
  check_threads("sort", positions, [&] {
    cpu_kernels().sort[static_cast<std::size_t>(f32)](
        cpu_context(),
        SortArgs{f32, kRows, kCols, false, x.operand(), out.operand(), positions.operand()});
  });
}

BOOST_AUTO_TEST_CASE(random_numbers_and_optimizers) {
  const Buffer<float> out(kCount), w = inputs(7), g = inputs(8), v(kCount);
  check_threads("normal", out, [&] {
    cpu_kernels().random.at(Kernel::normal, f32)(
        cpu_context(), RandomArgs{Kernel::normal, f32, kCount, 1, 2, 3, 0, 1, out.operand()});
  });
  const UpdateProgram step = heavy_ball(0.1, 0.9);
  check_threads("update", out, [&] {
    std::copy(w.begin(), w.end(), out.begin());
    std::fill(v.begin(), v.end(), 0.f);
    const OptimizerSpan span{kCount, out.operand(), g.operand(), {v.operand()}};
    cpu_kernels().optimizer.at(Kernel::update, f32)(
        cpu_context(), OptimizerArgs{Kernel::update, f32, {&span, 1}, &step, 1, {}});
  });
  const Buffer<double> norm(1);
  check_threads("norm", norm, [&] {
    const OptimizerSpan span{kCount, out.operand(), g.operand(), {}};
    cpu_kernels().optimizer.at(Kernel::global_sum_squares, f32)(
        cpu_context(),
        OptimizerArgs{Kernel::global_sum_squares, f32, {&span, 1}, nullptr, 1, norm.operand()});
  });
}

BOOST_AUTO_TEST_SUITE_END()
