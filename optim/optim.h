// Every optimizer and schedule. Those of PyTorch's conventions: optim/torch/torch.h.
#pragma once

#include <carousel/optim/adafactor.h>
#include <carousel/optim/adagrad.h>
#include <carousel/optim/adam.h>
#include <carousel/optim/clip.h>
#include <carousel/optim/lamb.h>
#include <carousel/optim/muon.h>
#include <carousel/optim/optimizer_spec.h>
#include <carousel/optim/rmsprop.h>
#include <carousel/optim/schedules.h>
#include <carousel/optim/sgd.h>
