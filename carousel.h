// Everything most programs need.
#pragma once

#include <carousel/autograd/engine.h>
#include <carousel/autograd/grad_mode.h>
#include <carousel/autograd/ops.h>
#include <carousel/autograd/record.h>
#include <carousel/nn/layers.h>
#include <carousel/nn/train/callbacks.h>
#include <carousel/nn/train/train.h>
#include <carousel/nn/train/training_state.h>
#include <carousel/optim/optim.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/host_write.h>
#include <carousel/tensor/tensor.h>
