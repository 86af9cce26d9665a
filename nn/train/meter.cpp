#include <carousel/nn/train/meter.h>

#include <carousel/autograd/grad_mode.h>
#include <carousel/autograd/ops/reduce.h>
#include <carousel/tensor/backend.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/error.h>
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
  for (const Goal& goal : goals_) {
    const std::string of_output = several() ? prefix + goal.name + "_" : prefix;
    if (several()) names_.push_back(of_output + "loss");
    Output output{};
    for (const Metric& metric : goal.metrics) {
      names_.push_back(of_output + metric.name());
      output.parts.push_back({0, metric.rule().size()});
      open_ = open_ || metric.rule().size() == 0;
    }
    outputs_.push_back(std::move(output));
  }
  make_totals(lay_out());
}

// Gives every number its place; returns how many there are.
std::size_t Meter::lay_out() {
  std::size_t at = kOutputs;
  for (Output& output : outputs_) {
    output.loss = at;
    at += several() ? 1 : 0;
    for (Part& part : output.parts) {
      part.begin = at;
      at += part.count;
    }
  }
  return at;
}

void Meter::make_totals(std::size_t numbers) {
  host_.resize(numbers), narrow_.resize(numbers);
  sums_ = {};
  raw::make_host(totals_, {static_cast<std::int64_t>(numbers)}, f64);
  reset();
}

void Meter::expect(std::int64_t numbers) {
  if (open_ && numbers >= totals_.numel()) make_totals(static_cast<std::size_t>(numbers));
}

// From the first batch.
void Meter::learn_sizes() {
  auto sums = batch_.begin();
  for (Output& output : outputs_)
    for (Part& part : output.parts) part.count = static_cast<std::size_t>((sums++)->numel());
  const std::size_t numbers = lay_out();
  if (numbers != host_.size()) make_totals(numbers);
  open_ = false;
}

void Meter::reset() { raw::run_fill(totals_, Scalar(0.0)); }

void Meter::gather(std::size_t slot, const Tensor& value) {
  const Tensor row = raw::view_reshape(value, {value.numel()});
  const auto at = static_cast<std::int64_t>(slot);
  raw::run_copy_into(raw::view_slice(sums_, 0, at, row.numel(), 1),
                     row.dtype() == sums_.dtype() ? row : raw::run_cast(row, sums_.dtype()));
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

void Meter::add(const BatchLoss& loss, const Values& predictions, const Tensors& targets,
                const Tensor& sample_weight) {
  const NoGrad guard;
  batch_.clear();
  for (std::size_t k = 0; k < goals_.size(); ++k)
    for (std::size_t i = 0; i < goals_[k].metrics.size(); ++i)
      batch_.push_back(goals_[k].metrics[i].sums(predictions[k], targets[k],
                                                 goals_[k].weighs(i) ? sample_weight : Tensor()));
  if (open_) learn_sizes();
  const auto [dtype, device] = std::pair(loss.total.dtype(), loss.total.device());
  if (!sums_.defined() || sums_.dtype() != dtype || sums_.device() != device) {
    sums_ = raw::empty({static_cast<std::int64_t>(host_.size())}, dtype, device);
    raw::run_fill(sums_, 0);
  }
  gather(kLoss, loss.total);
  auto sums = batch_.begin();
  for (std::size_t k = 0; k < goals_.size(); ++k) {
    if (several()) gather(outputs_[k].loss, loss.losses[k]);
    for (const Part& part : outputs_[k].parts) {
      if (static_cast<std::size_t>(sums->numel()) != part.count)
        throw ShapeError("metrics", "batches differ in their number of classes");
      gather(part.begin, *sums++);
    }
  }
  read();
  const auto rows = static_cast<double>(predictions[0].rank() == 0 ? 1 : predictions[0].dim(0));
  host_[kLoss] *= rows, host_[kRows] = rows;
  for (const Output& output : outputs_)
    if (several()) host_[output.loss] *= rows;
  const HostWrite<double> totals(totals_);
  for (std::size_t i = 0; i < host_.size(); ++i) totals[i] += host_[i];
}

void Meter::write(Logs& logs) const {
  const auto totals = totals_.data<double>();
  auto name = names_.begin();
  logs.set(*name++, totals[kLoss] / totals[kRows]);
  for (std::size_t k = 0; k < goals_.size(); ++k) {
    if (several()) logs.set(*name++, totals[outputs_[k].loss] / totals[kRows]);
    for (std::size_t i = 0; i < goals_[k].metrics.size(); ++i, ++name) {
      const Part& part = outputs_[k].parts[i];
      numbers_.clear();
      if (part.count > 0)
        goals_[k].metrics[i].rule().result(totals.subspan(part.begin, part.count), numbers_);
      if (numbers_.size() == 1)
        logs.set(*name, numbers_[0]);
      else
        for (std::size_t n = 0; n < numbers_.size(); ++n)
          logs.set(*name + "_" + std::to_string(n), numbers_[n]);
    }
  }
}

}  // namespace carousel::nn::detail
