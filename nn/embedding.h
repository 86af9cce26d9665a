// nn::Embedding.
#pragma once

#include <carousel/nn/layers/embedding.h>
