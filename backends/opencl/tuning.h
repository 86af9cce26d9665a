// What `./dev tune opencl` has found out for this machine.
#pragma once

#include <filesystem>

#include <carousel/backends/opencl/device.h>

namespace carousel::opencl {

// ${XDG_CACHE_HOME:-~/.cache}/carousel/clblast, where the tuners' files lie; empty without a home.
std::filesystem::path tuning_folder();

// Gives CLBlast the best parameters of every file of the folder that is about this device. Files
// that can't be read are left out: CLBlast's own choice is always good enough to be right.
// Returns how many kernels were tuned.
int apply_tuning(const DeviceInfo& device, const std::filesystem::path& folder);

}  // namespace carousel::opencl
