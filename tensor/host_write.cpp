#include <carousel/tensor/host_write.h>

#include <carousel/tensor/error.h>
#include <carousel/tensor/mode.h>

namespace carousel::detail {

void check_writable(const char* op, const Tensor& x) {
  if (mode().gradients && x.impl().slot)
    throw GraphError(op, "writes in place into a tensor " + to_string(x.shape()) +
                             " that takes part in a graph; do it under NoGrad");
}

void check_host_writable(const Tensor& x, DType dtype) {
  check_writable("host_write", x);
  if (x.device().kind != DeviceKind::cpu)
    throw DeviceError("host_write", "the tensor is on " + to_string(x.device()) +
                                        ": write a CPU tensor and copy_ it");
  if (!x.is_contiguous())
    throw ShapeError("host_write", "the tensor is a strided view of shape " + to_string(x.shape()) +
                                       ": call contiguous() first");
  if (x.dtype() != dtype)
    throw DTypeError("host_write", std::string("the tensor holds ") + to_string(x.dtype()) +
                                       ", asked for " + to_string(dtype));
}

}  // namespace carousel::detail
