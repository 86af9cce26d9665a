// Matrix products against the peak of fused multiply-adds, and beside PyTorch.
//
// Cases: N (a square product) or mMnNkK, each with any of -ta, -tb (transposed operand), -f64.
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <carousel/backends/cpu/gemm.h>

#include "support/benchmark.h"

namespace {

using namespace carousel::bench;
using std::int64_t;

struct Sizes {
  int64_t m, n, k;
  bool a_transposed, b_transposed, f64;
};

Sizes parse(const std::string& name) {
  const auto part = match("(?:(\\d+)|m(\\d+)n(\\d+)k(\\d+))(-ta)?(-tb)?(-f64)?", name);
  if (part.empty())
    throw Unknown{"unknown case '" + name + "': expected N or mMnNkK[-ta][-tb][-f64]"};
  const auto number = [&](int group) {
    return static_cast<int64_t>(std::stoll(part[0].empty() ? part[group] : part[0]));
  };
  return {number(1), number(2), number(3), !part[4].empty(), !part[5].empty(), !part[6].empty()};
}

template <class T>
std::vector<T> numbers(int64_t count) {
  std::vector<T> v(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < v.size(); ++i) v[i] = static_cast<T>(i * 37 % 101) / 50 - 1;
  return v;
}

// A product's operands, and what it gives.
template <class T>
struct Product {
  explicit Product(const Sizes& c)
      : a(numbers<T>(c.m * c.k)), b(numbers<T>(c.k * c.n)), out(c.m * c.n) {
    args = {c.m,
            c.n,
            c.k,
            a.data(),
            c.a_transposed ? 1 : c.k,
            c.a_transposed ? c.m : 1,
            b.data(),
            c.b_transposed ? 1 : c.n,
            c.b_transposed ? c.k : 1,
            out.data(),
            c.n};
  }
  std::vector<T> a, b, out;
  carousel::cpu::GemmArgs<T> args;
};

class Gemm : public Case {
 public:
  explicit Gemm(const std::string& name) : sizes_(parse(name)) {}

  double flops() const override {
    return 2.0 * static_cast<double>(sizes_.m * sizes_.n * sizes_.k);
  }
  bool is_f64() const override { return sizes_.f64; }
  Calls ready() override { return sizes_.f64 ? ready_as<double>() : ready_as<float>(); }
  std::vector<std::vector<float>> results() override {
    return {sizes_.f64 ? result_as<double>() : result_as<float>()};
  }

 private:
  template <class T>
  Calls ready_as() const {
    return repeated(
        [product = std::make_shared<Product<T>>(sizes_)] { carousel::cpu::gemm(product->args); });
  }
  template <class T>
  std::vector<float> result_as() const {
    const Product<T> product(sizes_);
    carousel::cpu::gemm(product.args);
    return {product.out.begin(), product.out.end()};
  }

  Sizes sizes_;
};

}  // namespace

int main(int argc, char** argv) {
  return run_benchmark(
      {.name = "gemm",
       .summary = "Matrix products against the peak of fused multiply-adds, and beside PyTorch",
       .grammar = "N or mMnNkK, with -ta, -tb, -f64",
       .cases = {"256", "512", "1024", "1024-ta", "1024-tb", "1024-f64", "m16n1024k256",
                 "m64n2048k512", "m1n1024k1024"},
       .make = [](auto& name, auto&) { return std::make_unique<Gemm>(name); }},
      argc, argv);
}
