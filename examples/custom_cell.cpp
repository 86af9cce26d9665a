// A recurrent cell of one's own, from ordinary operations: alone, stacked, in both directions, with
// masks, saved and loaded. It learns the adding problem (Hochreiter and Schmidhuber, 1997): two
// numbers of a long row are marked, and their sum is asked for.
#include <carousel/carousel.h>
#include <carousel/nn/io/load_model.h>
#include <carousel/nn/layers.h>
#include <carousel/nn/train/train.h>
#include <carousel/optim/optim.h>
#include <support/program.h>
#include <support/table.h>

#include <array>

using namespace carousel;
using carousel::examples::Program;

namespace {

// [model]
struct MGUOptions {
  std::int64_t units = 0;
  std::string name = {};
};
void fields(nn::Fields& f, MGUOptions& o) { f("units", o.units); }

// The minimal gated unit (Zhou et al., 2016): h' = (1 - f) h + f n, where
// f = sigmoid(x W_f + h U_f + b_f) and n = tanh(x W_n + (f h) U_n + b_n).
class MGUCell : public nn::Layer<MGUOptions, nn::Cell> {
 public:
  explicit MGUCell(const MGUOptions& options)
      : Layer(options),
        input_{{.units = 2 * options.units}},
        forget_{{.units = options.units, .use_bias = false}},
        candidate_{{.units = options.units, .use_bias = false}} {}

  std::vector<std::int64_t> state_sizes() const override { return {options().units}; }
  Tensor project_input(const Tensor& x) override { return input_(x); }
  nn::CellStep step(const Tensor& x, const std::vector<Tensor>& states) override {
    const Tensor& h = states[0];
    const std::vector<Tensor> from_input = split(x, 2, -1);
    const Tensor f = sigmoid(from_input[0] + forget_(h));
    const Tensor n = tanh(from_input[1] + candidate_(f * h));
    const Tensor after = h + f * (n - h);
    return {after, {after}};
  }
  void visit(nn::Visitor& v) override {
    v("input", input_), v("forget", forget_), v("candidate", candidate_);
  }

 private:
  nn::Dense input_, forget_, candidate_;
};
// [/model]

constexpr std::int64_t kShortest = 8, kLongest = 16, kRows = 4096, kTestRows = 512;
constexpr double kPadding = -1;

struct Rows {
  Tensor x;        // (rows, 16, 2): numbers in [0, 1) and marks, then padding
  Tensor y;        // (rows, 1)
  Tensor lengths;  // (rows,)
};

Rows adding_problem(std::int64_t count, std::uint64_t seed, Device device) {
  Generator generator{.seed = seed};
  const std::vector<double> numbers =
      uniform({count, kLongest + 3}, 0, 1, generator, {.dtype = f64}).to_vector<double>();
  std::vector<double> x(static_cast<std::size_t>(count * kLongest * 2), kPadding), y;
  std::vector<std::int64_t> lengths;
  for (std::int64_t i = 0; i < count; ++i) {
    const double* row = numbers.data() + i * (kLongest + 3);
    const auto below = [&](std::int64_t k, std::int64_t end) {
      return static_cast<std::int64_t>(row[kLongest + k] * static_cast<double>(end));
    };
    const std::int64_t length = kShortest + below(0, kLongest - kShortest + 1);
    const std::int64_t first = below(1, length / 2);
    const std::int64_t second = length / 2 + below(2, length - length / 2);
    for (std::int64_t t = 0; t < length; ++t) {
      const auto at = static_cast<std::size_t>((i * kLongest + t) * 2);
      x[at] = row[t];
      x[at + 1] = t == first || t == second ? 1 : 0;
    }
    y.push_back(row[first] + row[second]);
    lengths.push_back(length);
  }
  return {from_vector(x, {count, kLongest, 2}).to(f32).to(device),
          from_vector(y, {count, 1}).to(f32).to(device), from_vector(lengths, {count})};
}

double largest_difference(const Tensor& a, const Tensor& b) { return abs(a - b).max().item(); }

double error_of(nn::Module& model, const Rows& rows) {
  return mse(model.predict(rows.x), rows.y).item();
}

// Between a padded row's outputs and those of the row alone.
double effect_of_padding(nn::Module& model, const Rows& rows) {
  double worst = 0;
  for (std::int64_t i = 0; i < 32; ++i) {
    const Tensor padded = rows.x.slice(0, i, i + 1);
    const auto length = static_cast<std::int64_t>(rows.lengths(i));
    const Tensor alone = model.predict(padded.slice(1, 0, length));
    worst = std::max(worst, largest_difference(model.predict(padded), alone));
  }
  return worst;
}

std::array<nn::Sequential, 3> models() {
  const nn::MaskingOptions padding{.mask_value = kPadding};
  return {
      nn::Sequential{nn::Masking{padding}, nn::RNN{MGUCell{{.units = 32}}},
                     nn::Dense{{.units = 1}}},
      nn::Sequential{nn::Masking{padding},
                     nn::RNN{nn::StackedRNNCells{MGUCell{{.units = 24}}, MGUCell{{.units = 24}}}},
                     nn::Dense{{.units = 1}}},
      nn::Sequential{nn::Masking{padding}, nn::Bidirectional{nn::RNN{MGUCell{{.units = 24}}}},
                     nn::Dense{{.units = 1}}}};
}

void train_cells(Program& program) {
  const examples::Flags& flags = program.flags();
  nn::set_seed(flags.seed);
  nn::register_layer<MGUCell>("MGUCell");
  const Rows train = adding_problem(kRows, 2 * flags.seed, flags.device),
             test = adding_problem(kTestRows, 2 * flags.seed + 1, flags.device);
  const double guess = square(test.y - train.y.mean()).mean().item();
  program.metric("guess", guess);
  const char* const names[] = {"cell", "stacked", "bidirectional"};
  std::vector<std::vector<std::string>> table{
      {"always the mean", "", fmt::format("{:.5f}", guess)}};
  auto all = models();
  for (std::size_t i = 0; i < all.size(); ++i) {
    nn::Sequential& model = all[i];
    model.compile({.optimizer = optim::Adam{{.learning_rate = 1e-2}}, .loss = "mse"});
    model.fit(train.x, train.y, {.batch_size = 64, .epochs = flags.epochs, .verbose = 0});
    const std::string name = names[i], file = program.path(name + ".h5");
    nn::save_model(model, file);
    program.add_file(file);
    nn::Sequential loaded = nn::load_model(file);
    loaded.to(flags.device);
    const double error = error_of(loaded, test), padding = effect_of_padding(loaded, test),
                 reload = largest_difference(loaded.predict(test.x), model.predict(test.x));
    program.metric("mse_" + name, error);
    table.push_back({name, std::to_string(model.num_parameters()), fmt::format("{:.5f}", error)});
    program.promise(error <= 0.1 * guess,
                    fmt::format("{}: a tenth of the error of the mean: {:.5f}", name, error));
    program.promise(reload == 0, name + ": the loaded model predicts the same");
    program.promise(padding <= 1e-6,
                    fmt::format("{}: padding changes nothing: {:.2g}", name, padding));
  }
  program.print("{}\n", examples::table({"model", "parameters", "error"}, table));
}

}  // namespace

int main(int argc, char** argv) {
  Program program(
      "custom_cell",
      "A recurrent cell of one's own learns to add: alone, stacked, in both directions.",
      {.full = 8, .quick = 1});
  program.describe_metric("guess", "mean squared error of always saying the mean");
  for (const char* name : {"cell", "stacked", "bidirectional"})
    program.describe_metric(std::string("mse_") + name, "mean squared error on rows never seen");
  return program.run(argc, argv, [&] { train_cells(program); });
}
