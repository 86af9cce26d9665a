// A layer for every step.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>

#include <carousel/nn/sequential.h>

namespace carousel::nn {

// Calls a layer on every step of (batch, time, ...), all steps as one batch: (batch, time, what it
// gives a row). A mask passes.
//
//   nn::TimeDistributed{nn::Dense{{.units = 3}}}
class TimeDistributed : public Module {
 public:
  // ValueError unless there is one layer.
  TimeDistributed(std::initializer_list<LayerEntry> layer);
  explicit TimeDistributed(std::unique_ptr<Module> layer);

  // ShapeError for fewer than three axes.
  Value forward(const Value& x) override;
  void visit(Visitor& visitor) override { visitor("layer", *layer_); }
  std::string type_name() const override { return "TimeDistributed"; }
  std::string config() const override;
  Module& layer() { return *layer_; }

 private:
  std::unique_ptr<Module> layer_;
};

}  // namespace carousel::nn
