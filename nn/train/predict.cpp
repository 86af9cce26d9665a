#include <carousel/autograd/grad_mode.h>
#include <carousel/nn/train/trainer.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/impl.h>

namespace carousel::nn {
namespace {

namespace raw = carousel::detail;

// For so many rows like y's.
Tensor empty_rows(std::int64_t rows, const Tensor& y) {
  Shape shape = y.shape();
  shape[0] = rows;
  return raw::empty(shape, y.dtype(), y.device());
}

}  // namespace

Values detail::inputs_of(const data::Batch& batch) {
  return Values(batch.x.begin(), batch.x.end());
}

Tensors Trainer::predict(Module& model, const Tensors& x, const PredictOptions& options) {
  const NoGrad guard;
  const data::BatchWalker walker(data::Dataset(x, {}, "predict"), options.batch_size, "predict");
  if (!model.built()) model.build(detail::inputs_of(walker.batch(0)));
  const detail::ModeSwitch modes(model);
  modes.train(false);
  Tensors all;
  std::int64_t row = 0;
  for (std::int64_t i = 0; i < walker.batches(); ++i) {
    const Values outputs = model(detail::inputs_of(walker.batch(i)));
    for (std::size_t k = 0; k < outputs.size(); ++k) {
      const Tensor& y = outputs[k];
      if (i == 0) all.push_back(empty_rows(x[0].dim(0), y));
      raw::run_copy_into(raw::view_slice(all[k], 0, row, y.dim(0), 1), y);
    }
    row += outputs.at(0).dim(0);
  }
  return all;
}

}  // namespace carousel::nn
