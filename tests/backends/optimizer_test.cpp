// Update programs, norms and scaling over many parameters, against plain loops in double.
#include <carousel/tensor/error.h>
#include <tests/backends/kernel_support.h>
#include <tests/backends/update_programs.h>

using namespace carousel;
using namespace carousel::test;

namespace {

// The buffers of one parameter of a given size, and its elements.
template <class T>
struct Parameter {
  explicit Parameter(std::int64_t n) : w(n), g(n), v(n) {
    Numbers numbers(static_cast<std::uint64_t>(n));
    for (std::int64_t i = 0; i < n; ++i) {
      w[i] = static_cast<T>(numbers.next(1));
      g[i] = static_cast<T>(numbers.next(1));
      v[i] = static_cast<T>(numbers.next(1));
    }
  }
  OptimizerSpan span() const { return {w.size(), w.operand(), g.operand(), {v.operand()}}; }
  void check() const {
    for (const Buffer<T>* each : {&w, &g, &v}) each->check();
  }
  Buffer<T> w, g, v;
};

template <class T>
void run(const OptimizerArgs& args) {
  cpu_kernels().optimizer.at(args.kernel, dtype_of<T>)(cpu_context(), args);
}

template <class T>
void run(const UpdateProgram& program, const std::vector<OptimizerSpan>& spans) {
  run<T>({Kernel::update, dtype_of<T>, spans, &program});
}

template <class T>
void check_heavy_ball() {
  std::vector<Parameter<T>> parameters;
  for (std::int64_t n : {1, 3, 255, 256, 257, 0, 40000}) parameters.emplace_back(n);
  std::vector<OptimizerSpan> spans;
  std::vector<std::vector<T>> w, v;
  for (Parameter<T>& p : parameters) {
    spans.push_back(p.span());
    w.push_back(p.w.values());
    v.push_back(p.v.values());
  }
  for (int step = 0; step < 3; ++step) run<T>(heavy_ball(0.1, 0.9), spans);
  for (std::size_t k = 0; k < parameters.size(); ++k) {
    const Parameter<T>& p = parameters[k];
    p.check();
    for (std::size_t i = 0; i < w[k].size(); ++i)
      for (int step = 0; step < 3; ++step) {
        v[k][i] = T(0.9) * v[k][i] - T(0.1) * p.g[static_cast<std::int64_t>(i)];
        w[k][i] += v[k][i];
      }
    BOOST_TEST(same(p.w.values(), w[k]), w[k].size());
    BOOST_TEST(same(p.v.values(), v[k]), w[k].size());
  }
}

// What the operations make of (g, v), w deciding for `where`.
template <class T>
void check_operations() {
  const T inf = static_cast<T>(kInf), nan = static_cast<T>(kNaN);
  const std::vector<T> g{2, -3, 0, nan, inf, 4}, v{3, 2, nan, 1, -1, 0.5};
  const std::vector<T> w{1, -1, 0, nan, 2, -2};
  const struct {
    UpdateOp op;
    std::vector<T> expected;
  } cases[] = {{UpdateOp::add, {5, -1, nan, nan, inf, 4.5}},
               {UpdateOp::sub, {-1, -5, nan, nan, inf, 3.5}},
               {UpdateOp::mul, {6, -6, nan, nan, -inf, 2}},
               {UpdateOp::div, {T(2) / T(3), -1.5, nan, nan, -inf, 8}},
               {UpdateOp::maximum, {3, 2, nan, nan, inf, 4}},
               {UpdateOp::minimum, {2, -3, nan, nan, -1, 0.5}},
               {UpdateOp::pow, {8, 9, nan, nan, 0, 2}},
               {UpdateOp::where, {2, 2, nan, 1, inf, 0.5}},
               {UpdateOp::abs, {2, 3, 0, nan, inf, 4}},
               {UpdateOp::sign, {1, -1, 0, nan, 1, 1}},
               {UpdateOp::sqrt, {std::sqrt(T(2)), nan, 0, nan, inf, 2}},
               {UpdateOp::copy, {2, -3, 0, nan, inf, 4}}};
  for (const auto& c : cases) {
    const Buffer<T> parameter(w), gradient(g), slot(v);
    run<T>(single(c.op), {{6, parameter.operand(), gradient.operand(), {slot.operand()}}});
    parameter.check();
    BOOST_TEST(same(parameter.values(), c.expected), "operation " << static_cast<int>(c.op));
  }
}

constexpr int kOperands = 4;  // of random programs

// Instructions that follow on one another, read operands late, use a temporary again, and leave
// results that are needed elsewhere: what the kernel's plan has to get right.
UpdateProgram random_program(std::uint64_t seed) {
  Numbers numbers(seed);
  const auto below = [&](std::size_t n) { return static_cast<int>(numbers.bits() % n); };
  std::vector<std::uint8_t> known{0, 1, 2, 3, number(0), number(1)}, temporaries;
  UpdateProgram p = program({}, {0.75, -1.5}, {});
  p.length = 1 + below(24);
  for (int i = 0; i < p.length; ++i) {
    UpdateInstruction& each = p.code[static_cast<std::size_t>(i)];
    const auto any = [&] { return known[static_cast<std::size_t>(below(known.size()))]; };
    do each.op = static_cast<UpdateOp>(below(12));
    while (each.op == UpdateOp::pow);
    each.a = any(), each.b = any(), each.c = any();
    if (i > 0 && below(3) > 0)  // as formulas do
      (below(2) == 0 ? each.a : each.b) = p.code[static_cast<std::size_t>(i - 1)].out;
    each.out = temporary(below(6));
    known.push_back(each.out), temporaries.push_back(each.out);
  }
  for (std::size_t k = 0; k < kOperands; ++k)
    if (below(2) == 0)
      p.results[k] = temporaries[static_cast<std::size_t>(below(temporaries.size()))];
  return p;
}

template <class T>
T evaluate(UpdateOp op, T a, T b, T c) {
  switch (op) {
    case UpdateOp::add:
      return a + b;
    case UpdateOp::sub:
      return a - b;
    case UpdateOp::mul:
      return a * b;
    case UpdateOp::div:
      return a / b;
    case UpdateOp::maximum:
      return std::isnan(a) || std::isnan(b) ? a + b : std::max(a, b);
    case UpdateOp::minimum:
      return std::isnan(a) || std::isnan(b) ? a + b : std::min(a, b);
    case UpdateOp::where:
      return c > 0 ? a : b;
    case UpdateOp::abs:
      return std::abs(a);
    case UpdateOp::sign:
      return a == 0 || std::isnan(a) ? a : std::copysign(T(1), a);
    case UpdateOp::sqrt:
      return std::sqrt(a);
    default:
      return a;
  }
}

template <class T>
void check_random_program(std::uint64_t seed) {
  const UpdateProgram p = random_program(seed);
  constexpr std::int64_t n = 300;
  std::vector<Buffer<T>> operands;
  Numbers numbers(seed);
  for (int k = 0; k < kOperands; ++k) {
    operands.emplace_back(n);
    for (std::int64_t i = 0; i < n; ++i) operands.back()[i] = static_cast<T>(numbers.next(2));
  }
  std::vector<std::vector<T>> wanted;
  for (const Buffer<T>& each : operands) wanted.push_back(each.values());
  for (std::size_t i = 0; i < n; ++i) {
    T at[UpdateProgram::kFirstTemporary + UpdateProgram::kTemporaries] = {};
    for (std::size_t k = 0; k < kOperands; ++k) at[k] = wanted[k][i];
    for (int k = 0; k < 2; ++k)
      at[number(k)] = static_cast<T>(p.constants[static_cast<std::size_t>(k)]);
    for (int k = 0; k < p.length; ++k) {
      const UpdateInstruction& each = p.code[static_cast<std::size_t>(k)];
      at[each.out] = evaluate(each.op, at[each.a], at[each.b], at[each.c]);
    }
    for (std::size_t k = 0; k < kOperands; ++k)
      if (p.results[k] != UpdateProgram::kNone) wanted[k][i] = at[p.results[k]];
  }
  run<T>(p, {{n,
              operands[0].operand(),
              operands[1].operand(),
              {operands[2].operand(), operands[3].operand()}}});
  for (std::size_t k = 0; k < kOperands; ++k) {
    operands[k].check();
    BOOST_TEST(same(operands[k].values(), wanted[k]), "program " << seed << ", operand " << k);
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cpu_optimizer)

BOOST_AUTO_TEST_CASE(any_program_is_its_instructions_one_by_one) {
  cpu::for_each_level([] {
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
      check_random_program<float>(seed);
      check_random_program<double>(seed);
    }
  });
}

BOOST_AUTO_TEST_CASE(steps_over_parameters_of_many_sizes) {
  cpu::for_each_level([] {
    check_heavy_ball<float>();
    check_heavy_ball<double>();
  });
}

BOOST_AUTO_TEST_CASE(each_operation_and_nan) {
  cpu::for_each_level([] {
    check_operations<float>();
    check_operations<double>();
  });
}

BOOST_AUTO_TEST_CASE(all_gradients_give_one_norm_in_double) {
  cpu::for_each_level([] {
    const Buffer<float> a(std::vector<float>(40000, 0.1f)), b(std::vector<float>{3e30f}), empty(0);
    const Buffer<double> result(1);
    const auto norm = [&](const std::vector<const Buffer<float>*>& gradients) {
      std::vector<OptimizerSpan> spans;
      for (const Buffer<float>* g : gradients)
        spans.push_back({g->size(), g->operand(), g->operand(), {}});
      run<float>({Kernel::global_sum_squares, f32, spans, nullptr, 1, result.operand()});
      result.check();
      return result[0];
    };
    const double one = static_cast<double>(0.1f) * static_cast<double>(0.1f);
    BOOST_TEST(std::abs(norm({&a}) - 40000 * one) <= 1e-9);
    BOOST_TEST(std::abs(norm({&a, &empty, &b}) / 9e60 - 1) <= 1e-6);  // no overflow in f32
    BOOST_TEST(norm({&empty}) == 0);
    BOOST_TEST(norm({}) == 0);
    b[0] = static_cast<float>(kNaN);
    BOOST_TEST(std::isnan(norm({&b, &a})));
  });
}

BOOST_AUTO_TEST_CASE(gradients_are_clipped_to_a_length) {
  cpu::for_each_level([] {
    const Buffer<float> a(std::vector<float>{3, -4}), b(std::vector<float>{12}), empty(0);
    const Buffer<double> sums(std::vector<double>{-1, 25, 144, 0});
    std::vector<OptimizerSpan> spans;
    for (const Buffer<float>* g : {&a, &b, &empty})
      spans.push_back({g->size(), g->operand(), g->operand(), {}});
    OptimizerArgs args{Kernel::global_sum_squares, f32, spans};
    args.sums = sums.operand(), args.op = "clip";
    args.each = true, args.first_sum = 1, args.sum_count = 4;
    run<float>(args);
    BOOST_TEST(same(sums.values(), {-1, 25, 144, 0}));
    args.kernel = Kernel::clip_gradients;
    sums[0] = kInf;  // another gradient's: nothing is done
    BOOST_CHECK_EXCEPTION(run<float>(args), NumericError, [](const Error& e) {
      return e.what() == std::string(
                             "[clip] the gradients' norm is inf: a gradient holds NaN or "
                             "infinity; AnomalyMode finds the operation");
    });
    BOOST_TEST(same(b.values(), {12}));
    sums[0] = 169;
    args.factor = 6;
    run<float>(args);
    BOOST_TEST(same(a.values(), {3, -4}));
    BOOST_TEST(same(b.values(), {6}));
    args.each = false, args.first_sum = 0;
    args.factor = 6.5;
    run<float>(args);
    BOOST_TEST(same(a.values(), {1.5, -2}));
    a.check(), b.check(), sums.check();
  });
}

BOOST_AUTO_TEST_CASE(gradients_are_scaled_in_place) {
  cpu::for_each_level([] {
    const Buffer<double> g(std::vector<double>{1, -2, kNaN, 4, 5}), w(5);
    const std::vector<OptimizerSpan> spans{{5, w.operand(), g.operand(), {}}};
    run<double>({Kernel::scale_gradients, f64, spans, nullptr, 0.5});
    g.check();
    BOOST_TEST(same(g.values(), {0.5, -1, kNaN, 2, 2.5}));
  });
}

BOOST_AUTO_TEST_SUITE_END()
