// The CPU has every kernel of kernels.def, for every dtype that the list gives it.
#include <tests/backends/kernel_support.h>

using namespace carousel;

BOOST_AUTO_TEST_SUITE(cpu_coverage)

BOOST_AUTO_TEST_CASE(every_kernel_and_dtype_is_there) {
  for (int k = 0; k < static_cast<int>(kKernelCount); ++k)
    for (int d = 0; d < kDTypeCount; ++d) {
      const auto kernel = static_cast<Kernel>(k);
      const auto dtype = static_cast<DType>(d);
      BOOST_TEST(has_kernel(test::cpu_kernels(), kernel, dtype) == takes(kernel, dtype),
                 name_of(kernel) << " " << to_string(dtype));
    }
}

BOOST_AUTO_TEST_SUITE_END()
