// nn::LSTM.
#pragma once

#include <carousel/nn/recurrent/lstm.h>
