// One test case for each operation case and question; see tests/op_cases/op_case.h.
#include <algorithm>
#include <cmath>
#include <cstdlib>

#include <carousel/autograd/engine.h>
#include <carousel/autograd/gradcheck.h>
#include <carousel/autograd/ops.h>
#include <tests/op_cases/op_case.h>
#include <tests/support/full.h>
#include <tests/support/skip.h>

using namespace carousel;
using namespace carousel::test;

namespace {

double epsilon_of(DType dtype) { return dtype == f32 ? 0x1p-23 : 0x1p-52; }
double smallest_of(DType dtype) { return dtype == f32 ? 0x1p-126 : 0x1p-1022; }
double rounded(double value, DType dtype) {
  return dtype == f32 ? static_cast<double>(static_cast<float>(value)) : value;
}

std::string named(const OpCase& c, const Sample& sample, DType dtype) {
  return label(c) + " of " + to_string(dtype) + ", " + sample.what;
}

// Integers take the samples that they can hold.
bool fits(const Sample& sample, DType dtype) {
  if (is_floating(dtype)) return true;
  for (const Array& x : sample.inputs)
    for (double value : x.values)
      if (!x.dtype && !(std::abs(value) < 1e6)) return false;
  return true;
}

bool close(double got, double wanted, double bound) {
  if (std::isnan(wanted) || std::isnan(got)) return std::isnan(wanted) && std::isnan(got);
  if (std::isinf(wanted) || std::isinf(got)) return wanted == got;
  return std::abs(got - wanted) <= bound;
}

void compare(const OpCase& c, const std::string& what, const Host& got, const Host& wanted,
             double epsilons) {
  BOOST_TEST_CONTEXT(what) {
    BOOST_TEST(to_string(got.shape) == to_string(wanted.shape));
    BOOST_TEST(to_string(got.dtype) == to_string(wanted.dtype));
  }
  if (!(got.shape == wanted.shape)) return;
  double largest = smallest_of(wanted.dtype);
  for (double value : wanted.values)
    if (std::isfinite(value) && c.of_largest) largest = std::max(largest, std::abs(value));
  for (std::size_t i = 0; i < got.values.size(); ++i) {
    const double want = rounded(wanted.values[i], wanted.dtype);
    const double bound = is_floating(wanted.dtype) ? epsilons * epsilon_of(wanted.dtype) *
                                                         std::max(std::abs(want), largest)
                                                   : 0;
    if (close(got.values[i], want, bound)) continue;
    BOOST_ERROR(what << ": element " << i << " is " << got.values[i] << ", wanted " << want
                     << " +- " << bound);
    return;  // the first tells enough
  }
}

Hosts hosts(const Tensors& tensors) {
  Hosts result;
  for (const Tensor& x : tensors) result.push_back(host(x));
  return result;
}

void values(const OpCase& c) {
  BOOST_REQUIRE(c.reference || c.check);
  for (DType dtype : c.dtypes)
    for (const Sample& sample : c.samples) {
      if (!fits(sample, dtype)) continue;
      const std::string what = named(c, sample, dtype);
      const Tensors inputs = make(sample, dtype);
      const Tensors outputs = c.forward(inputs);
      BOOST_TEST_CONTEXT(what) {
        if (c.check) c.check(inputs, outputs);
        BOOST_TEST(true);
      }
      if (!c.reference) continue;
      const Hosts wanted = c.reference(hosts(inputs));
      BOOST_TEST_REQUIRE(outputs.size() == wanted.size());
      for (std::size_t k = 0; k < wanted.size(); ++k)
        compare(c, what, host(outputs[k]), wanted[k], c.epsilons);
    }
}

// The sample's inputs as leaves where the case has gradients.
Tensors leaves(const OpCase& c, const Sample& sample, DType dtype, Device device = {}) {
  Tensors inputs = make(sample, dtype, device);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    bool constant = !is_floating(inputs[i].dtype());
    for (std::size_t k : c.constant) constant = constant || k == i;
    if (!constant) inputs[i] = inputs[i].detach().set_requires_grad();
  }
  return inputs;
}

// Shapes and dtypes without data.
void on_meta(const OpCase& c) {
  for (DType dtype : c.dtypes)
    for (const Sample& sample : c.samples) {
      if (!fits(sample, dtype)) continue;
      Tensors inputs = make(sample, dtype);
      const Tensors real = c.forward(inputs);
      for (Tensor& x : inputs) x = x.to(Device("meta"));
      const Tensors shapes = c.forward(inputs);
      BOOST_TEST_CONTEXT(named(c, sample, dtype)) {
        BOOST_TEST_REQUIRE(shapes.size() == real.size());
        for (std::size_t k = 0; k < real.size(); ++k) {
          BOOST_TEST(to_string(shapes[k].shape()) == to_string(real[k].shape()));
          BOOST_TEST(to_string(shapes[k].dtype()) == to_string(real[k].dtype()));
          BOOST_TEST(to_string(shapes[k].device()) == "meta");
        }
      }
    }
}

void gradients(const OpCase& c) {
  const bool full = full_tests();
  const auto fn = [&](const Tensors& inputs) { return Tensors(c.forward(inputs)); };
  for (const Sample& sample : c.samples) {
    if (!sample.smooth) continue;
    const Tensors inputs = leaves(c, sample, f64);
    try {
      gradcheck(fn, inputs, {.full = full});
      if (c.derivatives > 1) gradgradcheck(fn, inputs, {.full = full});
      BOOST_TEST(true);
    } catch (const Error& e) {
      BOOST_ERROR(named(c, sample, f64) << ": " << e.what());
    }
  }
}

void faults(const OpCase& c) {
  for (const Fault& f : c.faults) {
    const std::string thrown = f.call();
    BOOST_TEST(thrown.starts_with(f.text), thrown << "\n  wanted: " << f.text);
  }
}

// Each output's gradients for a cotangent that differs everywhere.
Tensors first_gradients(const OpCase& c, const Tensors& inputs, const Tensors& outputs) {
  Tensors roots, wanted, cotangents;
  for (const Tensor& y : outputs) {
    if (!y.requires_grad()) continue;
    roots.push_back(y);
    cotangents.push_back(make(draw(y.shape(), -1, 1, 77), y.dtype(), y.device()));
  }
  for (const Tensor& x : inputs)
    if (x.requires_grad()) wanted.push_back(x);
  if (c.derivatives == 0 || roots.empty() || wanted.empty()) return {};
  return grad(roots, wanted, {.cotangents = cotangents, .allow_unused = true});
}

// A device's outputs, then gradients.
Tensors all_results(const OpCase& c, const Sample& sample, DType dtype, Device device) {
  const Tensors inputs = leaves(c, sample, dtype, device);
  Tensors results = c.forward(inputs);
  for (const Tensor& gradient : first_gradients(c, inputs, results)) results.push_back(gradient);
  return results;
}

void on_device(const OpCase& c, Device device) {
  std::string missing;
  for (DType dtype : c.dtypes)
    for (const Sample& sample : c.samples) {
      if (!fits(sample, dtype) || c.check) continue;
      Tensors there;
      try {
        there = all_results(c, sample, dtype, device);
        for (const Tensor& y : there)
          if (y.defined()) host(y);
      } catch (const DeviceError& e) {
        missing = e.what();
        continue;
      }
      const Tensors here = all_results(c, sample, dtype, {});
      for (std::size_t k = 0; k < here.size(); ++k) {
        BOOST_TEST_REQUIRE(here[k].defined() == there[k].defined());
        if (here[k].defined())
          compare(c, named(c, sample, dtype), host(there[k]), host(here[k]), 8 * c.epsilons);
      }
    }
  if (!missing.empty()) skip(label(c) + ": " + missing);
}

using Question = void (*)(const OpCase&);

// Boost's auto cases are registered the same way; here there is one for each line of the table.
void ask(const char* suite_name, Question question, bool (*concerns)(const OpCase&)) {
  auto* suite = BOOST_TEST_SUITE(suite_name);
  for (const OpCase& c : all_cases())
    if (concerns(c))
      suite->add(boost::unit_test::make_test_case([&c, question] { question(c); }, label(c),
                                                  __FILE__, __LINE__));
  boost::unit_test::framework::master_test_suite().add(suite);
}

const bool asked = [] {
  ask("values", values, [](const OpCase&) { return true; });
  ask("meta", on_meta, [](const OpCase& c) { return c.on_meta; });
  ask("gradients", gradients, [](const OpCase& c) { return c.derivatives > 0; });
  ask("faults", faults, [](const OpCase& c) { return !c.faults.empty(); });
  if (std::getenv("CAROUSEL_TEST_DEVICE") != nullptr)
    ask(
        "device",
        [](const OpCase& c) { on_device(c, Device(std::getenv("CAROUSEL_TEST_DEVICE"))); },
        [](const OpCase& c) { return !c.check; });
  return true;
}();

}  // namespace
