// Functional graphs: what layers will give, before there are data (nn/model.h makes models of it).
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <carousel/nn/module.h>
#include <carousel/tensor/dtype.h>

namespace carousel::nn {

namespace detail {
struct GraphNode;
}

// An output of a layer's call in a functional graph: shape and dtype, no data. A handle.
class Symbol {
 public:
  Symbol() = default;

  bool defined() const { return node_ != nullptr; }
  // Sizes, the batch first; -1 where any will do. GraphError if undefined, as for the others.
  std::vector<std::int64_t> shape() const;
  DType dtype() const;
  bool masked() const;

  // For the library's own use: the call, and which of its outputs.
  Symbol(std::shared_ptr<const detail::GraphNode> node, int output)
      : node_(std::move(node)), output_(output) {}
  const std::shared_ptr<const detail::GraphNode>& node() const { return node_; }
  int output() const { return output_; }

 private:
  std::shared_ptr<const detail::GraphNode> node_;
  int output_ = 0;
};

// Of a layer that takes or gives several: nn::Concatenate{}({a, b}).
class Symbols {
 public:
  Symbols() = default;
  Symbols(Symbol one) : list_(1, std::move(one)) {}                   // NOLINT: Model{x, y}
  Symbols(std::initializer_list<Symbol> several) : list_(several) {}  // NOLINT
  explicit Symbols(std::vector<Symbol> list) : list_(std::move(list)) {}
  // The only one; ValueError where there are more.
  operator Symbol() const;  // NOLINT: Symbol y = nn::Add{}({a, b})

  std::size_t size() const { return list_.size(); }
  bool empty() const { return list_.empty(); }
  const Symbol& operator[](std::size_t i) const { return list_[i]; }
  auto begin() const { return list_.begin(); }
  auto end() const { return list_.end(); }

 private:
  std::vector<Symbol> list_;
};

// "(None, 10, 5)".
std::string to_string(const Symbol& x);

struct InputOptions {
  std::vector<std::int64_t> shape = {};  // without the batch; -1 where any size will do
  DType dtype = f32;
  std::string name = {};
};

// Where a functional graph begins:
//
//   nn::Input x{{.shape = {10, 1}}};
//   nn::Symbol y = nn::Dense{{.units = 1}}(nn::LSTM{{.units = 50}}(x));
//   nn::Model model{x, y};
class Input : public Symbol {
 public:
  // ValueError for a size that is neither positive nor -1.
  explicit Input(InputOptions options = {});
};

namespace detail {
// A call of this layer in a graph. Errors are the layer's own.
Symbols call(std::shared_ptr<Module> layer, const Symbols& inputs);
}  // namespace detail

// A layer that is called more than once in a functional graph, or looked at later: the calls have
// its parameters in common. A handle.
//
//   auto encoder = nn::share(nn::LSTM{{.units = 32}});
//   nn::Symbol left = encoder(a), right = encoder(b);
template <std::derived_from<Module> M>
class Shared {
 public:
  explicit Shared(std::shared_ptr<M> layer) : layer_(std::move(layer)) {}

  Symbol operator()(const Symbol& x) const { return detail::call(layer_, x); }
  Symbols operator()(const Symbols& inputs) const { return detail::call(layer_, inputs); }
  M* operator->() const { return layer_.get(); }
  M& operator*() const { return *layer_; }

 private:
  std::shared_ptr<M> layer_;
};

template <class M>
auto share(M&& layer) {
  static_assert(!std::is_lvalue_reference_v<M>,
                "the graph keeps the layer: nn::share(std::move(layer))");
  return Shared<M>(std::make_shared<M>(std::forward<M>(layer)));
}

}  // namespace carousel::nn
