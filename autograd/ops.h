// Every operation.
#pragma once

#include <carousel/autograd/ops/activation.h>
#include <carousel/autograd/ops/arithmetic.h>
#include <carousel/autograd/ops/attention.h>
#include <carousel/autograd/ops/compare.h>
#include <carousel/autograd/ops/conv.h>
#include <carousel/autograd/ops/create.h>
#include <carousel/autograd/ops/ctc.h>
#include <carousel/autograd/ops/distance.h>
#include <carousel/autograd/ops/index.h>
#include <carousel/autograd/ops/likelihood_loss.h>
#include <carousel/autograd/ops/linear.h>
#include <carousel/autograd/ops/logarithm.h>
#include <carousel/autograd/ops/loss.h>
#include <carousel/autograd/ops/margin_loss.h>
#include <carousel/autograd/ops/math.h>
#include <carousel/autograd/ops/norm.h>
#include <carousel/autograd/ops/pool.h>
#include <carousel/autograd/ops/random.h>
#include <carousel/autograd/ops/reduce.h>
#include <carousel/autograd/ops/running.h>
#include <carousel/autograd/ops/scatter.h>
#include <carousel/autograd/ops/search.h>
#include <carousel/autograd/ops/shape.h>
#include <carousel/autograd/ops/sort.h>
#include <carousel/autograd/ops/trigonometry.h>
