// nn::Bidirectional.
#pragma once

#include <carousel/nn/recurrent/bidirectional.h>
