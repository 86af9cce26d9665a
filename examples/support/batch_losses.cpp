#include <support/batch_losses.h>

#include <algorithm>

namespace carousel::examples {

void BatchLosses::on_batch_end(nn::FitState& fit, std::int64_t batch, const nn::Logs& logs) {
  if (batch == 0) sum_ = 0;
  const std::int64_t before = batch * batch_size_;
  const std::int64_t after = std::min(before + batch_size_, fit.rows);
  const double sum = logs["loss"] * static_cast<double>(after);
  values_.push_back((sum - sum_) / static_cast<double>(after - before));
  sum_ = sum;
}

}  // namespace carousel::examples
