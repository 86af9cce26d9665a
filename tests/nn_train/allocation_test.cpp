// After its first epoch fit() asks the system for no memory. (Slabs and the caching allocator,
// which keep what they once got, are the point of it.)
#include <carousel/nn/layers.h>
#include <carousel/nn/model.h>
#include <carousel/nn/train/callbacks.h>
#include <carousel/optim/optim.h>
#include <tests/nn_train/support.h>
#include <tests/support/count_malloc.h>
#include <tests/support/skip.h>

#include <fcntl.h>
#include <unistd.h>

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
const Tensor kX = linspace(-1, 1, 36 * 12).reshape({36, 6, 2});
const Tensor kY = sum(kX, {1, 2}).unsqueeze(-1);

long calls_after_first_epoch(nn::Module& model, const nn::Tensors& x,
                             optim::OptimizerSpec optimizer, std::int64_t& steps) {
  const Folder folder;
  model.compile({.optimizer = std::move(optimizer), .loss = "mse", .metrics = {"mae", "rmse"}});
  // From the first step of the second epoch on, so the first one's end is not counted.
  const auto watch = nn::LambdaCallback{{.on_train_end = [&](nn::FitState&) { counting = false; },
                                         .on_batch_end =
                                             [&](nn::FitState& fit, std::int64_t, const nn::Logs&) {
                                               steps += counting;
                                               counting = fit.epoch > 0;
                                             }}};
  const Mute mute;
  system_calls = 0;
  model.fit(x, kY,
            {.batch_size = 8,
             .epochs = 14,
             .verbose = 2,
             .callbacks = {nn::EarlyStopping{{.patience = 100, .restore_best_weights = true}},
                           nn::CSVLogger{folder / "log.csv"}, nn::TerminateOnNaN{}, watch},
             .validation_split = 0.2,
             .validation_batch_size = 4});
  return system_calls;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(allocation)

BOOST_AUTO_TEST_CASE(fifty_steps_of_fit_ask_for_no_memory) {
  if (!CAROUSEL_COUNTS_MALLOC) {
    return carousel::test::skip("a sanitizer, or the C library, has its own malloc");
  }
  const optim::OptimizerSpec specs[] = {optim::Adam{{.global_clipnorm = 0.5}},
                                        optim::SGD{{.momentum = 0.9, .clipnorm = 0.5}},
                                        optim::RMSprop{{.clipvalue = 0.5}}};
  for (const auto& spec : specs) {
    std::int64_t steps = 0;
    nn::Sequential model{nn::LSTM{{.units = 9}}, nn::Dropout{{.rate = 0.2}},
                         nn::Dense{{.units = 1}}};
    BOOST_TEST(calls_after_first_epoch(model, kX, spec, steps) == 0);
    BOOST_TEST(steps >= 50);
  }
}

// Two inputs, a shared layer, masks that flow and branches that meet.
BOOST_AUTO_TEST_CASE(nor_does_a_functional_model) {
  if (!CAROUSEL_COUNTS_MALLOC) {
    return carousel::test::skip("a sanitizer, or the C library, has its own malloc");
  }
  nn::Input a{{.shape = {6, 2}}}, b{{.shape = {6, 2}}};
  const auto encoder = nn::share(nn::LSTM{{.units = 9}});
  const nn::Symbol masked = nn::Dense{{.units = 2}}(nn::Masking{}(a));
  const nn::Symbol left = encoder(masked), right = encoder(b);
  const nn::Symbol both = nn::Dropout{{.rate = 0.2}}(nn::Concatenate{}({left, right}));
  nn::Model model{{a, b},
                  nn::Dense{{.units = 1}}(nn::Add{}({nn::Dense{{.units = 9}}(both), left}))};
  std::int64_t steps = 0;
  BOOST_TEST(calls_after_first_epoch(model, {kX, kX * 2}, "adam", steps) == 0);
  BOOST_TEST(steps >= 50);
}

BOOST_AUTO_TEST_CASE(the_count_counts) {
  if (!CAROUSEL_COUNTS_MALLOC) return carousel::test::skip("nothing is counted here");
  system_calls = 0, counting = true;
  const std::vector<double> memory(1000);
  counting = false;
  BOOST_TEST(memory.size() == 1000u);
  BOOST_TEST(system_calls == 1);
}

BOOST_AUTO_TEST_SUITE_END()
