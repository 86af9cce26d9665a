// Every optimizer and schedule.
#pragma once

#include <carousel/optim/adam.h>
#include <carousel/optim/clip.h>
#include <carousel/optim/optimizer_spec.h>
#include <carousel/optim/rmsprop.h>
#include <carousel/optim/schedule.h>
#include <carousel/optim/sgd.h>
