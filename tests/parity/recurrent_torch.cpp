// rnn_torch.h5: PyTorch's recurrent modules and cells through the layers, its attention through the
// operation; in f64 and f32.
#include <carousel/autograd/engine.h>
#include <carousel/autograd/ops.h>
#include <carousel/autograd/ops/attention.h>
#include <carousel/nn/make_layer.h>
#include <carousel/nn/recurrent/recurrent.h>
#include <carousel/nn/visitor.h>
#include <tests/parity/runner.h>

namespace carousel::test {
namespace {

using nlohmann::json;

Tensor optional(const Call& call, const std::string& name) {
  const auto found = call.in.find(name);
  return found == call.in.end() ? Tensor() : found->second;
}

// What a module's weights need to be a layer's.
struct Names {
  bool is_cell, is_gru;

  // Of the parameter "kernel_l1_reverse", say, PyTorch's; the first layer has no number here.
  std::string torch(const std::string& kind, const std::string& suffix) const {
    if (is_cell) return kind;
    return kind + (suffix.starts_with("_l") ? "" : "_l0") + suffix;
  }
  // The last axis in the order of gates of Keras: the GRU's r z n becomes z r n.
  Tensor ordered(const Tensor& x) const {
    if (!is_gru) return x;
    const auto gates = split(x, 3, -1);
    return concat({gates[1], gates[0], gates[2]}, -1);
  }
};

// Puts PyTorch's weights in place of a built layer's parameters.
class Weights final : public nn::Visitor {
 public:
  Weights(const Call& call, const Names& names) : call_(call), names_(names) {}

 private:
  void module(std::string_view, nn::Module&) override {}
  void tensor(std::string_view name, Tensor& x, nn::Role role) override {
    if (role != nn::Role::parameter) return;
    const Shape shape = x.shape();
    x = of(std::string(name));
    if (x.shape() != shape)
      throw std::runtime_error(std::string(name) + " has shape " + to_string(shape) +
                               ", PyTorch's " + to_string(x.shape()));
  }
  Tensor of(const std::string& name) const {
    const std::string kind =
        name.starts_with("recurrent_kernel") ? "recurrent_kernel" : name.substr(0, name.find('_'));
    const std::string suffix = name.substr(kind.size());
    const auto golden = [&](const char* of_kind) { return call_[names_.torch(of_kind, suffix)]; };
    if (kind == "kernel") return names_.ordered(golden("weight_ih").transpose(0, 1));
    if (kind == "recurrent_kernel") return names_.ordered(golden("weight_hh").transpose(0, 1));
    if (kind == "bias") return names_.ordered(stack({golden("bias_ih"), golden("bias_hh")}));
    return golden("weight_hr").transpose(0, 1);
  }

  const Call& call_;
  const Names& names_;
};

std::unique_ptr<nn::RecurrentLayer> make(const std::string& kind, const json& ctor) {
  json options{{"units", ctor.at("hidden_size")},
               {"num_layers", ctor.value("num_layers", 1)},
               {"bidirectional", ctor.value("bidirectional", false)},
               {"use_bias", ctor.value("bias", true)},
               {"two_biases", true},
               {"return_sequences", true},
               {"zero_output_for_mask", true}};
  if (kind == "LSTM") options["proj_size"] = ctor.value("proj_size", 0);
  if (kind == "RNN") options["activation"] = ctor.value("nonlinearity", "tanh");
  auto layer = nn::make_layer(kind == "RNN" ? "SimpleRNN" : kind, options.dump());
  return std::unique_ptr<nn::RecurrentLayer>(dynamic_cast<nn::RecurrentLayer*>(layer.release()));
}

Results call_cell(nn::RecurrentLayer& layer, const Call& call) {
  const nn::RecurrentState state =
      layer.step(call["x"], {optional(call, "h0"), optional(call, "c0")});
  Results results{{"h", state.h}};
  if (state.c.defined()) results["c"] = state.c;
  return results;
}

// A golden tensor with the axes that it has in the layer, and back.
struct GoldenAxes {
  bool batched, batch_first, one_state;

  Tensor sequence(const Tensor& x) const {
    if (!batched) return x.unsqueeze(0);
    return batch_first ? x : x.transpose(0, 1);
  }
  Tensor golden_sequence(const Tensor& y) const {
    if (!batched) return y.squeeze({0});
    return batch_first ? y : y.transpose(0, 1);
  }
  Tensor state(const Tensor& h) const {
    if (!h.defined()) return h;
    const Tensor all = batched ? h : h.unsqueeze(1);
    return one_state ? all.select(0, 0) : all;
  }
  Tensor golden_state(const Tensor& h) const {
    const Tensor all = one_state ? h.unsqueeze(0) : h;
    return batched ? all : all.squeeze({1});
  }
};

Tensor lengths_of(const json& arguments) {
  if (!arguments.contains("lengths") || arguments["lengths"].is_null()) return {};
  const auto values = arguments["lengths"].get<std::vector<std::int64_t>>();
  return from_vector(values, {static_cast<std::int64_t>(values.size())});
}

Results call_sequence(nn::RecurrentLayer& layer, const json& config, const Call& call) {
  const json& ctor = config.at("ctor");
  const json arguments = config.value("call", json::object());
  const bool single = ctor.value("num_layers", 1) == 1 && !ctor.value("bidirectional", false);
  const GoldenAxes axes{!arguments.value("unbatched", false), ctor.value("batch_first", false),
                        single};
  const RecurrentResult result = layer.run(
      axes.sequence(call["x"]),
      {.lengths = lengths_of(arguments),
       .initial_state = {axes.state(optional(call, "h0")), axes.state(optional(call, "c0"))}});
  Results results{{"y", axes.golden_sequence(result.output)}, {"h", axes.golden_state(result.h)}};
  if (result.c.defined()) results["c"] = axes.golden_state(result.c);
  return results;
}

Results call_recurrent(const json& config, const Call& call) {
  const std::string module = config.at("module").get<std::string>().substr(3);  // after "nn."
  const bool is_cell = module.ends_with("Cell");
  const std::string kind = is_cell ? module.substr(0, module.size() - 4) : module;
  const auto layer = make(kind, config.at("ctor"));
  const std::int64_t features = config.at("ctor").at("input_size");
  layer->build({1, 1, features}, call["x"].dtype());
  const Names names{is_cell, kind == "GRU"};
  Weights weights(call, names);
  layer->visit(weights);
  return is_cell ? call_cell(*layer, call) : call_sequence(*layer, config, call);
}

// nn.MultiheadAttention: one matrix for query, key and value, or one each.
Results call_attention(const json& config, const Call& call) {
  const json& ctor = config.at("ctor");
  const std::int64_t heads = ctor.at("num_heads"), size = ctor.at("embed_dim");
  const bool batch_first = ctor.value("batch_first", false);
  const auto projected = [&](const char* input, const char* weight, std::int64_t part) {
    const Tensor x = batch_first ? call[input] : call[input].transpose(0, 1);
    const auto rows = [&](const Tensor& all) {
      return all.slice(0, part * size, (part + 1) * size);
    };
    const Tensor all = optional(call, "in_proj_weight"), bias = optional(call, "in_proj_bias");
    Tensor y = matmul(x, (all.defined() ? rows(all) : call[weight]).transpose(0, 1));
    if (bias.defined()) y = y + rows(bias);
    return y.reshape({x.dim(0), x.dim(1), heads, size / heads}).transpose(1, 2);
  };
  const Tensor query = projected("query", "q_proj_weight", 0);
  const Tensor key = projected("key", "k_proj_weight", 1);
  const Tensor value = projected("value", "v_proj_weight", 2);
  const Tensor mask = logical_not(call["key_padding_mask"]).unsqueeze(1).unsqueeze(1);
  const AttentionResult result = scaled_dot_product_attention(query, key, value, {.mask = mask});
  const Tensor joined = result.output.transpose(1, 2).reshape({query.dim(0), query.dim(2), size});
  Tensor y = matmul(joined, call["out_proj.weight"].transpose(0, 1));
  if (const Tensor bias = optional(call, "out_proj.bias"); bias.defined()) y = y + bias;
  return {{"y", batch_first ? y : y.transpose(0, 1)}, {"scores", result.weights}};
}

// p = sum((d sum(y * cotangent) / d x)^2), whose gradients the file has.
Results call_twice(const GoldenCase& golden, const Call& call) {
  const Results first = call_recurrent(golden.config, call);
  const auto y = first.find("y");
  const Tensor output = y == first.end() ? first.at("h") : y->second;
  const Tensor cotangent = to_tensor(golden.group("cotangent").at("y"), f64);
  const Tensor gradient = grad(std::vector<Tensor>{output}, std::vector<Tensor>{call["x"]},
                               {.cotangents = {cotangent}, .create_graph = true})[0];
  return {{"y", output}, {"grad_x", gradient}, {"p", sum(gradient * gradient)}};
}

}  // namespace

Difference run_recurrent_torch(const GoldenCase& golden) {
  const json& config = golden.config;
  if (golden.group("outputs").contains("p")) {
    GoldenCase of_p = golden;
    of_p.groups["cotangent"] = {{"p", Host{Shape{}, f64, {1.0}}}};
    return compare_case(
        of_p, config, [&](const Call& call) { return call_twice(golden, call); }, f64, "",
        kBoundsF64);
  }
  const bool attention = config.at("module") == "nn.MultiheadAttention";
  const auto forward = [&](const Call& call) {
    return attention ? call_attention(config, call) : call_recurrent(config, call);
  };
  Difference worst = compare_case(golden, config, forward, f64, ".f64", kBoundsF64);
  worsen(worst, compare_case(golden, config, forward, f32, "", kBoundsF32));
  return worst;
}

}  // namespace carousel::test
