// All layers, and what they are made with.
#pragma once

#include <carousel/nn/activations.h>
#include <carousel/nn/constraints.h>
#include <carousel/nn/init.h>
#include <carousel/nn/layers/activations.h>
#include <carousel/nn/layers/dense.h>
#include <carousel/nn/layers/dropout.h>
#include <carousel/nn/layers/einsum_dense.h>
#include <carousel/nn/layers/embedding.h>
#include <carousel/nn/layers/masking.h>
#include <carousel/nn/layers/merge.h>
#include <carousel/nn/layers/noise.h>
#include <carousel/nn/layers/resizing.h>
#include <carousel/nn/layers/shaping.h>
#include <carousel/nn/layers/time_distributed.h>
#include <carousel/nn/make_layer.h>
#include <carousel/nn/module.h>
#include <carousel/nn/recurrent/bidirectional.h>
#include <carousel/nn/recurrent/cells.h>
#include <carousel/nn/recurrent/gru.h>
#include <carousel/nn/recurrent/lstm.h>
#include <carousel/nn/recurrent/rnn.h>
#include <carousel/nn/recurrent/simple_rnn.h>
#include <carousel/nn/regularizers.h>
#include <carousel/nn/sequential.h>
