#include <csignal>

#include <sys/wait.h>
#include <unistd.h>

#include <carousel/backends/cpu/allocator.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/slab.h>
#include <tests/backends/kernel_support.h>

using namespace carousel;

namespace {

constexpr bool kCaches =
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    false;
#else
    true;
#endif

struct Allocation {
  explicit Allocation(std::size_t n) : bytes(n), data(cpu::allocate(n)) {}
  ~Allocation() { cpu::deallocate(data, bytes); }
  std::size_t bytes;
  void* data;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(cpu_allocator)

BOOST_AUTO_TEST_CASE(blocks_are_aligned_and_all_theirs) {
  for (std::size_t bytes : {0u, 1u, 64u, 2048u, 2049u, 5000u, 1u << 20, (1u << 21) + 1, 1u << 24}) {
    const Allocation block(bytes);
    BOOST_TEST(reinterpret_cast<std::uintptr_t>(block.data) % 64 == 0);
    std::memset(block.data, 1, bytes);
  }
}

BOOST_AUTO_TEST_CASE(size_classes_waste_less_than_a_quarter) {
  std::size_t last = 0;
  for (std::size_t bytes = 2049; bytes < std::size_t{1} << 40; bytes += bytes / 7 + 1) {
    const std::size_t size = cpu::size_class(bytes);
    BOOST_TEST(size >= bytes);
    BOOST_TEST(size % 64 == 0);
    BOOST_TEST(size >= last);
    if (kCaches) BOOST_TEST(cpu::size_class(size) == size);
    BOOST_TEST(static_cast<double>(size) <= 1.25 * static_cast<double>(bytes) + 64);
    last = size;
  }
}

BOOST_AUTO_TEST_CASE(a_freed_block_is_given_out_again) {
  if (!kCaches) return;
  cpu::trim();
  void* first = nullptr;
  {
    const Allocation block(100000);
    first = block.data;
  }
  BOOST_TEST(cpu::cached_bytes() >= 100000);
  {
    const Allocation block(99000);
    BOOST_TEST(block.data == first);
    BOOST_TEST(cpu::cached_bytes() == 0);
  }
  cpu::trim();
  BOOST_TEST(cpu::cached_bytes() == 0);
}

BOOST_AUTO_TEST_CASE(too_much_is_a_device_error_after_the_cache_was_given_back) {
  { const Allocation block(1 << 20); }
  for (std::size_t bytes : {std::size_t{1} << 47, std::size_t{1} << 60, ~std::size_t{0}})
    BOOST_CHECK_EXCEPTION(cpu::allocate(bytes), DeviceError, [&](const DeviceError& e) {
      return e.what() == "[allocate] cpu: " + std::to_string(bytes) + " bytes are not available";
    });
  BOOST_TEST(cpu::cached_bytes() == 0);
}

BOOST_AUTO_TEST_CASE(each_block_counts_once_for_fault_injection) {
  for (std::size_t bytes : {100u, 100000u}) {
    detail::fail_allocation(1);
    const Allocation fine(bytes);
    BOOST_CHECK_THROW(cpu::allocate(bytes), std::bad_alloc);
    const Allocation again(bytes);
  }
  detail::fail_allocation(-1);
}

#if !defined(NDEBUG) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
BOOST_AUTO_TEST_CASE(writes_outside_a_block_are_seen_in_debug_builds) {
  for (std::size_t bytes : {100u, 5000u})
    for (std::ptrdiff_t at : {std::ptrdiff_t{-1}, static_cast<std::ptrdiff_t>(bytes)}) {
      const pid_t child = fork();
      if (child == 0) {
        void* block = cpu::allocate(bytes);
        static_cast<char*>(block)[at] = 0;
        cpu::deallocate(block, bytes);
        _exit(0);
      }
      int status = 0;
      waitpid(child, &status, 0);
      BOOST_TEST((WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT));
    }
}
#endif

BOOST_AUTO_TEST_SUITE_END()
