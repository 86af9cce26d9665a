// What passes between host and device while a model trains there: commands only, and the few
// numbers that the host shows. Every OpenCL call that moves bytes is interposed, whoever makes it.
#include <carousel/nn/layers.h>
#include <carousel/nn/train/callbacks.h>
#include <carousel/nn/train/train.h>
#include <carousel/optim/optim.h>
#include <tests/opencl/device.h>

#include <algorithm>
#include <mutex>

#include <dlfcn.h>

namespace {

struct Move {
  const char* call;
  std::size_t bytes;
};

std::mutex g_mutex;
bool g_watching = false;
std::vector<Move> g_moves;

void note(const char* call, std::size_t bytes) {
  const std::lock_guard lock(g_mutex);
  if (g_watching) g_moves.push_back({call, bytes});
}

// The library's own function behind ours.
template <class Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

std::size_t volume(const std::size_t* region) { return region[0] * region[1] * region[2]; }

}  // namespace

// The program's definitions come before those of libOpenCL.so, for libcarousel.so and CLBlast, too.
// Plain types in place of <CL/cl.h>, which a build without OpenCL need not have.
extern "C" {
using Handle = void*;
using Events = const Handle*;

std::int32_t clEnqueueReadBuffer(Handle queue, Handle buffer, std::uint32_t blocking,
                                 std::size_t offset, std::size_t bytes, void* to,
                                 std::uint32_t count, Events waits, Handle* event) {
  note("read", bytes);
  static const auto real = next<decltype(&clEnqueueReadBuffer)>("clEnqueueReadBuffer");
  return real(queue, buffer, blocking, offset, bytes, to, count, waits, event);
}
std::int32_t clEnqueueWriteBuffer(Handle queue, Handle buffer, std::uint32_t blocking,
                                  std::size_t offset, std::size_t bytes, const void* from,
                                  std::uint32_t count, Events waits, Handle* event) {
  note("write", bytes);
  static const auto real = next<decltype(&clEnqueueWriteBuffer)>("clEnqueueWriteBuffer");
  return real(queue, buffer, blocking, offset, bytes, from, count, waits, event);
}
void* clEnqueueMapBuffer(Handle queue, Handle buffer, std::uint32_t blocking, std::uint64_t flags,
                         std::size_t offset, std::size_t bytes, std::uint32_t count, Events waits,
                         Handle* event, std::int32_t* status) {
  note("map", bytes);
  static const auto real = next<decltype(&clEnqueueMapBuffer)>("clEnqueueMapBuffer");
  return real(queue, buffer, blocking, flags, offset, bytes, count, waits, event, status);
}
std::int32_t clEnqueueReadBufferRect(Handle queue, Handle buffer, std::uint32_t blocking,
                                     const std::size_t* origin, const std::size_t* host_origin,
                                     const std::size_t* region, std::size_t row, std::size_t slice,
                                     std::size_t host_row, std::size_t host_slice, void* to,
                                     std::uint32_t count, Events waits, Handle* event) {
  note("read", volume(region));
  static const auto real = next<decltype(&clEnqueueReadBufferRect)>("clEnqueueReadBufferRect");
  return real(queue, buffer, blocking, origin, host_origin, region, row, slice, host_row,
              host_slice, to, count, waits, event);
}
std::int32_t clEnqueueWriteBufferRect(Handle queue, Handle buffer, std::uint32_t blocking,
                                      const std::size_t* origin, const std::size_t* host_origin,
                                      const std::size_t* region, std::size_t row, std::size_t slice,
                                      std::size_t host_row, std::size_t host_slice,
                                      const void* from, std::uint32_t count, Events waits,
                                      Handle* event) {
  note("write", volume(region));
  static const auto real = next<decltype(&clEnqueueWriteBufferRect)>("clEnqueueWriteBufferRect");
  return real(queue, buffer, blocking, origin, host_origin, region, row, slice, host_row,
              host_slice, from, count, waits, event);
}
}

using namespace carousel;

namespace {

// What is moved while it lives.
struct Watch {
  Watch() {
    const std::lock_guard lock(g_mutex);
    g_moves.clear();
    g_watching = true;
  }
  ~Watch() { g_watching = false; }
  std::vector<Move> moves() const {
    const std::lock_guard lock(g_mutex);
    return g_moves;
  }
};

std::string text_of(const std::vector<Move>& moves) {
  std::string text;
  for (const Move& move : moves)
    text += std::string(" ") + move.call + " " + std::to_string(move.bytes);
  return text;
}

constexpr std::size_t kScalars = 32;  // bytes: the error word is four numbers

}  // namespace

BOOST_AUTO_TEST_SUITE(opencl_traffic)

BOOST_AUTO_TEST_CASE(moves_are_seen) {
  CAROUSEL_NEEDS_OPENCL();
  const Watch watch;
  const Tensor x = test::make<float>({100}, std::vector<float>(100, 1));
  BOOST_TEST(text_of(watch.moves()) == " write 400");
  (x + x).to_vector<float>();
  BOOST_TEST(text_of(watch.moves()) == " write 400 read 400");
}

// The forecaster: windows of 10, LSTM, Dense, Adam, mse.
BOOST_AUTO_TEST_CASE(training_reads_back_scalars_only) {
  CAROUSEL_NEEDS_OPENCL();
  Generator generator{.seed = 5};
  const Tensor x = rand({70, 10, 1}, generator).to(test::kDevice);
  const Tensor y = x.sum(1).clone();
  nn::Sequential model{nn::LSTM{{.units = 12, .activation = "relu"}}, nn::Dense{{.units = 1}}};
  model.compile({.optimizer = optim::Adam{{.learning_rate = 1e-2}}, .loss = "mse"});
  model.train_on_batch(x.slice(0, 0, 32), y.slice(0, 0, 32));  // builds: initial values are sent

  const Watch watch;
  constexpr int kSteps = 5;
  for (int step = 0; step < kSteps; ++step)
    model.train_on_batch(x.slice(0, 0, 32), y.slice(0, 0, 32));
  const auto moves = watch.moves();
  BOOST_TEST(moves.size() <= 2u * kSteps, text_of(moves));
  for (const Move& move : moves)
    BOOST_TEST((move.call == std::string("read") && move.bytes <= kScalars), text_of({move}));
}

BOOST_AUTO_TEST_CASE(epochs_of_fit_send_nothing_but_the_order_of_rows) {
  CAROUSEL_NEEDS_OPENCL();
  Generator generator{.seed = 6};
  constexpr std::int64_t kRows = 64;
  const Tensor x = rand({kRows, 10, 1}, generator).to(test::kDevice);
  const Tensor y = x.sum(1).clone();
  nn::Sequential model{nn::LSTM{{.units = 12}}, nn::Dense{{.units = 1}}};
  model.compile({.optimizer = optim::Adam{}, .loss = "mse", .metrics = {"mae"}});
  model.fit(x, y, {.batch_size = 16, .epochs = 1, .verbose = 0});

  const Watch watch;
  model.fit(x, y, {.batch_size = 16, .epochs = 2, .verbose = 0});
  std::size_t sent = 0, largest_read = 0;
  for (const Move& move : watch.moves()) {
    BOOST_TEST(move.call != std::string("map"));
    if (move.call == std::string("write")) sent += move.bytes;
    if (move.call == std::string("read")) largest_read = std::max(largest_read, move.bytes);
  }
  BOOST_TEST(sent <= 2 * kRows * sizeof(std::int64_t), text_of(watch.moves()));
  BOOST_TEST(largest_read <= kScalars, text_of(watch.moves()));
}

BOOST_AUTO_TEST_SUITE_END()
