#include <limits>
#include <vector>

#include <carousel/autograd/ops.h>
#include <carousel/autograd/ops/ctc.h>

namespace carousel::detail {
namespace {

// In place of minus infinity, whose second derivatives are NaN.
constexpr double kNever = -1e30;

// Moved along the last axis by `by`; `fill` enters.
Tensor moved(const Tensor& x, std::int64_t by, Scalar fill) {
  const Tensor before = full({x.dim(0), by}, fill, {.dtype = x.dtype(), .device = x.device()});
  return concat({before, x}, 1).slice(1, 0, x.dim(1));
}

// Blank, label, blank, ..., label, blank: (batch, 2 width + 1).
Tensor with_blanks(const Tensor& labels, const Tensor& lengths, std::int64_t blank) {
  const TensorOptions like{.dtype = i64, .device = labels.device()};
  const std::int64_t batch = labels.dim(0), width = labels.dim(1);
  const Tensor used = less(arange(width, like).unsqueeze(0), lengths.unsqueeze(1));
  const Tensor blanks = full({batch, width}, blank, like);
  const Tensor padded = where(used, labels, blanks);
  return concat(
      {stack({blanks, padded}, 2).reshape({batch, 2 * width}), full({batch, 1}, blank, like)}, 1);
}

}  // namespace

Tensor ctc_composed(const Tensor& log_probabilities, const Tensor& labels,
                    const Tensor& input_lengths, const Tensor& label_lengths,
                    const CTCOptions& options) {
  const Tensor path = with_blanks(labels, label_lengths, options.blank);
  const std::int64_t batch = path.dim(0), time = log_probabilities.dim(1), states = path.dim(1);
  const Tensor frames =
      gather(log_probabilities, 2, path.unsqueeze(1).expand({batch, time, states}).contiguous());
  const Tensor skips =
      logical_and(not_equal(path, options.blank), not_equal(path, moved(path, 2, options.blank)));
  const Tensor state = arange(states, {.dtype = i64, .device = path.device()}).unsqueeze(0);
  Tensor alpha = where(less(state, 2).expand({batch, states}), frames.select(1, 0), kNever);
  for (std::int64_t t = 1; t < time; ++t) {
    const Tensor skipped = where(skips, moved(alpha, 2, kNever), kNever);
    const Tensor next =
        logsumexp(stack({alpha, moved(alpha, 1, kNever), skipped}, 0), 0) + frames.select(1, t);
    alpha = where(greater(input_lengths, t).unsqueeze(1).expand({batch, states}), next, alpha);
  }
  const Tensor last = label_lengths.unsqueeze(1) * 2;
  const Tensor ends = logical_or(equal(state, last), equal(state, last - 1));
  const Tensor loss = -logsumexp(where(ends, alpha, kNever), 1);
  const double none = options.zero_infinity ? 0 : std::numeric_limits<double>::infinity();
  return where(greater(loss, -kNever / 10), none, loss);
}

}  // namespace carousel::detail
