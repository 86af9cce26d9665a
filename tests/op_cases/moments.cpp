// Variances, norms, logsumexp and scans.
#include <tests/op_cases/reductions.h>

namespace carousel::test {
namespace {

template <int correction>
double var_of(const Values& x) {
  const double mean = mean_of(x);
  double sum = 0;
  for (double v : x) sum += (v - mean) * (v - mean);
  return sum / std::max(static_cast<double>(x.size()) - correction, 0.0);
}
double logsumexp_of(const Values& x) {
  const double largest = max_of(x);
  if (std::isinf(largest)) return largest;
  double sum = 0;
  for (double v : x) sum += std::exp(v - largest);
  return largest + std::log(sum);
}

std::vector<OpCase> moments() {
  std::vector<OpCase> all;
  const auto some = with(plain(-2, 2), {nan_and_infinity()});
  const auto sample_var = [](const Tensor& x, const Axes& axes, bool keep) {
    return var(x, axes, keep);
  };
  const auto whole_std = [](const Tensor& x, const Axes& axes, bool keep) {
    return carousel::std(x, axes, keep, 0);
  };
  append(all, everywhere("var", sample_var, var_of<1>, some));
  append(all, everywhere(
                  "std", whole_std, [](const Values& x) { return std::sqrt(var_of<0>(x)); }, some));
  for (OpCase& c : all) {
    c.epsilons = 64;
    // One element has no sample variance, and a constant no derivative of its deviation.
    for (Sample& sample : c.samples)
      if (sample.what == "one element" || sample.what == "a scalar" || sample.what == "stride 0")
        sample.smooth = false;
    // The mean of equal numbers may differ from them by a rounding; their variance is then no 0.
    if (c.variant == "columns")
      std::erase_if(c.samples, [](const Sample& sample) { return sample.what == "stride 0"; });
  }
  append(all, everywhere("logsumexp", logsumexp, logsumexp_of,
                         with(with(plain(-2, 2), not_smooth(empty())),
                              {{"large", {list({1, 3}, {1000, 1001, -1000})}, false},
                               {"only -inf", {list({1, 2}, {-kInf, -kInf})}, false}})));
  return all;
}

template <int p>
double norm_of(const Values& x) {
  double sum = 0;
  for (double v : x) sum += std::pow(std::abs(v), p);
  return std::pow(sum, 1.0 / p);
}
double largest_of(const Values& x) {
  double y = 0;
  for (double v : x) y = std::isnan(v) || std::abs(v) > y ? std::abs(v) : y;
  return y;
}
double count_of(const Values& x) {
  return static_cast<double>(std::count_if(x.begin(), x.end(), [](double v) { return v != 0; }));
}

template <int p>  // below 0: infinity
Tensor norm_with(const Tensor& x, const Axes& axes, bool keepdims) {
  return norm(x, p < 0 ? kInf : p, axes, keepdims);
}

std::vector<OpCase> norms() {
  std::vector<OpCase> all;
  const auto some = with(plain(0.5, 2), {{"negative", {draw({2, 3}, -2, -0.5, 51)}},
                                         {"zeros", {list({2, 2}, {0, 0, 0, 3})}, false}});
  const auto named = [&](const char* word, Reduction forward, Result f) {
    for (OpCase& c : everywhere("norm", forward, f, some)) {
      c.variant = c.variant.empty() ? word : word + ("_" + c.variant);
      all.push_back(c);
    }
  };
  named("2", norm_with<2>, norm_of<2>);
  named("1", norm_with<1>, norm_of<1>);
  named("3", norm_with<3>, norm_of<3>);
  named("0", norm_with<0>, count_of);
  named("inf", norm_with<-1>, largest_of);
  for (OpCase& c : all)
    for (Sample& sample : c.samples)
      if (c.variant.starts_with("inf") && sample.what == "stride 0") sample.smooth = false;
  all[0].faults.push_back(fault<ValueError>("[norm] p must be at least 0, got -1.000000",
                                            [] { norm(Tensor{1.f}, -1); }));
  all[0].faults.push_back(
      fault<DTypeError>("[norm] takes f32 or f64, got i32", [] { norm(Tensor{1}); }));
  return all;
}

Values running(const Values& x, double (*f)(double, double)) {
  Values y(x.size());
  std::partial_sum(x.begin(), x.end(), y.begin(), f);
  return y;
}
Values running_sum(const Values& x) {
  return running(x, [](double a, double b) { return a + b; });
}
Values running_product(const Values& x) {
  return running(x, [](double a, double b) { return a * b; });
}

std::vector<OpCase> scans() {
  std::vector<OpCase> all;
  for (const bool sums : {true, false})
    for (const int axis : {0, -1}) {
      OpCase c;
      c.name = sums ? "cumsum" : "cumprod";
      c.variant = axis == 0 ? "columns" : "rows";
      c.forward = [=](const Tensors& x) { return sums ? cumsum(x[0], axis) : cumprod(x[0], axis); };
      c.reference = [=](const Hosts& x) {
        return along(x[0], axis, sums ? running_sum : running_product);
      };
      c.samples = with(with(plain(0.5, 1.5), empty()),
                       {{"zeros", {list({2, 4}, {1, 0, 2, 3, 0, 2, 0, 4})}}, nan_and_infinity()});
      c.dtypes = kNumbers;
      c.epsilons = 16;
      c.of_largest = true;
      c.faults = {fault<IndexError>("[" + c.name + "] axis 0 is out of range for shape ()", [sums] {
        sums ? cumsum(Tensor{1.f}.sum(), 0) : cumprod(Tensor{1.f}.sum(), 0);
      })};
      all.push_back(c);
    }
  return all;
}

}  // namespace

std::vector<OpCase> moment_cases() {
  std::vector<OpCase> all;
  for (auto family : {moments, norms, scans}) append(all, family());
  return all;
}

}  // namespace carousel::test
