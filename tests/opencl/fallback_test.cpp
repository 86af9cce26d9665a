// A kernel that the device lacks: an error, or the CPU's kernel on copies, counted.
#include <carousel/autograd/ops.h>
#include <carousel/tensor/backend.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/error.h>

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

BOOST_AUTO_TEST_SUITE_END()
