#include <carousel/nn/train/meter.h>

#include <carousel/autograd/grad_mode.h>
#include <carousel/autograd/ops/reduce.h>
#include <carousel/tensor/backend.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/host_write.h>
#include <carousel/tensor/impl.h>

namespace carousel::nn::detail {
namespace {

namespace raw = carousel::detail;

constexpr std::size_t kLoss = 0, kRows = 1, kPositions = 2, kMetrics = 3;

}  // namespace

Meter::Meter(const std::vector<Metric>& metrics)
    : host_(metrics.size() + 2), narrow_(metrics.size() + 2) {
  const auto size = static_cast<std::int64_t>(metrics.size() + kMetrics);
  raw::make_host(totals_, {size}, f64);
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
  const auto count = static_cast<std::size_t>(sums_.numel());
  if (sums_.dtype() == f64) {
    device.download(*sums_.impl().storage, 0, host_.data(), count * sizeof(double));
  } else {
    device.download(*sums_.impl().storage, 0, narrow_.data(), count * sizeof(float));
    for (std::size_t i = 0; i < count; ++i) host_[i] = static_cast<double>(narrow_[i]);
  }
}

void Meter::add(const std::vector<Metric>& metrics, const Tensor& loss, const Value& prediction,
                const Tensor& target) {
  const NoGrad guard;
  const auto size = static_cast<std::int64_t>(host_.size());
  if (!sums_.defined() || sums_.dtype() != loss.dtype() || sums_.device() != loss.device()) {
    sums_ = raw::empty({size}, loss.dtype(), loss.device());
    raw::run_fill(sums_, 0);
  }
  gather(0, loss);
  for (std::size_t i = 0; i < metrics.size(); ++i)
    gather(1 + i, metrics[i].total(prediction, target));
  const bool masked = prediction.mask.defined();
  if (masked) gather(1 + metrics.size(), sum(raw::run_cast(prediction.mask, loss.dtype())));
  read();
  const auto rows = static_cast<double>(prediction.rank() == 0 ? 1 : prediction.dim(0));
  const HostWrite<double> totals(totals_);
  totals[kLoss] += host_[0] * rows;
  totals[kRows] += rows;
  totals[kPositions] += masked ? host_.back() : static_cast<double>(Metric::positions(prediction));
  for (std::size_t i = 0; i < metrics.size(); ++i) totals[kMetrics + i] += host_[1 + i];
}

void Meter::write(const std::vector<Metric>& metrics, Logs& logs, const char* prefix) const {
  const auto totals = totals_.data<double>();
  const bool bare = *prefix == '\0';
  const auto set = [&](const std::string& name, double value) {
    if (bare)
      logs.set(name, value);
    else
      logs.set(prefix + name, value);
  };
  set("loss", totals[kLoss] / totals[kRows]);
  for (std::size_t i = 0; i < metrics.size(); ++i)
    set(metrics[i].name(), metrics[i].result(totals[kMetrics + i], totals[kPositions]));
}

}  // namespace carousel::nn::detail
