#include <carousel/autograd/ops/arithmetic.h>

#include <carousel/autograd/ops.h>
#include <carousel/autograd/record.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/error.h>

namespace carousel {

using detail::run;

Tensor add(const Tensor& a, const Tensor& b) {
  return record("add", run(Kernel::add, a, b), {a, b}, {}, [](Backward& g) {
    g.grad(0) = g.dy();
    g.grad(1) = g.dy();
  });
}

Tensor add(const Tensor& a, Scalar b) {
  return record("add", run(Kernel::add, a, b), {a}, {}, [](Backward& g) { g.grad(0) = g.dy(); });
}

Tensor sub(const Tensor& a, const Tensor& b) {
  return record("sub", run(Kernel::sub, a, b), {a, b}, {}, [](Backward& g) {
    g.grad(0) = g.dy();
    if (g.needs(1)) g.grad(1) = neg(g.dy());
  });
}

Tensor sub(const Tensor& a, Scalar b) {
  return record("sub", run(Kernel::sub, a, b), {a}, {}, [](Backward& g) { g.grad(0) = g.dy(); });
}

Tensor sub(Scalar a, const Tensor& b) {
  return record("sub", run(Kernel::sub, a, b), {b}, {},
                [](Backward& g) { g.grad(0) = neg(g.dy()); });
}

Tensor mul(const Tensor& a, const Tensor& b) {
  return record("mul", run(Kernel::mul, a, b), {a, b}, {a, b}, [](Backward& g) {
    if (g.needs(0)) g.grad(0) = mul(g.dy(), g.saved(1));
    if (g.needs(1)) g.grad(1) = mul(g.dy(), g.saved(0));
  });
}

Tensor mul(const Tensor& a, Scalar b) {
  return record("mul", run(Kernel::mul, a, b), {a}, {},
                [b](Backward& g) { g.grad(0) = mul(g.dy(), b); });
}

Tensor div(const Tensor& a, const Tensor& b) {
  return record("div", run(Kernel::div, a, b), {a, b}, {saved_output(0), b}, [](Backward& g) {
    const Tensor quotient = div(g.dy(), g.saved(1));
    if (g.needs(0)) g.grad(0) = quotient;
    if (g.needs(1)) g.grad(1) = neg(mul(quotient, g.saved(0)));
  });
}

Tensor div(const Tensor& a, Scalar b) {
  return record("div", run(Kernel::div, a, b), {a}, {},
                [b](Backward& g) { g.grad(0) = div(g.dy(), b); });
}

Tensor div(Scalar a, const Tensor& b) {
  return record("div", run(Kernel::div, a, b), {b}, {saved_output(0), b},
                [](Backward& g) { g.grad(0) = neg(mul(div(g.dy(), g.saved(1)), g.saved(0))); });
}

namespace {

// Reads one bool back, of integers only.
void check_divisor(const char* op, const Tensor& b) {
  if (is_floating(b.dtype()) || b.device().kind == DeviceKind::meta) return;
  if (any(equal(b, 0)).item<bool>())
    throw ValueError(op, std::string("integer division by zero: the divisor ") +
                             to_string(b.dtype()) + " " + to_string(b.shape()) + " contains 0");
}
void check_divisor(const char* op, const Tensor& a, Scalar b) {
  if (!is_floating(a.dtype()) && b.real() == 0)
    throw ValueError(op, std::string("integer division by zero: ") + to_string(a.dtype()) + " " +
                             to_string(a.shape()) + " by 0");
}

// A step function's gradient.
constexpr auto no_slope = [](Backward& g) {
  for (int i = 0; i < g.inputs(); ++i)
    if (g.needs(i)) g.grad(i) = zeros_like(g.dy());
};

}  // namespace

Tensor floor_divide(const Tensor& a, const Tensor& b) {
  check_divisor("floor_divide", b);
  return record("floor_divide", run(Kernel::floor_divide, a, b), {a, b}, {}, no_slope);
}

Tensor floor_divide(const Tensor& a, Scalar b) {
  check_divisor("floor_divide", a, b);
  return record("floor_divide", run(Kernel::floor_divide, a, b), {a}, {}, no_slope);
}

Tensor remainder(const Tensor& a, const Tensor& b) {
  check_divisor("remainder", b);
  return record("remainder", run(Kernel::remainder, a, b), {a, b}, {a, b}, [](Backward& g) {
    if (g.needs(0)) g.grad(0) = g.dy();
    if (g.needs(1)) g.grad(1) = neg(mul(g.dy(), floor_divide(g.saved(0), g.saved(1))));
  });
}

Tensor remainder(const Tensor& a, Scalar b) {
  check_divisor("remainder", a, b);
  return record("remainder", run(Kernel::remainder, a, b), {a}, {},
                [](Backward& g) { g.grad(0) = g.dy(); });
}

// b a^(b-1) and a^b log a, whose limits at a = 0 are 0 where b = 0 and where b >= 0: there the base
// is taken as 1, so that neither these nor their derivatives multiply 0 by infinity.
Tensor pow(const Tensor& a, const Tensor& b) {
  return record("pow", run(Kernel::pow, a, b), {a, b}, {a, b, saved_output(0)}, [](Backward& g) {
    const Tensor base = g.saved(0), exponent = g.saved(1);
    const Tensor zero = equal(base, 0);
    if (g.needs(0)) {
      const Tensor safe = where(logical_and(zero, equal(exponent, 0)), 1, base);
      g.grad(0) = mul(g.dy(), mul(exponent, pow(safe, sub(exponent, 1))));
    }
    if (g.needs(1)) {
      const Tensor safe = where(logical_and(zero, greater_equal(exponent, 0)), 1, base);
      g.grad(1) = mul(g.dy(), mul(g.saved(2), log(safe)));
    }
  });
}

Tensor pow(const Tensor& a, double exponent) {
  return record("pow", run(Kernel::pow_scalar, a, detail::Immediates{exponent}), {a}, {a},
                [exponent](Backward& g) {
                  g.grad(0) = exponent == 0
                                  ? zeros_like(g.dy())
                                  : mul(g.dy(), mul(pow(g.saved(0), exponent - 1), exponent));
                });
}

Tensor operator-(const Tensor& x) { return neg(x); }
Tensor operator+(const Tensor& a, const Tensor& b) { return add(a, b); }
Tensor operator-(const Tensor& a, const Tensor& b) { return sub(a, b); }
Tensor operator*(const Tensor& a, const Tensor& b) { return mul(a, b); }
Tensor operator/(const Tensor& a, const Tensor& b) { return div(a, b); }
Tensor operator+(const Tensor& a, Scalar b) { return add(a, b); }
Tensor operator-(const Tensor& a, Scalar b) { return sub(a, b); }
Tensor operator*(const Tensor& a, Scalar b) { return mul(a, b); }
Tensor operator/(const Tensor& a, Scalar b) { return div(a, b); }
Tensor operator+(Scalar a, const Tensor& b) { return add(b, a); }
Tensor operator-(Scalar a, const Tensor& b) { return sub(a, b); }
Tensor operator*(Scalar a, const Tensor& b) { return mul(b, a); }
Tensor operator/(Scalar a, const Tensor& b) { return div(a, b); }

Tensor& Tensor::operator+=(const Tensor& other) { return *this = *this + other; }
Tensor& Tensor::operator-=(const Tensor& other) { return *this = *this - other; }
Tensor& Tensor::operator*=(const Tensor& other) { return *this = *this * other; }
Tensor& Tensor::operator/=(const Tensor& other) { return *this = *this / other; }
Tensor& Tensor::operator+=(Scalar other) { return *this = *this + other; }
Tensor& Tensor::operator-=(Scalar other) { return *this = *this - other; }
Tensor& Tensor::operator*=(Scalar other) { return *this = *this * other; }
Tensor& Tensor::operator/=(Scalar other) { return *this = *this / other; }

}  // namespace carousel
