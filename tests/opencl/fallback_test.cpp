// A kernel that the device lacks: an error, or the CPU's kernel on copies, counted.
#include <carousel/autograd/ops.h>
#include <carousel/autograd/ops/lstm_gates.h>
#include <carousel/autograd/ops/recurrent.h>
#include <carousel/tensor/backend.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/error.h>

#include <functional>

#include <boost/test/unit_test.hpp>

#include "tests/support/skip.h"

using namespace carousel;

namespace {

// The device without its f32 sine for one scope.
class WithoutSine {
 public:
  WithoutSine() : entry_(tables().unary.at(Kernel::sin, f32)), kept_(entry_) { entry_ = nullptr; }
  ~WithoutSine() {
    entry_ = kept_;
    set_fallback_policy(FallbackPolicy::error);
  }

 private:
  static KernelTables& tables() { return const_cast<KernelTables&>(backend("opencl:0").kernels()); }
  UnaryFn& entry_;
  UnaryFn kept_;
};

// The device with nothing but copying and filling, which falling back is made of.
class Bare {
 public:
  Bare() : tables_(const_cast<KernelTables&>(backend("opencl:0").kernels())), kept_(tables_) {
    tables_ = {};
    tables_.copy = kept_.copy, tables_.fill = kept_.fill;
  }
  ~Bare() {
    tables_ = kept_;
    set_fallback_policy(FallbackPolicy::error);
  }

 private:
  KernelTables& tables_;
  KernelTables kept_;
};

struct Operands {
  explicit Operands(Device device)
      : x(Tensor{{0.5f, -2.f, 3.f}, {1.f, 4.f, -1.f}}.to(device)),
        y(Tensor{{1.f, 2.f, 3.f}, {4.f, 5.f, 6.f}}.to(device)),
        truth(Tensor{{true, false, true}, {false, true, false}}.to(device)),
        rows(Tensor{std::int64_t{1}, std::int64_t{0}}.to(device)),
        each(Tensor{{std::int64_t{1}, std::int64_t{0}, std::int64_t{1}}}.to(device)) {}
  Tensor x, y, truth, rows, each;
};

struct Case {
  Kernel kernel;
  Tensor (*call)(const Operands&);
};

// A kernel of each front end.
const Case kCases[] = {
    {Kernel::tanh, [](const Operands& o) { return detail::run(Kernel::tanh, o.x); }},
    {Kernel::isnan, [](const Operands& o) { return detail::run(Kernel::isnan, o.x); }},
    {Kernel::mul, [](const Operands& o) { return detail::run(Kernel::mul, o.x, o.y); }},
    {Kernel::sub, [](const Operands& o) { return detail::run(Kernel::sub, Scalar(2), o.x.t()); }},
    {Kernel::less, [](const Operands& o) { return detail::run(Kernel::less, o.x, o.y); }},
    {Kernel::where, [](const Operands& o) { return detail::run_where(o.truth, o.x, o.y); }},
    {Kernel::cast, [](const Operands& o) { return detail::run_cast(o.x, i32); }},
    {Kernel::sum, [](const Operands& o) { return detail::run_reduce(Kernel::sum, o.x, 1, true); }},
    {Kernel::cumsum,
     [](const Operands& o) { return detail::run_scan(Kernel::cumsum, o.x, 1, false); }},
    {Kernel::softmax,
     [](const Operands& o) { return detail::run_row(Kernel::softmax, {&o.x})[0]; }},
    {Kernel::matmul, [](const Operands& o) { return detail::run_matmul(o.x, o.y.t()); }},
    {Kernel::index_select,
     [](const Operands& o) { return detail::run_index_select(o.x, 0, o.rows); }},
    {Kernel::gather, [](const Operands& o) { return detail::run_gather(o.x, 0, o.each); }},
    {Kernel::index_add,
     [](const Operands& o) { return detail::run_index_add(o.x, 0, o.rows, o.y); }},
    {Kernel::sort, [](const Operands& o) { return detail::run_sort(o.x, 1, false).values; }},
    {Kernel::uniform,
     [](const Operands& o) {
       return detail::run_random(Kernel::uniform, {5}, f32, o.x.device(), 1, 2, 3, 0, 1);
     }},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(fallback)

BOOST_AUTO_TEST_CASE(a_missing_kernel_is_an_error_unless_copies_are_allowed) {
  if (device_count(DeviceKind::opencl) == 0) return test::skip("no OpenCL device");
  const Tensor x = Tensor{0.5f, -2.0f}.to("opencl:0");
  const WithoutSine without;
  BOOST_CHECK_EXCEPTION(detail::run(Kernel::sin, x), DeviceError, [](const Error& e) {
    return std::string(e.what()) ==
           "[sin] no kernel for f32 on opencl:0; FallbackPolicy::copy_to_cpu would run it on the "
           "CPU";
  });
  set_fallback_policy(FallbackPolicy::copy_to_cpu);
  const std::int64_t before = fallback_count(Kernel::sin);
  const Tensor y = detail::run(Kernel::sin, x);
  BOOST_TEST((y.device() == Device("opencl:0")));
  BOOST_TEST(y(0) == std::sin(0.5), boost::test_tools::tolerance(1e-6));
  BOOST_TEST(fallback_count(Kernel::sin) == before + 1);
  BOOST_TEST(explain_fallbacks().find("sin: ") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(every_front_end_refuses_or_falls_back) {
  if (device_count(DeviceKind::opencl) == 0) return test::skip("no OpenCL device");
  const Operands here{Device()}, there{"opencl:0"};
  const Bare bare;
  for (const Case& c : kCases) {
    const std::string wanted =
        std::string("[") + name_of(c.kernel) + "] no kernel for f32 on opencl:0";
    set_fallback_policy(FallbackPolicy::error);
    BOOST_CHECK_EXCEPTION(c.call(there), DeviceError, [&](const Error& e) {
      return std::string(e.what()).starts_with(wanted);
    });
    set_fallback_policy(FallbackPolicy::copy_to_cpu);
    const std::int64_t before = fallback_count(c.kernel);
    const Tensor got = c.call(there);
    BOOST_TEST(fallback_count(c.kernel) == before + 1, name_of(c.kernel));
    BOOST_TEST((got.device() == Device("opencl:0")));
    BOOST_TEST(to_string(got.to(Device())) == to_string(c.call(here)), name_of(c.kernel));
  }
}

// Operations whose kernels are for the CPU alone run as their composed twins, which is told.
BOOST_AUTO_TEST_CASE(composed_twins_are_counted) {
  if (device_count(DeviceKind::opencl) == 0) return test::skip("no OpenCL device");
  Generator generator{.seed = 1};
  const auto draw = [&](const Shape& shape) { return randn(shape, generator).to("opencl:0"); };
  const Tensor x = draw({2, 4, 3}), kernel = draw({3, 8}), recurrent_kernel = draw({2, 8});
  const Tensor labels = Tensor{{std::int64_t{1}}, {std::int64_t{2}}}.to("opencl:0");
  const struct {
    const char* op;
    std::function<void()> call;
  } cases[] = {
      {"lstm", [&] { lstm(x, kernel, recurrent_kernel, {}); }},
      {"gru",
       [&] {
         gru(x, draw({3, 6}), draw({2, 6}), {});
       }},
      {"simple_rnn",
       [&] {
         simple_rnn(x, draw({3, 2}), draw({2, 2}), {});
       }},
      {"lstm_gates",
       [&] {
         lstm_gates(draw({2, 12}), draw({2, 3}));
       }},
      {"ctc_loss", [&] { ctc_loss(log_softmax(x), labels); }},
      {"layer_norm", [&] { layer_norm(x, {}, {}); }},
      {"rms_norm", [&] { rms_norm(x, {}); }},
      {"batch_norm", [&] { batch_norm(x, {}, {}); }},
      {"group_norm", [&] { group_norm(x, 3, {}, {}); }},
      {"conv",
       [&] {
         conv(x, draw({2, 3, 5}));
       }},
      {"conv_transpose",
       [&] {
         conv_transpose(x, draw({2, 5, 3}), {2, 5, 5});
       }},
      {"depthwise_conv",
       [&] {
         depthwise_conv(x, draw({2, 3, 1}));
       }},
      {"max_pool", [&] { max_pool(x); }},
      {"average_pool", [&] { average_pool(x); }},
  };
  for (const auto& c : cases) {
    c.call();
    const std::string once = std::string(c.op) + ": 1 times composed of other kernels\n";
    BOOST_TEST(explain_fallbacks().find(once) != std::string::npos,
               c.op << " in " << explain_fallbacks());
  }
  layer_norm(x.to("meta"), {}, {});
  layer_norm(x.to("cpu"), {}, {});
  BOOST_TEST(explain_fallbacks().find("layer_norm: 1 times") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
