// The losses' formulas; for the library's own use.
#pragma once

#include <carousel/nn/losses/loss.h>

namespace carousel::nn::detail {

constexpr double kLossEpsilon = 1e-7;  // Keras cuts probabilities and divisors by this

// A value for each position.
using LossRule = Tensor (*)(const Value& prediction, const Tensor& target,
                            const LossArguments& arguments);

// The target beside this prediction, as Loss says: its rank and dtype made to fit. ShapeError.
Tensor fit_target(const char* op, const Tensor& prediction, const Tensor& target);
// ValueError for labels with fractions, or NaN; looks at the CPU's only.
void check_whole(const char* op, const Tensor& labels);
// Integer labels without the last axis of size 1.
Tensor fit_labels(const Tensor& prediction, const Tensor& target);
// Weights (or a mask) for values of this shape, in their dtype: leading axes fit, the others are
// expanded. ShapeError.
Tensor fit_weights(const char* what, const Tensor& values, const Tensor& weights);
// The same for a mask, which must be bool: DTypeError.
Tensor fit_mask(const Tensor& values, const Tensor& mask);
// ValueError unless all targets are in [0, 1]; looks at the CPU's only.
void check_unit_targets(const char* op, const Tensor& target);

// nn/losses/regression.cpp
Tensor absolute_percentage(const Value& p, const Tensor& t, const LossArguments& a);
Tensor squared_logarithmic(const Value& p, const Tensor& t, const LossArguments& a);
Tensor log_cosh(const Value& p, const Tensor& t, const LossArguments& a);
Tensor cosine_similarity(const Value& p, const Tensor& t, const LossArguments& a);
Tensor poisson(const Value& p, const Tensor& t, const LossArguments& a);
Tensor squared(const Value& p, const Tensor& t, const LossArguments& a);
Tensor absolute(const Value& p, const Tensor& t, const LossArguments& a);
Tensor huber(const Value& p, const Tensor& t, const LossArguments& a);
// nn/losses/crossentropy.cpp
Tensor binary(const Value& p, const Tensor& t, const LossArguments& a);
Tensor binary_focal(const Value& p, const Tensor& t, const LossArguments& a);
Tensor categorical(const Value& p, const Tensor& t, const LossArguments& a);
Tensor categorical_focal(const Value& p, const Tensor& t, const LossArguments& a);
Tensor categorical_generalized(const Value& p, const Tensor& t, const LossArguments& a);
Tensor sparse(const Value& p, const Tensor& t, const LossArguments& a);
Tensor kl_divergence(const Value& p, const Tensor& t, const LossArguments& a);
// Means over everything, in fewer operations; without smoothing.
Tensor mean_binary(const Tensor& p, const Tensor& t, bool from_logits);
Tensor mean_sparse(const Tensor& p, const Tensor& t, bool from_logits);
// nn/losses/margins.cpp
Tensor hinge(const Value& p, const Tensor& t, const LossArguments& a);
Tensor squared_hinge(const Value& p, const Tensor& t, const LossArguments& a);
Tensor categorical_hinge(const Value& p, const Tensor& t, const LossArguments& a);
Tensor dice(const Value& p, const Tensor& t, const LossArguments& a);
Tensor tversky(const Value& p, const Tensor& t, const LossArguments& a);
Tensor ctc(const Value& p, const Tensor& t, const LossArguments& a);
Tensor circle(const Value& p, const Tensor& t, const LossArguments& a);

}  // namespace carousel::nn::detail
