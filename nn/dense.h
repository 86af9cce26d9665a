// nn::Dense.
#pragma once

#include <carousel/nn/layers/dense.h>
