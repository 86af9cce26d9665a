// Optimizer steps against a plain transcription of Keras' rules in double.
#include <tests/backends/kernel_support.h>

using namespace carousel;
using namespace carousel::test;

namespace {

// A parameter with its gradient and three slots, as the rules see one element.
struct Element {
  double w, g, a, b, c;
};
struct Case {
  const char* name;
  Kernel kernel;
  std::array<double, 8> hyper;
  int slots;
  void (*rule)(Element& e, const std::array<double, 8>& h, int step);
};

void sgd(Element& e, const std::array<double, 8>& h, int) {
  e.w -= h[0] * h[3] * e.w;
  e.a = h[1] * e.a - h[0] * e.g;
  e.w += h[2] != 0 ? h[1] * e.a - h[0] * e.g : e.a;
}
void adam(Element& e, const std::array<double, 8>& h, int step) {
  e.w -= h[0] * h[4] * e.w;
  e.a += (e.g - e.a) * (1 - h[1]);
  e.b += (e.g * e.g - e.b) * (1 - h[2]);
  const double rate = h[0] * std::sqrt(1 - std::pow(h[2], step)) / (1 - std::pow(h[1], step));
  e.w -= e.a * rate / (std::sqrt(e.b) + h[3]);
}
void rmsprop(Element& e, const std::array<double, 8>& h, int) {
  e.w -= h[0] * h[5] * e.w;
  e.a = h[1] * e.a + (1 - h[1]) * e.g * e.g;
  double spread = e.a + h[3];
  if (h[4] != 0) {
    e.c = h[1] * e.c + (1 - h[1]) * e.g;
    spread -= e.c * e.c;
  }
  const double step = h[0] * e.g / std::sqrt(spread);
  e.b = h[2] * e.b + step;
  e.w -= e.b;
}

const Case kCases[] = {
    {"sgd", Kernel::sgd, {0.05, 0, 0, 0}, 0, sgd},
    {"sgd, decay", Kernel::sgd, {0.05, 0, 0, 0.1}, 0, sgd},
    {"momentum", Kernel::sgd, {0.05, 0.9, 0, 0.1}, 1, sgd},
    {"nesterov", Kernel::sgd, {0.05, 0.9, 1, 0}, 1, sgd},
    {"adam", Kernel::adam, {0.1, 0.9, 0.999, 1e-7, 0, 0}, 2, adam},
    {"adamw", Kernel::adamw, {0.1, 0.8, 0.95, 1e-4, 0.05, 0}, 2, adam},
    {"rmsprop", Kernel::rmsprop, {0.05, 0.9, 0, 1e-7, 0, 0}, 1, rmsprop},
    {"rmsprop, momentum", Kernel::rmsprop, {0.05, 0.8, 0.9, 1e-4, 0, 0.1}, 2, rmsprop},
    {"rmsprop, centered", Kernel::rmsprop, {0.05, 0.9, 0.5, 1e-3, 1, 0}, 3, rmsprop},
};

// The buffers of one parameter of a given size, and its elements.
template <class T>
struct Parameter {
  explicit Parameter(std::int64_t n)
      : buffers{Buffer<T>(n), Buffer<T>(n), Buffer<T>(n), Buffer<T>(n), Buffer<T>(n)} {
    Numbers numbers(static_cast<std::uint64_t>(n));
    for (std::int64_t i = 0; i < n; ++i) {
      buffers[0][i] = static_cast<T>(numbers.next(1));
      for (std::size_t s = 2; s < 5; ++s) buffers[s][i] = 0;
      elements.push_back({buffers[0][i], 0, 0, 0, 0});
    }
  }
  void draw_gradient(Numbers& numbers) {
    for (std::size_t i = 0; i < elements.size(); ++i) {
      buffers[1][static_cast<std::int64_t>(i)] = static_cast<T>(numbers.next(1));
      elements[i].g = buffers[1][static_cast<std::int64_t>(i)];
    }
  }
  OptimizerSpan span(int slots) const {
    OptimizerSpan s{buffers[0].size(), buffers[0].operand(), buffers[1].operand(), {}};
    for (int i = 0; i < slots; ++i)
      s.slots[static_cast<std::size_t>(i)] = buffers[static_cast<std::size_t>(2 + i)].operand();
    return s;
  }
  std::array<Buffer<T>, 5> buffers;  // parameter, gradient, slots
  std::vector<Element> elements;
};

template <class T>
void run(Kernel kernel, const std::vector<OptimizerSpan>& spans, const std::array<double, 8>& hyper,
         const Operand& result = {}) {
  cpu_kernels().optimizer.at(kernel, dtype_of<T>)(
      cpu_context(), OptimizerArgs{kernel, dtype_of<T>, spans, hyper, result});
}

template <class T>
void check_steps(const Case& c) {
  std::vector<Parameter<T>> parameters;
  for (std::int64_t n : {1, 3, 16, 37, 0, 500}) parameters.emplace_back(n);
  Numbers numbers(9);
  for (int step = 1; step <= 5; ++step) {
    auto hyper = c.hyper;
    if (c.rule == adam) hyper[5] = step;
    std::vector<OptimizerSpan> spans;
    for (Parameter<T>& p : parameters) {
      p.draw_gradient(numbers);
      spans.push_back(p.span(c.slots));
    }
    run<T>(c.kernel, spans, hyper);
    for (Parameter<T>& p : parameters)
      for (Element& e : p.elements) c.rule(e, hyper, step);
  }
  const double slack = 200 * std::numeric_limits<T>::epsilon();
  for (const Parameter<T>& p : parameters) {
    for (const Buffer<T>& b : p.buffers) b.check();
    for (std::size_t i = 0; i < p.elements.size(); ++i)
      BOOST_TEST(std::abs(p.buffers[0][static_cast<std::int64_t>(i)] - p.elements[i].w) <= slack,
                 c.name << " of " << p.elements.size() << " at " << i);
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cpu_optimizer)

BOOST_AUTO_TEST_CASE(five_steps_of_each_rule) {
  cpu::for_each_level([] {
    for (const Case& c : kCases) {
      check_steps<float>(c);
      check_steps<double>(c);
    }
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
      run<float>(Kernel::global_sum_squares, spans, {}, result.operand());
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

BOOST_AUTO_TEST_CASE(gradients_are_scaled_in_place) {
  cpu::for_each_level([] {
    const Buffer<double> g(std::vector<double>{1, -2, kNaN, 4, 5}), w(5);
    run<double>(Kernel::scale_gradients, {{5, w.operand(), g.operand(), {}}}, {0.5});
    g.check();
    BOOST_TEST(same(g.values(), {0.5, -1, kNaN, 2, 2.5}));
  });
}

BOOST_AUTO_TEST_SUITE_END()
