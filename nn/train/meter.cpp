#include <carousel/nn/train/meter.h>

#include <carousel/autograd/grad_mode.h>
#include <carousel/autograd/ops/reduce.h>
#include <carousel/tensor/backend.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/host_write.h>
#include <carousel/tensor/impl.h>

#include <algorithm>
#include <tuple>

namespace carousel::nn::detail {
namespace {

namespace raw = carousel::detail;

constexpr std::size_t kLoss = 0, kRows = 1, kOutputs = 2;

}  // namespace

Meter::Meter(Goals goals, const std::string& prefix) : goals_(std::move(goals)) {
  names_.push_back(prefix + "loss");
  std::size_t slots = kOutputs;
  for (const Goal& goal : goals_) {
    const std::string of_output = several() ? prefix + goal.name + "_" : prefix;
    if (several()) names_.push_back(of_output + "loss");
    for (const Metric& metric : goal.metrics) names_.push_back(of_output + metric.name());
    const std::size_t positions = slots + (several() ? 1 : 0);
    parts_.push_back({slots, positions, positions + 1});
    slots = positions + 1 + goal.metrics.size();
  }
  host_.resize(slots), narrow_.resize(slots);
  raw::make_host(totals_, {static_cast<std::int64_t>(slots)}, f64);
  reset();
}

void Meter::reset() { raw::run_fill(totals_, Scalar(0.0)); }

void Meter::gather(std::size_t slot, const Tensor& value) {
  const Tensor one = raw::view_reshape(value, {1});
  const auto at = static_cast<std::int64_t>(slot);
  raw::run_copy_into(raw::view_slice(sums_, 0, at, 1, 1),
                     one.dtype() == sums_.dtype() ? one : raw::run_cast(one, sums_.dtype()));
}

void Meter::read() {
  Backend& device = backend(sums_.device());
  if (sums_.dtype() == f64) {
    device.download(*sums_.impl().storage, 0, host_.data(), host_.size() * sizeof(double));
  } else {
    device.download(*sums_.impl().storage, 0, narrow_.data(), narrow_.size() * sizeof(float));
    std::copy(narrow_.begin(), narrow_.end(), host_.begin());
  }
}

void Meter::add(const BatchLoss& loss, const Values& predictions, const Tensors& targets) {
  const NoGrad guard;
  const auto [dtype, device] = std::pair(loss.total.dtype(), loss.total.device());
  if (!sums_.defined() || sums_.dtype() != dtype || sums_.device() != device) {
    sums_ = raw::empty({static_cast<std::int64_t>(host_.size())}, dtype, device);
    raw::run_fill(sums_, 0);
  }
  gather(kLoss, loss.total);
  for (std::size_t k = 0; k < goals_.size(); ++k) {
    const auto& [prediction, metrics] = std::tie(predictions[k], goals_[k].metrics);
    if (several()) gather(parts_[k].loss, loss.losses[k]);
    if (prediction.mask.defined())
      gather(parts_[k].positions, sum(raw::run_cast(prediction.mask, dtype)));
    for (std::size_t i = 0; i < metrics.size(); ++i)
      gather(parts_[k].metrics + i, metrics[i].total(prediction, targets[k]));
  }
  read();
  const auto rows = static_cast<double>(predictions[0].rank() == 0 ? 1 : predictions[0].dim(0));
  host_[kLoss] *= rows, host_[kRows] = rows;
  for (std::size_t k = 0; k < goals_.size(); ++k) {
    if (several()) host_[parts_[k].loss] *= rows;
    if (!predictions[k].mask.defined())
      host_[parts_[k].positions] = static_cast<double>(Metric::positions(predictions[k]));
  }
  const HostWrite<double> totals(totals_);
  for (std::size_t i = 0; i < host_.size(); ++i) totals[i] += host_[i];
}

void Meter::write(Logs& logs) const {
  const auto totals = totals_.data<double>();
  auto name = names_.begin();
  logs.set(*name++, totals[kLoss] / totals[kRows]);
  for (std::size_t k = 0; k < goals_.size(); ++k) {
    if (several()) logs.set(*name++, totals[parts_[k].loss] / totals[kRows]);
    for (std::size_t i = 0; i < goals_[k].metrics.size(); ++i)
      logs.set(*name++, goals_[k].metrics[i].result(totals[parts_[k].metrics + i],
                                                    totals[parts_[k].positions]));
  }
}

}  // namespace carousel::nn::detail
