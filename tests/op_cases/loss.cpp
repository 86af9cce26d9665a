// Losses.
#include <cmath>

#include <carousel/autograd/ops/loss.h>
#include <tests/op_cases/losses.h>

namespace carousel::test {
namespace {

using Loss = std::function<double(double, double)>;

Host reduced(const Host& each, Reduction reduction) {
  if (reduction == Reduction::none) return each;
  double total = 0;
  for (double value : each.values) total += value;
  const auto count = static_cast<double>(each.values.size());
  return {{}, each.dtype, {reduction == Reduction::mean ? total / count : total}};
}

const char* name_of(Reduction reduction) {
  return reduction == Reduction::mean ? "mean" : reduction == Reduction::sum ? "sum" : "none";
}

using Call = std::function<Tensor(const Tensor&, const Tensor&, Reduction)>;

// One case a reduction; targets of probabilities lie within [0, 1].
std::vector<OpCase> pointwise(const char* name, const Call& call, const Loss& loss, double low,
                              double high, std::vector<Sample> more, std::vector<Fault> faults) {
  std::vector<OpCase> cases;
  for (Reduction reduction : {Reduction::mean, Reduction::sum, Reduction::none}) {
    const auto pair = [=](const Shape& shape, Lie lie = Lie::dense) {
      const bool unit = std::string(name).starts_with("binary");
      return std::vector<Array>{draw(shape, low, high, 1, lie),
                                draw(shape, unit ? 0 : low, unit ? 1 : high, 2, lie)};
    };
    cases.push_back(
        {.name = name,
         .variant = name_of(reduction),
         .forward = [=](const Tensors& x) { return call(x[0], x[1], reduction); },
         .reference = [=](const Hosts& x) { return reduced(zip(x[0], x[1], loss), reduction); },
         .samples = with({{"a scalar", pair({})},
                          {"a vector", pair({37})},
                          {"transposed", pair({3, 4}, Lie::transposed)},
                          {"strided", pair({2, 5}, Lie::strided)},
                          {"stride 0", pair({3, 4}, Lie::expanded)}},
                         more),
         .epsilons = 16,
         .of_largest = true,
         .faults = faults});
  }
  return cases;
}

Fault differing(const std::string& name, const Call& call) {
  return fault<ShapeError>("[" + name + "] prediction (2,) and target (2, 1) differ in shape",
                           [call] {
                             call(Tensor{1.f, 2.f}, Tensor{{1.f}, {2.f}}, Reduction::mean);
                           });
}

Fault integers(const std::string& name, const Call& call) {
  return fault<DTypeError>("[" + name + "] ", [call] {
    call(Tensor{1, 2}, Tensor{1, 2}, Reduction::mean);
  });
}

double bce(double p, double t) {
  p = std::min(std::max(p, 1e-7), 1 - 1e-7);
  return -t * std::log(p) - (1 - t) * std::log1p(-p);
}

// From the definition of sigmoid, in long double.
double bce_of_logit(double x, double t) {
  const long double p = 1 / (1 + std::exp(-static_cast<long double>(x)));
  const long double q = 1 / (1 + std::exp(static_cast<long double>(x)));
  return static_cast<double>(-static_cast<long double>(t) * std::log(p) -
                             (1 - static_cast<long double>(t)) * std::log(q));
}

double huber_of(double p, double t) {
  const double d = std::abs(p - t);
  return d <= 1.5 ? d * d / 2 : 1.5 * d - 1.125;
}

// Rows of three logits; labels below 0 are ignored.
Host row_losses(const Hosts& x) {
  Host y{x[1].shape, x[0].dtype, {}};
  const std::size_t classes = static_cast<std::size_t>(x[0].shape[x[0].shape.rank() - 1]);
  for (std::size_t row = 0; row < x[1].values.size(); ++row) {
    const double* logits = &x[0].values[row * classes];
    double largest = logits[0];
    for (std::size_t j = 1; j < classes; ++j) largest = std::max(largest, logits[j]);
    long double total = 0;
    for (std::size_t j = 0; j < classes; ++j)
      total += std::exp(static_cast<long double>(logits[j]) - largest);
    const double label = x[1].values[row];
    y.values.push_back(label < 0 ? 0
                                 : static_cast<double>(std::log(total)) + largest -
                                       logits[static_cast<std::size_t>(label)]);
  }
  return y;
}

Host counted_mean(const Hosts& x) {
  Host y = reduced(row_losses(x), Reduction::sum);
  double count = 0;
  for (double label : x[1].values) count += label >= 0;
  y.values[0] /= count;
  return y;
}

std::vector<OpCase> cross_entropy_cases() {
  std::vector<OpCase> cases;
  const Array labels = fixed(list({4}, {2, 0, -1, 1}), i64);
  for (Reduction reduction : {Reduction::mean, Reduction::sum, Reduction::none})
    cases.push_back(
        {.name = "cross_entropy",
         .variant = name_of(reduction),
         .forward = [=](const Tensors& x) { return cross_entropy(x[0], x[1], reduction); },
         .reference = [=](const Hosts& x) -> HostOutputs {
           if (reduction == Reduction::mean) return counted_mean(x);
           return reduced(row_losses(x), reduction);
         },
         .samples = {{"rows", {draw({4, 3}, -3, 3, 1), labels}},
                     {"i32, transposed",
                      {draw({4, 3}, -3, 3, 2, Lie::transposed), fixed(labels, i32)}},
                     {"a batch of rows",
                      {draw({2, 2, 19}, -3, 3, 3), fixed(list({2, 2}, {18, 3, -1, 0}), i64)}},
                     {"one row", {draw({3}, -3, 3, 4), fixed(list({}, {1}), i64)}},
                     {"extremes",
                      {list({2, 2}, {1e30, -1e30, -700, 700}), fixed(list({0, 1}), i64)},
                      false}},
         .epsilons = 8,
         .of_largest = true});
  const Tensor logits{{1.f, 2.f, 3.f}};
  cases[0].faults = {
      fault<IndexError>("[cross_entropy] label 3 ", [logits] { cross_entropy(logits, Tensor{3}); }),
      fault<ShapeError>("[cross_entropy] labels (1, 1) are not logits (1, 3) without the last axis",
                        [logits] { cross_entropy(logits, Tensor{{1}}); }),
      fault<DTypeError>("[cross_entropy] labels must be i32 or i64, got f32 (1,)",
                        [logits] { cross_entropy(logits, Tensor{1.f}); })};
  return cases;
}

}  // namespace

std::vector<OpCase> loss_cases() {
  const Call mse_call = [](const Tensor& p, const Tensor& t, Reduction r) { return mse(p, t, r); };
  const Call mae_call = [](const Tensor& p, const Tensor& t, Reduction r) { return mae(p, t, r); };
  const Call huber_call = [](const Tensor& p, const Tensor& t, Reduction r) {
    return huber(p, t, 1.5, r);
  };
  const Call bce_call = [](const Tensor& p, const Tensor& t, Reduction r) {
    return binary_cross_entropy(p, t, r);
  };
  const Call logit_call = [](const Tensor& p, const Tensor& t, Reduction r) {
    return binary_cross_entropy_with_logits(p, t, r);
  };
  const Sample exact{"equal", {list({1, 2}), list({1, 2})}, false};
  const Sample nan{"NaN", {list({kNaN, 2}), list({1, 2})}, false};
  const Sample nan_probability{"NaN", {list({kNaN, 0.5}), list({1, 0.25})}, false};
  const Sample certain{"certain", {list({0, 1, 0.5}), list({0, 1, 1})}, false};
  const Sample far{"far", {list({-700, 700, 88}), list({1, 0, 1})}, false};
  const std::string logit_name = "binary_cross_entropy_with_logits";

  std::vector<OpCase> all = cross_entropy_cases();
  const auto add = [&all](std::vector<OpCase> cases) {
    for (OpCase& c : cases) all.push_back(std::move(c));
  };
  add(pointwise("mse", mse_call, [](double p, double t) { return (p - t) * (p - t); }, -3, 3,
                {exact, nan}, {differing("mse", mse_call), integers("mse", mse_call)}));
  add(pointwise("mae", mae_call, [](double p, double t) { return std::abs(p - t); }, -3, 3,
                {exact, nan}, {differing("mae", mae_call), integers("mae", mae_call)}));
  add(pointwise("huber", huber_call, huber_of, -3, 3, {exact, nan},
                {differing("huber", huber_call),
                 fault<ValueError>("[huber] delta must be positive, got 0",
                                   [] { huber(Tensor{1.f}, Tensor{1.f}, 0); })}));
  add(pointwise(
      "binary_cross_entropy", bce_call, bce, 0.1, 0.9, {nan_probability},
      {differing("binary_cross_entropy", bce_call),
       fault<ValueError>("[binary_cross_entropy] epsilon must be in [0, 0.5), got 0.5", [] {
         binary_cross_entropy(Tensor{0.5f}, Tensor{1.f}, Reduction::mean, 0.5);
       })}));
  // 1 - 1e-7 is another number in f32, whose log is far off: f64 only.
  all.push_back({.name = "binary_cross_entropy",
                 .variant = "certain",
                 .forward = [=](const Tensors& x) { return bce_call(x[0], x[1], Reduction::none); },
                 .reference = [](const Hosts& x) { return zip(x[0], x[1], bce); },
                 .samples = {certain},
                 .dtypes = {f64},
                 .of_largest = true});
  add(pointwise(logit_name.c_str(), logit_call, bce_of_logit, -6, 6, {far, nan},
                {differing(logit_name, logit_call)}));
  add(margin_loss_cases());
  add(likelihood_loss_cases());
  add(ctc_cases());
  return all;
}

}  // namespace carousel::test
