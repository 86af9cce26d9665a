// Whether operations are recorded, per thread.
#pragma once

#include <carousel/tensor/mode.h>

namespace carousel {

// Scope guard that sets recording and restores what was.
class GradMode {
 public:
  explicit GradMode(bool enabled) : previous_(detail::mode().gradients) {
    detail::mode().gradients = enabled;
  }
  ~GradMode() { detail::mode().gradients = previous_; }
  GradMode(const GradMode&) = delete;
  GradMode& operator=(const GradMode&) = delete;

  static bool enabled() { return detail::mode().gradients; }

 private:
  bool previous_;
};

// Nothing is recorded; in-place writes are allowed.
struct NoGrad : GradMode {
  NoGrad() : GradMode(false) {}
};
// Recording inside a NoGrad scope.
struct EnableGrad : GradMode {
  EnableGrad() : GradMode(true) {}
};
// For serving: as NoGrad.
struct InferenceMode : GradMode {
  InferenceMode() : GradMode(false) {}
};

// Each backward node's gradients are searched for NaN; the first found is a NumericError that names
// the operation and, for tensors recorded inside the scope, the forward line. Slow.
class AnomalyMode {
 public:
  AnomalyMode() : previous_(detail::mode().anomaly) { detail::mode().anomaly = true; }
  ~AnomalyMode() { detail::mode().anomaly = previous_; }
  AnomalyMode(const AnomalyMode&) = delete;
  AnomalyMode& operator=(const AnomalyMode&) = delete;

 private:
  bool previous_;
};

}  // namespace carousel
