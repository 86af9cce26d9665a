// nn::Dropout.
#pragma once

#include <carousel/nn/layers/dropout.h>
