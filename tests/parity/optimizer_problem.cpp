#include <tests/parity/optimizer_problem.h>

#include <carousel/autograd/ops.h>

#include <cmath>

namespace carousel::test {
namespace {

// In T throughout, as the golden values were made: near a minimum its rounding shows.
template <class T>
std::vector<double> gradient(const std::map<std::string, Host>& problem,
                             const std::vector<double>& x) {
  const auto& a = problem.at("A").values;
  const auto &b = problem.at("b").values, &c = problem.at("c").values, &w = problem.at("w").values;
  const auto as_t = [](double value) { return static_cast<T>(value); };
  std::vector<double> g(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    T sum = 0;
    for (std::size_t k = 0; k < x.size(); ++k)
      sum += as_t(a[i * x.size() + k]) * (as_t(x[k]) - as_t(b[k]));
    g[i] = sum + as_t(c[i] * w[i]) * std::cos(as_t(w[i]) * as_t(x[i]));
  }
  return g;
}

template <class T>
double value(const std::map<std::string, Host>& problem, const std::vector<double>& x) {
  const auto& a = problem.at("A").values;
  const auto &b = problem.at("b").values, &c = problem.at("c").values, &w = problem.at("w").values;
  T quadratic = 0, waves = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    for (std::size_t k = 0; k < x.size(); ++k)
      quadratic += static_cast<T>((x[i] - b[i]) * a[i * x.size() + k] * (x[k] - b[k]));
    waves += static_cast<T>(c[i] * std::sin(w[i] * x[i]));
  }
  return static_cast<double>(T(0.5) * quadratic + waves);
}

// The parameters, as parts of one vector.
class Point {
 public:
  Point(const GoldenCase& golden, DType dtype) : dtype_(dtype) {
    const std::vector<double>& x0 = golden.group("problem").at("x0").values;
    std::int64_t begin = 0;
    for (const nlohmann::json& sizes : golden.config.at("variables")) {
      const auto list = sizes.get<std::vector<std::int64_t>>();
      const Shape shape{std::span<const std::int64_t>(list)};
      parameters.push_back(part(x0, shape, begin).clone().set_requires_grad());
      begin += shape.numel();
    }
  }
  void set_gradient(const std::vector<double>& g) {
    std::int64_t begin = 0;
    for (Tensor& each : parameters) {
      each.set_grad(part(g, each.shape(), begin));
      begin += each.numel();
    }
  }
  std::vector<double> values() const {
    std::vector<double> x;
    for (const Tensor& each : parameters)
      for (const double value : host(each).values) x.push_back(value);
    return x;
  }
  std::vector<Tensor> parameters;

 private:
  Tensor part(const std::vector<double>& all, const Shape& shape, std::int64_t at) const {
    return from_span<double>(std::span(all).subspan(static_cast<std::size_t>(at),
                                                    static_cast<std::size_t>(shape.numel())),
                             shape)
        .to(dtype_);
  }
  DType dtype_;
};

}  // namespace

Walk walk(const GoldenCase& golden, optim::Optimizer& optimizer, DType dtype) {
  const auto& problem = golden.group("problem");
  Point point(golden, dtype);
  optimizer.bind(point.parameters);
  std::vector<double> x = point.values();
  const auto size = static_cast<std::int64_t>(x.size());
  Host trajectory{{golden.config.at("steps").get<std::int64_t>() + 1, size}, dtype, x};
  while (std::ssize(trajectory.values) < trajectory.shape.numel()) {
    optimizer.step([&] {
      x = point.values();
      point.set_gradient(dtype == f32 ? gradient<float>(problem, x) : gradient<double>(problem, x));
      return Tensor{dtype == f32 ? value<float>(problem, x) : value<double>(problem, x)};
    });
    x = point.values();
    trajectory.values.insert(trajectory.values.end(), x.begin(), x.end());
  }
  optimizer.finalize();
  return {trajectory, {{size}, dtype, point.values()}};
}

}  // namespace carousel::test
