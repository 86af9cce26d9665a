#include <carousel/nn/symbol.h>

#include <atomic>

#include <fmt/format.h>

#include <carousel/nn/build.h>
#include <carousel/nn/graph.h>
#include <carousel/nn/make_layer.h>
#include <carousel/tensor/impl.h>

namespace carousel::nn {
namespace {

// In place of what is free: far apart, so that windows and strides show the difference.
constexpr std::int64_t kBatch[] = {2, 3}, kFree[] = {64, 192};

std::uint64_t next_number() {
  static std::atomic<std::uint64_t> count{0};
  return ++count;
}

const detail::GraphNode& node_of(const Symbol& x) {
  if (!x.defined()) throw GraphError("symbol", "this symbol is undefined: no layer has given it");
  return *x.node();
}

const Value& sample_of(const Symbol& x, int choice) {
  return node_of(x).outputs[choice][static_cast<std::size_t>(x.output())];
}

}  // namespace

Value detail::sample(const std::vector<std::int64_t>& sizes, DType dtype, int choice) {
  Shape shape;
  for (const std::int64_t size : sizes)
    shape.append(size >= 0 ? size : shape.rank() == 0 ? kBatch[choice] : kFree[choice]);
  return carousel::detail::empty(shape, dtype, DeviceKind::meta);
}

std::string detail::size_text(const std::vector<std::int64_t>& sizes) {
  std::string text;
  for (const std::int64_t size : sizes)
    text += (text.empty() ? "" : ", ") + (size < 0 ? "None" : std::to_string(size));
  return "(" + text + (sizes.size() == 1 ? ",)" : ")");
}

std::vector<std::int64_t> detail::sizes_of(const GraphNode& node, int output) {
  const auto at = static_cast<std::size_t>(output);
  const Shape &a = node.outputs[0][at].shape(), &b = node.outputs[1][at].shape();
  std::vector<std::int64_t> sizes;
  for (int i = 0; i < a.rank(); ++i) sizes.push_back(a[i] == b[i] ? a[i] : -1);
  return sizes;
}

std::vector<std::int64_t> Symbol::shape() const {
  return detail::sizes_of(node_of(*this), output_);
}
DType Symbol::dtype() const { return sample_of(*this, 0).dtype(); }
bool Symbol::masked() const { return sample_of(*this, 0).mask.defined(); }

std::string to_string(const Symbol& x) { return detail::size_text(x.shape()); }

Symbols::operator Symbol() const {
  if (size() != 1) throw ValueError("symbol", fmt::format("wanted one symbol, got {}", size()));
  return list_[0];
}

namespace {

std::shared_ptr<const detail::GraphNode> input_node(InputOptions options) {
  auto node = std::make_shared<detail::GraphNode>();
  node->name = std::move(options.name);
  node->sizes = {-1};
  for (const std::int64_t size : options.shape) {
    if (size < 1 && size != -1)
      throw ValueError("Input", fmt::format("sizes are positive, or -1 for any, got {}", size));
    node->sizes.push_back(size);
  }
  for (const int choice : {0, 1})
    node->outputs[choice] = {detail::sample(node->sizes, options.dtype, choice)};
  node->number = next_number();
  return node;
}

}  // namespace

Input::Input(InputOptions options) : Symbol(input_node(std::move(options)), 0) {}

Values detail::samples_of(const Symbols& symbols, int choice) {
  Values samples;
  for (const Symbol& each : symbols) samples.push_back(sample_of(each, choice));
  return samples;
}

Symbols detail::call(std::shared_ptr<Module> layer, const Symbols& inputs) {
  auto node = std::make_shared<GraphNode>();
  node->layer = std::move(layer);
  node->inputs = inputs;
  node->number = next_number();
  Build::infer(node);
  std::vector<Symbol> outputs;
  for (std::size_t i = 0; i < node->outputs[0].size(); ++i)
    outputs.emplace_back(node, static_cast<int>(i));
  return Symbols(std::move(outputs));
}

Symbol Module::operator()(const Symbol& x) && { return detail::call(detail::take(*this), x); }

Symbols Module::operator()(const Symbols& inputs) && {
  return detail::call(detail::take(*this), inputs);
}

}  // namespace carousel::nn
