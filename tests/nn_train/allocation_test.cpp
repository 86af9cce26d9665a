// After its first epoch fit() asks the system for no memory. (Slabs and the caching allocator,
// which keep what they once got, are the point of it.)
#include <carousel/nn/layers.h>
#include <carousel/nn/train/callbacks.h>
#include <carousel/optim/optim.h>
#include <tests/nn_train/support.h>
#include <tests/support/skip.h>

#include <atomic>
#include <cerrno>
#include <cstddef>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

namespace {
std::atomic<bool> g_counting{false};
std::atomic<long> g_calls{0};
void count() {
  if (g_counting.load(std::memory_order_relaxed)) g_calls.fetch_add(1);
}
}  // namespace

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define COUNTS_ALLOCATIONS 1
// The program's own definitions come before the C library's, for shared libraries too.
extern "C" {
void* __libc_malloc(std::size_t bytes);
void* __libc_calloc(std::size_t count, std::size_t bytes);
void* __libc_realloc(void* memory, std::size_t bytes);
void* __libc_memalign(std::size_t alignment, std::size_t bytes);

void* malloc(std::size_t bytes) { return count(), __libc_malloc(bytes); }
void* calloc(std::size_t n, std::size_t bytes) { return count(), __libc_calloc(n, bytes); }
void* realloc(void* memory, std::size_t bytes) { return count(), __libc_realloc(memory, bytes); }
void* memalign(std::size_t a, std::size_t bytes) { return count(), __libc_memalign(a, bytes); }
void* aligned_alloc(std::size_t a, std::size_t bytes) { return count(), __libc_memalign(a, bytes); }
int posix_memalign(void** out, std::size_t alignment, std::size_t bytes) {
  count();
  *out = __libc_memalign(alignment, bytes);
  return *out == nullptr ? ENOMEM : 0;
}
void* mmap(void* at, std::size_t bytes, int protection, int flags, int file, off_t offset) {
  count();
  return reinterpret_cast<void*>(syscall(SYS_mmap, at, bytes, protection, flags, file, offset));
}
}
#else
#define COUNTS_ALLOCATIONS 0
#endif

using namespace carousel;
using namespace carousel::test;

namespace {

// Sends stdout to /dev/null while it lives.
struct Mute {
  Mute() {
    std::fflush(stdout);
    const int nowhere = open("/dev/null", O_WRONLY);
    dup2(nowhere, 1);
    close(nowhere);
  }
  ~Mute() {
    std::fflush(stdout);
    dup2(saved, 1);
    close(saved);
  }
  int saved = dup(1);
};

// 29 rows to train, so four batches of which the last has 5 rows, and 7 to validate, in two.
long calls_after_first_epoch(optim::OptimizerSpec optimizer, std::int64_t& steps) {
  const Folder folder;
  Generator generator{1, 0, 0};
  const Tensor x = rand({36, 6, 2}, generator), y = sum(x, {1, 2}).unsqueeze(-1);
  nn::Sequential model{nn::LSTM{{.units = 9}}, nn::Dropout{{.rate = 0.2}}, nn::Dense{{.units = 1}}};
  model.compile({.optimizer = std::move(optimizer), .loss = "mse", .metrics = {"mae", "rmse"}});
  const auto watch =
      nn::LambdaCallback{{.on_batch_end = [&](nn::FitState& fit, std::int64_t,
                                              const nn::Logs&) { steps += fit.epoch > 0; },
                          .on_train_end = [&](nn::FitState&) { g_counting = false; }}};
  const Mute mute;
  model.fit(x, y,
            {.batch_size = 8,
             .epochs = 14,
             .verbose = 2,
             .callbacks = {nn::EarlyStopping{{.patience = 100, .restore_best_weights = true}},
                           nn::CSVLogger{folder / "log.csv"}, nn::TerminateOnNaN{}, watch},
             .validation_split = 0.2,
             .validation_batch_size = 4});
  return g_calls;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(allocation)

BOOST_AUTO_TEST_CASE(fifty_steps_of_fit_ask_for_no_memory) {
  if (!COUNTS_ALLOCATIONS) {
    return carousel::test::skip("a sanitizer, or the C library, has its own malloc");
  }
  const optim::OptimizerSpec specs[] = {optim::Adam{{.global_clipnorm = 0.5}},
                                        optim::SGD{{.momentum = 0.9, .clipnorm = 0.5}},
                                        optim::RMSprop{{.clipvalue = 0.5}}};
  for (const auto& spec : specs) {
    std::int64_t steps = 0;
    BOOST_TEST(calls_after_first_epoch(spec, steps) == 0);
    BOOST_TEST(steps >= 50);
  }
}

BOOST_AUTO_TEST_CASE(the_count_counts) {
  if (!COUNTS_ALLOCATIONS) return carousel::test::skip("nothing is counted here");
  g_calls = 0, g_counting = true;
  const std::vector<double> memory(1000);
  g_counting = false;
  BOOST_TEST(memory.size() == 1000u);
  BOOST_TEST(g_calls == 1);
}

BOOST_AUTO_TEST_SUITE_END()
