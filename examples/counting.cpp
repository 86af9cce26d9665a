// Learns to count: 0 gives 1, 1 gives 2, ... 99 gives 100, and 100, never seen, gives about 101.
#include <carousel/carousel.h>
#include <carousel/nn/layers.h>
#include <carousel/nn/train/train.h>
#include <carousel/optim/optim.h>
#include <support/program.h>

#include <algorithm>
#include <cmath>

using namespace carousel;
using carousel::examples::Program;

namespace {

bool all_finite(const std::vector<double>& values) {
  return std::ranges::all_of(values, [](double value) { return std::isfinite(value); });
}

void count(Program& program) {
  const examples::Flags& flags = program.flags();
  nn::set_seed(flags.seed);
  // [model]
  const Tensor x = arange(100).reshape({100, 1, 1}).to(flags.device);
  const Tensor y = arange(1, 101).reshape({100, 1}).to(flags.device);
  nn::Sequential model{nn::LSTM{{.units = 50, .activation = "relu", .input_shape = {1, 1}}},
                       nn::Dense{{.units = 1}}};
  model.compile({.optimizer = optim::Adam{{.learning_rate = 1e-3}}, .loss = "mse"});
  const nn::FitOptions options{.batch_size = 32,
                               .epochs = flags.epochs,
                               .verbose = 0,
                               .validation_split = 0.2};  // the last fifth, before shuffling
  const nn::History first = model.fit(x, y, options);
  const nn::History second = model.fit(x, y, options);  // goes on
  const double next = model.predict(Tensor{{{100.f}}}.to(flags.device)).item();
  // [/model]
  program.print("{}\n", model.summary());
  program.set_epochs(static_cast<int>(first["loss"].size() + second["loss"].size()));
  const struct {
    const char* name;
    double value;
  } losses[] = {{"first_loss", first["loss"].front()},
                {"middle_loss", first["loss"].back()},
                {"resumed_loss", second["loss"].front()},
                {"last_loss", second["loss"].back()},
                {"last_val_loss", second["val_loss"].back()}};
  for (const auto& [name, value] : losses) {
    program.metric(name, value);
    program.print("{:<15} {:.6g}\n", name, value);
  }
  program.metric("prediction", next);
  program.print("\npredict(100)    {:.4f}\n", next);
  program.promise(std::abs(next - 101) <= 1.0,
                  fmt::format("predict(100) is within 1.0 of 101: {:.4f}", next));
  program.promise(all_finite(first["loss"]) && all_finite(second["loss"]) &&
                      all_finite(first["val_loss"]) && all_finite(second["val_loss"]),
                  "no loss is NaN or infinite");
}

}  // namespace

int main(int argc, char** argv) {
  Program program("counting",
                  "Learns to count from 0..99 to 1..100, without scaling, in two calls of fit(); "
                  "--epochs is for each of them.",
                  {.full = 300, .quick = 5});
  program.describe_metric("prediction", "for 100, which should give 101");
  program.describe_metric("first_loss, middle_loss", "of the first fit's first and last epoch");
  program.describe_metric("resumed_loss, last_loss", "of the second fit's first and last epoch");
  program.describe_metric("last_val_loss", "of the second fit's last epoch");
  return program.run(argc, argv, [&] { count(program); });
}
