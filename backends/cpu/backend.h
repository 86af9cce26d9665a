// The backend of the device `cpu`.
#pragma once

#include <carousel/tensor/backend.h>

namespace carousel::cpu {

// The one CPU; null for an index other than 0.
Backend* find_backend(int index);
int device_count();

}  // namespace carousel::cpu
