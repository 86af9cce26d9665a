// The thread's switches, kept here so that writing in place can ask without knowing gradients;
// autograd/grad_mode.h is what users see.
#pragma once

namespace carousel::detail {

struct Mode {
  bool gradients = true;  // operations are recorded
  bool anomaly = false;   // gradients are searched for NaN
};
Mode& mode() noexcept;

}  // namespace carousel::detail
