// The same training on a GPU's backend.
#include <carousel/nn/train/callbacks.h>
#include <carousel/nn/train/training_state.h>
#include <carousel/optim/optim.h>
#include <tests/nn_train/support.h>
#include <tests/opencl/device.h>

using namespace carousel;
using namespace carousel::test;

namespace {

std::vector<double> losses_on(Device device, const std::string& file) {
  const Data data;
  const Tensor x = data.x.to(device), y = data.y.to(device);
  Net net;
  net.compile({.optimizer = optim::Adam{{.learning_rate = 1e-2, .global_clipnorm = 0.5}},
               .loss = "mse",
               .metrics = {"mae"}});
  std::vector<double> losses;
  const auto note =
      nn::LambdaCallback{{.on_batch_end = [&](nn::FitState&, std::int64_t, const nn::Logs& logs) {
        losses.push_back(logs["loss"]);
      }}};
  const auto stopping = nn::EarlyStopping{{.patience = 9, .restore_best_weights = true}};
  net.fit(x, y,
          {.batch_size = 16,
           .epochs = 5,
           .verbose = 0,
           .callbacks = {note, stopping},
           .validation_split = 0.2});
  nn::save_training(net, file);
  nn::load_training(net, file);
  BOOST_TEST((net.predict(x).device() == device));
  losses.push_back(net.evaluate(x, y)["mae"]);
  return losses;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(devices)

BOOST_AUTO_TEST_CASE(fit_on_opencl_follows_the_cpu) {
  CAROUSEL_NEEDS_OPENCL();
  if (!has_f64()) return skip("the device has no f64, which norms are summed in");
  const Folder folder;
  const auto cpu = losses_on({}, folder / "cpu.h5"), gpu = losses_on(kDevice, folder / "gpu.h5");
  BOOST_TEST(cpu.size() == 21u);
  for (std::size_t i = 0; i < cpu.size(); ++i)
    BOOST_TEST(std::abs(gpu[i] - cpu[i]) <= 1e-4 * std::max(1.0, cpu[i]));
}

BOOST_AUTO_TEST_SUITE_END()
