// What passes between host and device while a model trains there: commands only, and the few
// numbers that the host shows. Every OpenCL call that moves bytes is interposed, whoever makes it.
#include <carousel/autograd/ops.h>
#include <carousel/nn/layers.h>
#include <carousel/nn/train/callbacks.h>
#include <carousel/nn/train/train.h>
#include <carousel/optim/optim.h>
#include <carousel/tensor/error.h>
#include <tests/opencl/device.h>

#include <algorithm>
#include <memory>
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
int g_launches = 0;

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
std::int32_t clEnqueueNDRangeKernel(Handle queue, Handle kernel, std::uint32_t dimensions,
                                    const std::size_t* offset, const std::size_t* global,
                                    const std::size_t* local, std::uint32_t count, Events waits,
                                    Handle* event) {
  {
    const std::lock_guard lock(g_mutex);
    if (g_watching) ++g_launches;
  }
  static const auto real = next<decltype(&clEnqueueNDRangeKernel)>("clEnqueueNDRangeKernel");
  return real(queue, kernel, dimensions, offset, global, local, count, waits, event);
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

// What is moved and launched while it lives.
struct Watch {
  Watch() {
    const std::lock_guard lock(g_mutex);
    g_moves.clear();
    g_launches = 0;
    g_watching = true;
  }
  ~Watch() { g_watching = false; }
  std::vector<Move> moves() const {
    const std::lock_guard lock(g_mutex);
    return g_moves;
  }
  int launches() const {
    const std::lock_guard lock(g_mutex);
    return g_launches;
  }
};

std::string text_of(const std::vector<Move>& moves) {
  std::string text;
  for (const Move& move : moves)
    text += std::string(" ") + move.call + " " + std::to_string(move.bytes);
  return text;
}

// Parameters of sizes 1 to `count` with gradients, the same on any device.
std::vector<Tensor> parameters_on(Device device, std::int64_t count) {
  std::vector<Tensor> parameters;
  for (std::int64_t n = 1; n <= count; ++n) {
    const Tensor values = linspace(-1, 1, 37 * n);
    parameters.push_back(values.to(device).set_requires_grad());
    parameters.back().set_grad(sin(values * 9).to(device));
  }
  return parameters;
}

std::unique_ptr<optim::Optimizer> adam() {
  return std::make_unique<optim::Adam>(optim::AdamOptions{.learning_rate = 0.1});
}
std::unique_ptr<optim::Optimizer> global() {
  return std::make_unique<optim::SGD>(
      optim::SGDOptions{.learning_rate = 0.1, .momentum = 0.9, .global_clipnorm = 3});
}
std::unique_ptr<optim::Optimizer> each() {
  return std::make_unique<optim::SGD>(optim::SGDOptions{.learning_rate = 0.1, .clipnorm = 3});
}

constexpr std::size_t kScalars = 32;  // bytes: the error word is four numbers

}  // namespace

BOOST_AUTO_TEST_SUITE(opencl_traffic)

BOOST_AUTO_TEST_CASE(moves_are_seen) {
  CAROUSEL_NEEDS_OPENCL();
  test::make<float>({1}, {1});  // the queue sends its error word when it is made
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

// Their table is sent once, and again where it changes.
BOOST_AUTO_TEST_CASE(weights_of_classes_stay_on_the_device) {
  CAROUSEL_NEEDS_OPENCL();
  Generator generator{.seed = 7};
  const Tensor x = rand({32, 4}, generator).to(test::kDevice);
  for (const DType dtype : {f32, i64}) {
    const Tensor y = remainder(arange(32, {.dtype = i64, .device = test::kDevice}), 3).to(dtype);
    nn::Dense model{{.units = 3, .activation = "softmax"}};
    model.compile({.optimizer = "sgd", .loss = "sparse_categorical_crossentropy"});
    nn::TrainOnBatchOptions options{.class_weight = {{0, 2.0}, {2, 0.5}}};
    model.train_on_batch(x, y, options);

    const Watch watch;
    for (int step = 0; step < 5; ++step) model.train_on_batch(x, y, options);
    for (const Move& move : watch.moves())
      BOOST_TEST((move.call == std::string("read") && move.bytes <= kScalars), text_of({move}));

    const auto writes = [&] {
      return std::ranges::count(watch.moves(), std::string("write"), &Move::call);
    };
    options.class_weight[2] = 4;
    model.train_on_batch(x, y, options);
    BOOST_TEST(writes() == 2);
    model.train_on_batch(x, y, options);
    BOOST_TEST(writes() == 2);
  }
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

// Launches of one step, which reads and sends nothing; the values are the CPU's.
BOOST_AUTO_TEST_CASE(an_optimizer_steps_over_many_parameters_at_once) {
  CAROUSEL_NEEDS_OPENCL();
  const struct {
    const char* name;
    std::unique_ptr<optim::Optimizer> (*make)();
    std::int64_t parameters;
    int launches;
  } cases[] = {{"adam", adam, 5, 1},
               {"adam", adam, 30, 3},
               // zeros, squares, their sum, the check, clipping, the update
               {"global", global, 8, 6},
               {"each", each, 8, 6}};
  for (const auto& c : cases) {
    std::vector<Tensor> here = parameters_on({}, c.parameters),
                        there = parameters_on(test::kDevice, c.parameters);
    const auto cpu = c.make(), opencl = c.make();
    cpu->bind(here), opencl->bind(there);
    opencl->step(), cpu->step();  // makes the slots
    const Watch watch;
    opencl->step(), cpu->step();
    BOOST_TEST(watch.moves().empty(), c.name << text_of(watch.moves()));
    BOOST_TEST(watch.launches() == c.launches, c.name << ": " << watch.launches() << " launches");
    for (std::size_t i = 0; i < here.size(); ++i) {
      const auto expected = here[i].to_vector<float>();
      test::check_close(there[i].to_vector<float>(), {expected.begin(), expected.end()}, 2e-6,
                        c.name);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_norm_that_is_not_finite_stops_the_step) {
  CAROUSEL_NEEDS_OPENCL();
  for (const bool all : {true, false}) {
    std::vector<Tensor> parameters = parameters_on(test::kDevice, 3);
    const auto before = parameters[0].to_vector<float>();
    optim::SGD sgd{all ? optim::SGDOptions{.global_clipnorm = 1}
                       : optim::SGDOptions{.clipnorm = 1}};
    sgd.bind(parameters);
    parameters[2].set_grad(full_like(parameters[2], std::nan("")).detach());
    sgd.step();
    BOOST_CHECK_EXCEPTION(parameters[0].to_vector<float>(), NumericError, [&](const Error& e) {
      const std::string op = all ? "clip_by_global_norm" : "clip_by_norm";
      return e.what() == "[" + op +
                             "] the gradients' norm is nan: a gradient holds NaN or "
                             "infinity; AnomalyMode finds the operation";
    });
    BOOST_TEST(parameters[0].to_vector<float>() == before, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_SUITE_END()
