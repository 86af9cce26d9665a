// Single operations: what one on a tiny tensor costs, and how fast large ones run.
//
// Cases: NAME-COUNT, COUNT with an optional k or m (thousand, million): add-4, tanh-1m. The
// operands of add_row, sum0, sum1, max1, softmax and transpose are matrices, as near to square as
// COUNT allows. "recorded": with an input that wants a gradient; the node it leaves is freed within
// the time.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <carousel/autograd/grad_mode.h>
#include <carousel/autograd/ops.h>

#include "support/benchmark.h"
#include "support/numbers.h"

namespace {

using namespace carousel;
using namespace carousel::bench;
using std::int64_t;

struct Inputs {
  Tensor a, b, matrix, row;  // a and b: (count,); matrix: the same numbers, square
};

struct Operation {
  std::string name;
  double bytes;  // read and written, an element of the largest operand
  std::function<Tensor(const Inputs&)> call;
};

const std::vector<Operation>& operations() {
  static const std::vector<Operation> all{
      {"add", 12, [](const Inputs& x) { return x.a + x.b; }},
      {"mul", 12, [](const Inputs& x) { return x.a * x.b; }},
      {"add_scalar", 8, [](const Inputs& x) { return x.a + 0.5; }},
      {"add_row", 8, [](const Inputs& x) { return x.matrix + x.row; }},
      {"relu", 8, [](const Inputs& x) { return relu(x.a); }},
      {"exp", 8, [](const Inputs& x) { return exp(x.a); }},
      {"tanh", 8, [](const Inputs& x) { return tanh(x.a); }},
      {"sigmoid", 8, [](const Inputs& x) { return sigmoid(x.a); }},
      {"gelu", 8, [](const Inputs& x) { return gelu(x.a); }},
      {"sum", 4, [](const Inputs& x) { return x.a.sum(); }},
      {"sum0", 4, [](const Inputs& x) { return x.matrix.sum(0); }},
      {"sum1", 4, [](const Inputs& x) { return x.matrix.sum(1); }},
      {"max1", 4, [](const Inputs& x) { return x.matrix.max(1); }},
      {"softmax", 8, [](const Inputs& x) { return softmax(x.matrix); }},
      {"clone", 8, [](const Inputs& x) { return x.a.clone(); }},
      {"transpose", 8, [](const Inputs& x) { return x.matrix.t().contiguous(); }},
  };
  return all;
}

// The largest divisor of count that is at most its root.
int64_t rows_of(int64_t count) {
  int64_t rows = static_cast<int64_t>(std::sqrt(static_cast<double>(count)));
  while (count % rows != 0) --rows;
  return rows;
}

Inputs make_inputs(int64_t count, bool requires_grad) {
  const int64_t rows = rows_of(count), cols = count / rows;
  std::vector<float> a, b;
  for (int64_t i = 0; i < count; ++i) {
    a.push_back(static_cast<float>(i * 37 % 101) / 50 - 1);
    b.push_back(static_cast<float>(i * 53 % 97) / 50 + 0.25f);
  }
  const auto tensor = [&](const std::vector<float>& values, const Shape& shape) {
    return from_vector(values, shape, {.requires_grad = requires_grad});
  };
  return {tensor(a, {count}), tensor(b, {count}), tensor(a, {rows, cols}),
          tensor(std::vector<float>(b.begin(), b.begin() + cols), {cols})};
}

class SingleOperation : public Case {
 public:
  explicit SingleOperation(const std::string& name) {
    const auto part = match("([a-z_0-9]+)-(\\d{1,9})([km]?)", name);
    if (part.empty())
      throw Unknown{"unknown case '" + name + "': expected NAME-COUNT, like add-4 or tanh-1m"};
    std::string known;
    for (const Operation& each : operations()) {
      if (each.name == part[0]) operation_ = &each;
      known += " " + each.name;
    }
    if (!operation_) throw Unknown{"unknown operation '" + part[0] + "': expected one of" + known};
    const int64_t unit = part[2] == "m" ? 1000000 : part[2] == "k" ? 1000 : 1;
    count_ = std::max<int64_t>(1, std::stoll(part[1])) * unit;
  }

  Calls ready() override { return calls(false); }
  std::vector<std::vector<float>> results() override {
    return to_vectors({operation_->call(make_inputs(count_, false))});
  }
  std::vector<std::pair<std::string, double>> figures(const Time& ours) override {
    Time recorded;
    for (int round = 0; round < 3; ++round) keep_best(recorded, time_calls(calls(true)));
    return {{"recorded_ns", recorded.median * 1e9},
            {"gb_per_s", operation_->bytes * static_cast<double>(count_) / ours.median * 1e-9}};
  }

 private:
  Calls calls(bool recorded) const {
    return [inputs = make_inputs(count_, recorded), recorded, this](int64_t count) {
      const GradMode mode(recorded);
      for (int64_t i = 0; i < count; ++i) operation_->call(inputs);
    };
  }

  const Operation* operation_ = nullptr;
  int64_t count_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  return run_benchmark(
      {.name = "ops",
       .summary = "What single operations cost. recorded_ns: with an input that wants a gradient",
       .grammar = "NAME-COUNT, like add-4 or tanh-1m",
       .cases = {"add-4", "add_scalar-4", "tanh-4", "sum-4", "softmax-4", "add-1m", "add_row-1m",
                 "relu-1m", "exp-1m", "tanh-1m", "sigmoid-1m", "gelu-1m", "sum-1m", "sum0-1m",
                 "sum1-1m", "max1-1m", "softmax-1m", "clone-1m", "transpose-1m"},
       .make = [](auto& name, auto&) { return std::make_unique<SingleOperation>(name); },
       .in_nanoseconds = true},
      argc, argv);
}
