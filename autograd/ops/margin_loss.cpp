#include <carousel/autograd/ops/margin_loss.h>

#include <string>

#include <carousel/autograd/ops.h>
#include <carousel/autograd/ops/loss_checks.h>
#include <carousel/tensor/error.h>

namespace carousel {

using detail::check_pair;
using detail::reduced;

namespace {

Tensor above_zero(const Tensor& x) { return maximum(x, 0); }

void check_vectors(const char* op, const Tensor& a, const Tensor& b) {
  check_pair(op, a, b);
  if (a.rank() == 0) throw ShapeError(op, "needs vectors, got a scalar");
}

Tensor dot_of_rows(const Tensor& a, const Tensor& b) { return sum(a * b, -1); }

}  // namespace

Tensor smooth_l1(const Tensor& prediction, const Tensor& target, double beta, Reduction reduction) {
  if (!(beta >= 0))
    throw ValueError("smooth_l1", "beta must not be negative, got " + std::to_string(beta));
  check_pair("smooth_l1", prediction, target);
  if (beta == 0) return mae(prediction, target, reduction);
  return huber(prediction, target, beta, reduction) * (1 / beta);
}

Tensor soft_margin(const Tensor& prediction, const Tensor& target, Reduction reduction) {
  check_pair("soft_margin", prediction, target);
  return reduced(softplus(-(target * prediction)), reduction);
}

Tensor margin_ranking(const Tensor& a, const Tensor& b, const Tensor& target, double margin,
                      Reduction reduction) {
  check_pair("margin_ranking", a, b);
  check_pair("margin_ranking", a, target);
  return reduced(above_zero(margin - target * (a - b)), reduction);
}

Tensor cosine_embedding(const Tensor& a, const Tensor& b, const Tensor& target, double margin,
                        Reduction reduction) {
  check_vectors("cosine_embedding", a, b);
  if (!(margin >= -1 && margin <= 1))
    throw ValueError("cosine_embedding",
                     "margin must be in [-1, 1], got " + std::to_string(margin));
  constexpr double kEpsilon = 1e-12;  // PyTorch's, so that zeros have a cosine
  const Tensor scale = (dot_of_rows(a, a) + kEpsilon) * (dot_of_rows(b, b) + kEpsilon);
  const Tensor cosine = dot_of_rows(a, b) * rsqrt(scale);
  if (!(target.shape() == cosine.shape()))
    throw ShapeError("cosine_embedding", "targets " + to_string(target.shape()) +
                                             " are not vectors " + to_string(a.shape()) +
                                             " without the last axis");
  const Tensor alike = greater(target, 0);
  return reduced(where(alike, 1 - cosine, above_zero(cosine - margin)), reduction);
}

Tensor triplet_margin(const Tensor& anchor, const Tensor& positive, const Tensor& negative,
                      const TripletMarginOptions& options, Reduction reduction) {
  check_vectors("triplet_margin", anchor, positive);
  check_vectors("triplet_margin", anchor, negative);
  const auto distance = [&](const Tensor& a, const Tensor& b) {
    return norm(a - b + options.epsilon, options.p, -1);
  };
  Tensor away = distance(anchor, negative);
  if (options.swap) away = minimum(away, distance(positive, negative));
  return reduced(above_zero(distance(anchor, positive) - away + options.margin), reduction);
}

Tensor multi_margin(const Tensor& scores, const Tensor& labels, int p, double margin,
                    Reduction reduction) {
  detail::check_labels("multi_margin", scores, labels);
  if (p != 1 && p != 2)
    throw ValueError("multi_margin", "p must be 1 or 2, got " + std::to_string(p));
  const Tensor hit = one_hot(labels, scores.dim(-1), scores.dtype());
  const Tensor right = sum(scores * hit, -1, true);
  const Tensor excess = above_zero(margin - right + scores) * (1 - hit);
  return reduced(mean(p == 1 ? excess : square(excess), -1), reduction);
}

}  // namespace carousel
