#include <carousel/tensor/error.h>
#include <carousel/tensor/storage.h>
#include <tests/opencl/device.h>

#include <thread>

using namespace carousel;
using test::check_close, test::make;

BOOST_AUTO_TEST_SUITE(opencl_backend)

BOOST_AUTO_TEST_CASE(a_device_that_is_not_there_is_an_error) {
  const Device device{DeviceKind::opencl, device_count(DeviceKind::opencl)};
  BOOST_CHECK_EXCEPTION(backend(device), DeviceError, [&](const DeviceError& e) {
    return std::string(e.what()).find("there is no device " + to_string(device)) !=
           std::string::npos;
  });
}

BOOST_AUTO_TEST_CASE(only_fused_kernels_with_a_composed_twin_are_missing) {
  CAROUSEL_NEEDS_OPENCL();
  for (std::size_t i = 0; i < kKernelCount; ++i) {
    const auto kernel = static_cast<Kernel>(i);
    const KernelKind kind = kind_of(kernel);
    const bool fused = kind == KernelKind::norm || kind == KernelKind::window ||
                       kind == KernelKind::ctc || kernel == Kernel::recurrent_forward ||
                       kernel == Kernel::recurrent_backward;
    const bool needs_f64 = kernel == Kernel::cast || kernel == Kernel::global_sum_squares;
    if (needs_f64 && !test::has_f64()) continue;
    for (const DType dtype : {f32, i32, i64, boolean})
      if (takes(kernel, dtype))
        BOOST_TEST(has_kernel(backend(test::kDevice).kernels(), kernel, dtype) == !fused,
                   name_of(kernel) << " of " << to_string(dtype));
  }
}

BOOST_AUTO_TEST_CASE(bytes_go_there_and_back_at_any_offset) {
  CAROUSEL_NEEDS_OPENCL();
  Backend& device = backend(test::kDevice);
  const auto storage = detail::new_storage(test::kDevice, 1000);
  std::vector<char> sent(100), got(100);
  for (std::size_t i = 0; i < 100; ++i) sent[i] = char(i);
  device.upload(*storage, 333, sent.data(), 100);
  device.download(*storage, 333, got.data(), 100);
  BOOST_TEST(got == sent, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(empty_storages_are_legal) {
  CAROUSEL_NEEDS_OPENCL();
  Backend& device = backend(test::kDevice);
  const auto storage = detail::new_storage(test::kDevice, 0);
  device.upload(*storage, 0, nullptr, 0);
  device.download(*storage, 0, nullptr, 0);
  BOOST_TEST(make<float>({0, 4}, {}).to_vector<float>().empty());
}

BOOST_AUTO_TEST_CASE(too_large_a_buffer_is_an_error_and_leaves_the_device_usable) {
  CAROUSEL_NEEDS_OPENCL();
  BOOST_CHECK_EXCEPTION(detail::new_storage(test::kDevice, std::size_t{1} << 60), DeviceError,
                        [](const DeviceError& e) {
                          return std::string(e.what()).find(
                                     "[opencl] a buffer of "
                                     "1152921504606846976 bytes exceeds") == 0;
                        });
  check_close(make<float>({2}, {1, 2}).to_vector<float>(), {1, 2}, 0, "still there");
}

BOOST_AUTO_TEST_CASE(memory_is_used_again) {
  CAROUSEL_NEEDS_OPENCL();
  void* first = detail::new_storage(test::kDevice, 12345)->block().handle();
  void* second = detail::new_storage(test::kDevice, 13000)->block().handle();
  BOOST_TEST(first == second);
  backend(test::kDevice).trim();
  check_close(make<float>({2}, {1, 2}).to_vector<float>(), {1, 2}, 0, "after a trim");
}

BOOST_AUTO_TEST_CASE(several_threads_may_launch) {
  CAROUSEL_NEEDS_OPENCL();
  std::array<float, 4> sums{};
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 4; ++t)
    threads.emplace_back([&sums, t] {
      Tensor x = make<float>({100}, std::vector<float>(100, float(t)));
      for (int i = 0; i < 20; ++i) x = detail::run(Kernel::add, x, Scalar(1));
      sums[t] = detail::run_reduce(Kernel::sum, x, 1, false).item<float>();
    });
  for (std::thread& thread : threads) thread.join();
  for (std::size_t t = 0; t < 4; ++t) BOOST_TEST(sums[t] == 100 * (float(t) + 20));
}

BOOST_AUTO_TEST_SUITE_END()
