// PyTorch's optimizers and schedules: its names, arguments, defaults and rules, beside Keras' in
// carousel::optim. After PyTorch's own arguments stand Keras' shared ones (optim/options.h).
#pragma once

#include <carousel/optim/torch/adam.h>
#include <carousel/optim/torch/adaptive.h>
#include <carousel/optim/torch/clip.h>
#include <carousel/optim/torch/lbfgs.h>
#include <carousel/optim/torch/muon.h>
#include <carousel/optim/torch/schedules.h>
#include <carousel/optim/torch/sgd.h>
