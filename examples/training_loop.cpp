// An explicit training loop over a module of one's own; it gives the loss curve of fit(), bit for
// bit.
#include <carousel/carousel.h>
#include <carousel/nn/data/dataset.h>
#include <carousel/nn/data/series.h>
#include <carousel/nn/layers.h>
#include <carousel/nn/losses.h>
#include <carousel/nn/train/train.h>
#include <carousel/optim/optim.h>
#include <support/program.h>
#include <support/series.h>
#include <support/table.h>

#include <cstring>

using namespace carousel;
using carousel::examples::Program;

namespace {

constexpr std::int64_t kBatchSize = 32;
constexpr double kLearningRate = 1e-2, kClipNorm = 0.5;

// [model]
struct Forecaster : nn::Module {
  nn::LSTM lstm{{.units = 20}};
  nn::Dense head{{.units = 1}};

  nn::Value forward(const nn::Value& x) override { return head(lstm(x)); }
  void visit(nn::Visitor& v) override { v("lstm", lstm), v("head", head); }
};

// The mean loss of each epoch.
std::vector<double> by_loop(const Tensor& x, const Tensor& y, int epochs, std::uint64_t seed) {
  Forecaster model;
  model.build({kBatchSize, x.dim(1), x.dim(2)});
  model.to(x.device()).train();
  optim::Adam adam{{.learning_rate = kLearningRate}};
  adam.bind(model.named_parameters());
  data::BatchWalker batches({x, y}, kBatchSize);
  std::vector<double> curve;
  for (int epoch = 0; epoch < epochs; ++epoch) {
    batches.shuffle(seed, static_cast<std::uint64_t>(epoch));
    double sum = 0;
    for (std::int64_t i = 0; i < batches.batches(); ++i) {
      const data::Batch batch = batches.batch(i);
      const Tensor inputs = batch.x[0], targets = batch.y[0];
      adam.zero_grad();
      const Tensor loss = nn::mse(model(inputs), targets);
      loss.backward();
      optim::clip_by_global_norm(model.parameters(), kClipNorm);
      adam.step();
      sum += loss.item() * static_cast<double>(inputs.dim(0));
    }
    curve.push_back(sum / static_cast<double>(x.dim(0)));
  }
  return curve;
}
// [/model]

std::vector<double> by_fit(const Tensor& x, const Tensor& y, int epochs) {
  Forecaster model;
  const optim::Adam adam{{.learning_rate = kLearningRate, .global_clipnorm = kClipNorm}};
  model.compile({.optimizer = adam, .loss = nn::mse});
  return model.fit(x, y, {.batch_size = kBatchSize, .epochs = epochs, .verbose = 0})["loss"];
}

// Whether the two have the same bits.
bool same(const std::vector<double>& a, const std::vector<double>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0;
}

void compare(Program& program) {
  const examples::Flags& flags = program.flags();
  nn::set_seed(flags.seed);
  data::MinMaxScaler scaler;
  const std::vector<double> sunspots = examples::read_series({}).values;
  const auto sequences = data::create_sequences(scaler.fit_transform(sunspots), 10);
  const Tensor x = sequences.x.to(flags.device), y = sequences.y.to(flags.device);
  const auto loop = by_loop(x, y, flags.epochs, flags.seed), fit = by_fit(x, y, flags.epochs);

  std::vector<std::vector<std::string>> rows;
  double difference = 0;
  for (std::size_t epoch = 0; epoch < loop.size(); ++epoch) {
    rows.push_back({std::to_string(epoch + 1), fmt::format("{:.17g}", loop[epoch]),
                    fmt::format("{:.17g}", fit.at(epoch))});
    difference = std::max(difference, std::abs(loop[epoch] - fit[epoch]));
  }
  program.print("{}\n", examples::table({"epoch", "loss by the loop", "loss by fit"}, rows));
  program.metric("first_loss", loop.front());
  program.metric("last_loss", loop.back());
  program.metric("difference", difference);
  program.promise(same(loop, fit), "the loop and fit() have the same losses, bit for bit");
  program.promise(loop.back() < 0.5 * loop.front(), "the loss falls to less than half");
}

}  // namespace

int main(int argc, char** argv) {
  Program program("training_loop",
                  "Trains a module of one's own by an explicit loop (zero_grad, forward, backward, "
                  "clip, step) and by fit(), and compares the loss curves.",
                  {.full = 20, .quick = 3});
  program.describe_metric("first_loss, last_loss", "of the loop's first and last epoch");
  program.describe_metric("difference", "largest between the two loss curves");
  return program.run(argc, argv, [&] { compare(program); });
}
