// Layers one after the other.
#pragma once

#include <initializer_list>
#include <memory>
#include <type_traits>

#include <carousel/nn/module.h>

namespace carousel::nn {

// An entry of a Sequential's list: takes over a layer that is given as an rvalue.
class LayerEntry {
 public:
  template <class M>
  // NOLINTNEXTLINE(bugprone-forwarding-reference-overload): the constraint shuts that out
  requires std::derived_from<std::remove_cvref_t<M>, Module> LayerEntry(
      M&& layer) {  // NOLINT: implicit, for the list
    static_assert(!std::is_lvalue_reference_v<M>,
                  "a container owns its layers: pass std::move(layer)");
    layer_ = std::make_unique<std::remove_cvref_t<M>>(std::forward<M>(layer));
  }
  LayerEntry(std::unique_ptr<Module> layer) : layer_(std::move(layer)) {}  // NOLINT

  std::unique_ptr<Module> take() const { return std::move(layer_); }

 private:
  mutable std::unique_ptr<Module> layer_;  // elements of an initializer_list are const
};

// nn::Sequential model{nn::LSTM{{.units = 50}}, nn::Dense{{.units = 1}}};
// Layers are named as Keras does it: "lstm", "dense", "dense_1", unless their options name them.
// Masks flow from layer to layer. ValueError when called empty. To wrap nothing but another one,
// write nn::Sequential{{nn::Sequential{...}}}: with one pair of braces compilers that lack CWG 2137
// (Clang before 18) take the inner one over.
class Sequential : public Module {
 public:
  Sequential() = default;
  Sequential(std::initializer_list<LayerEntry> layers);

  // At the end. GraphError once the model is built; ValueError for a name that is taken.
  Sequential& add(LayerEntry layer);
  int size() const { return static_cast<int>(layers_.size()); }
  Module& operator[](int index) { return get_layer(index); }
  using Module::operator();

  Value forward(const Value& x) override;
  void visit(Visitor& visitor) override;
  std::string type_name() const override { return "Sequential"; }
  std::string config() const override;

 protected:
  std::vector<std::int64_t> promised_input_shape() const override;

 private:
  struct Entry {
    std::string name;
    std::unique_ptr<Module> layer;
  };
  std::vector<Entry> layers_;
};

}  // namespace carousel::nn
