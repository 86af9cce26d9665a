// nn::SimpleRNN.
#pragma once

#include <carousel/nn/recurrent/simple_rnn.h>
