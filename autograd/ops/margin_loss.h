// Losses of distances and margins, with PyTorch's names, formulas and defaults.
#pragma once

#include <carousel/autograd/ops/loss.h>

namespace carousel {

// d^2 / (2 beta) within beta, |d| - beta / 2 outside: huber divided by beta; beta 0 is mae.
Tensor smooth_l1(const Tensor& prediction, const Tensor& target, double beta = 1.0,
                 Reduction reduction = Reduction::mean);
// log(1 + exp(-t x)); targets are -1 and 1.
Tensor soft_margin(const Tensor& prediction, const Tensor& target,
                   Reduction reduction = Reduction::mean);
// max(0, margin - t (a - b)): a should rank higher where t is 1, lower where it is -1.
Tensor margin_ranking(const Tensor& a, const Tensor& b, const Tensor& target, double margin = 0,
                      Reduction reduction = Reduction::mean);
// Of vectors (..., width) and targets (...): 1 - cosine where t is 1, max(0, cosine - margin) where
// it is -1.
Tensor cosine_embedding(const Tensor& a, const Tensor& b, const Tensor& target, double margin = 0,
                        Reduction reduction = Reduction::mean);
// Of vectors: max(0, |a - p| - |a - n| + margin), norms of order p; with swap the nearer of |a - n|
// and |p - n|.
struct TripletMarginOptions {
  double margin = 1;
  double p = 2;
  double epsilon = 1e-6;  // added to differences
  bool swap = false;
};
Tensor triplet_margin(const Tensor& anchor, const Tensor& positive, const Tensor& negative,
                      const TripletMarginOptions& options = {},
                      Reduction reduction = Reduction::mean);
// Scores (batch, classes), integer labels (batch,): the mean over classes, but for the right one's
// part, of max(0, margin - right + other)^p; p is 1 or 2.
Tensor multi_margin(const Tensor& scores, const Tensor& labels, int p = 1, double margin = 1,
                    Reduction reduction = Reduction::mean);

}  // namespace carousel
