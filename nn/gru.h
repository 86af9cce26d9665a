// nn::GRU.
#pragma once

#include <carousel/nn/recurrent/gru.h>
