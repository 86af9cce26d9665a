// nn::RNN and cells.
#pragma once

#include <carousel/nn/recurrent/cells.h>
#include <carousel/nn/recurrent/rnn.h>
