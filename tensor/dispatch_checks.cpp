// What every front end checks before it allocates.
#include <cmath>

#include <carousel/tensor/backend.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/error.h>

namespace carousel::detail {

void check_same_dtype(const char* op, const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype()) [[unlikely]]
    throw DTypeError(op, std::string("operands differ in dtype: ") + to_string(a.dtype()) + " " +
                             to_string(a.shape()) + " and " + to_string(b.dtype()) + " " +
                             to_string(b.shape()) + "; convert one with .to(...)");
}

void check_same_device(const char* op, const Tensor& a, const Tensor& b) {
  if (a.device() != b.device()) [[unlikely]]
    throw DeviceError(op, "operands are on different devices: " + to_string(a.device()) + " " +
                              to_string(a.shape()) + " and " + to_string(b.device()) + " " +
                              to_string(b.shape()) + "; move one with .to(...)");
}

void check_floating(const char* op, const Tensor& x) {
  if (!is_floating(x.dtype())) [[unlikely]]
    throw DTypeError(op, std::string("takes f32 or f64, got ") + to_string(x.dtype()) + " " +
                             to_string(x.shape()));
}

void check_takes(Kernel kernel, DType dtype, const char* op) {
  if (takes(kernel, dtype)) [[likely]]
    return;
  std::string wanted;
  for (DType d : {f32, f64, i32, i64, boolean})
    if (takes(kernel, d)) wanted += std::string(wanted.empty() ? "" : ", ") + to_string(d);
  std::string advice;
  if (kernel == Kernel::div) advice = "; say floor_divide for integers";
  throw DTypeError(op != nullptr ? op : name_of(kernel),
                   "takes " + wanted + ", got " + to_string(dtype) + advice);
}

void check_scalar(const char* op, Scalar value, DType dtype) {
  if (value.is_floating() && !is_floating(dtype)) [[unlikely]]
    throw DTypeError(op, "a floating scalar (" + std::to_string(value.real()) + ") beside a " +
                             to_string(dtype) + " tensor; convert the tensor with .to(f32)");
}

void check_norm(const char* op, double norm) {
  if (!std::isfinite(norm)) [[unlikely]]
    throw NumericError(op, std::string("the gradients' norm is ") +
                               (std::isnan(norm) ? "nan" : "inf") +
                               ": a gradient holds NaN or infinity; AnomalyMode finds the "
                               "operation");
}

}  // namespace carousel::detail
