#include <carousel/autograd/ops.h>
#include <tests/parity/tensor_ops.h>

namespace carousel::test {
namespace {

Results named(const SortResult& result) {
  return {{"values", result.values}, {"indices", result.indices}};
}

Results parts(const std::vector<Tensor>& pieces) {
  Results results;
  for (std::size_t i = 0; i < pieces.size(); ++i) results["p" + std::to_string(i)] = pieces[i];
  return results;
}

Shape shape_from(const std::vector<std::int64_t>& sizes) { return Shape(sizes); }

// torch counts pads from the last axis on; a negative one cuts.
Tensor torch_pad(const Call& call) {
  const auto mode = call.args.at("mode").get<std::string>();
  const std::vector<std::int64_t> pads = integers(call, "pad");
  Tensor x = call["x"];
  std::vector<std::pair<std::int64_t, std::int64_t>> widths(static_cast<std::size_t>(x.rank()));
  for (std::size_t i = 0; i < pads.size(); i += 2) {
    const int at = x.rank() - 1 - static_cast<int>(i / 2);
    x = x.slice(at, std::max<std::int64_t>(-pads[i], 0),
                x.shape()[at] - std::max<std::int64_t>(-pads[i + 1], 0));
    widths[static_cast<std::size_t>(at)] = {std::max<std::int64_t>(pads[i], 0),
                                            std::max<std::int64_t>(pads[i + 1], 0)};
  }
  if (mode == "reflect") return pad(x, widths, PadMode::reflect);
  if (mode == "replicate") return pad(x, widths, PadMode::replicate);
  if (mode == "circular") return pad(x, widths, PadMode::circular);
  return pad(x, widths, number(call, "value"));
}

// Without axes torch rolls the flattened tensor.
Tensor torch_roll(const Call& call) {
  const Tensor& x = call["x"];
  const std::vector<std::int64_t> shifts = integers(call, "shifts");
  if (!call.args.contains("dims")) return roll(x.flatten(), shifts[0], 0).reshape(x.shape());
  const std::vector<std::int64_t> dims = integers(call, "dims");
  Tensor y = x;
  for (std::size_t i = 0; i < dims.size(); ++i) y = roll(y, shifts[i], static_cast<int>(dims[i]));
  return y;
}

// Row `padding_idx` of the table gets no gradient.
Tensor torch_embedding(const Call& call) {
  const Tensor& table = call["w"];
  const std::int64_t row = integer(call, "padding_idx");
  return embedding(concat({table.slice(0, 0, row), table.slice(0, row, row + 1).detach(),
                           table.slice(0, row + 1)}),
                   call["i"]);
}

std::vector<Tensor> chunks(const Call& call) {
  const Tensor& x = call["x"];
  const int at = axis(call);
  const std::int64_t count = integer(call, "chunks"), total = x.dim(at);
  const std::int64_t size = (total + count - 1) / count;
  std::vector<std::int64_t> sizes;
  for (std::int64_t begin = 0; begin < total; begin += size)
    sizes.push_back(std::min(size, total - begin));
  return split(x, sizes, at);
}

Tensor movedim(const Call& call) {
  const Tensor& x = call["x"];
  const int source = axis(call, "source");
  std::vector<int> order;
  for (int i = 0; i < x.rank(); ++i)
    if (i != source) order.push_back(i);
  order.insert(order.begin() + axis(call, "destination"), source);
  return x.permute(order);
}

Tensor unflatten(const Call& call) {
  const Tensor& x = call["x"];
  Shape shape;
  for (int i = 0; i < x.rank(); ++i)
    if (i != axis(call))
      shape.append(x.shape()[i]);
    else
      for (std::int64_t size : integers(call, "sizes")) shape.append(size);
  return x.reshape(shape);
}

// One size may be -1.
Tensor torch_reshape(const Call& call) {
  std::vector<std::int64_t> sizes = integers(call, "shape");
  std::int64_t known = 1;
  for (std::int64_t size : sizes) known *= size == -1 ? 1 : size;
  for (std::int64_t& size : sizes)
    if (size == -1) size = call["x"].numel() / known;
  return call["x"].reshape(shape_from(sizes));
}

void add_shapes(OperationTable& table) {
  table["flip"] = single([](const Call& c) { return flip(c["x"], axes(c, "dims")); });
  table["roll"] = single(torch_roll);
  table["transpose"] =
      single([](const Call& c) { return c["x"].transpose(axis(c, "dim0"), axis(c, "dim1")); });
  table["swapaxes"] =
      single([](const Call& c) { return c["x"].transpose(axis(c, "axis0"), axis(c, "axis1")); });
  table["permute"] = single([](const Call& c) { return c["x"].permute(axes(c, "dims").list()); });
  table["reshape"] = single(torch_reshape);
  table["squeeze"] = single([](const Call& c) { return c["x"].squeeze(axis(c)); });
  table["unsqueeze"] = single([](const Call& c) { return c["x"].unsqueeze(axis(c)); });
  table["repeat_interleave"] =
      single([](const Call& c) { return repeat(c["x"], integer(c, "repeats"), axis(c)); });
  table["tile"] = single([](const Call& c) { return tile(c["x"], integers(c, "dims")); });
  table["movedim"] = single(movedim);
  table["narrow"] = single([](const Call& c) {
    const std::int64_t begin = integer(c, "start");
    return c["x"].slice(axis(c), begin, begin + integer(c, "length"));
  });
  table["flatten"] = single([](const Call& c) { return c["x"].flatten(axis(c, "start_dim")); });
  table["unflatten"] = single(unflatten);
  table["broadcast_to"] =
      single([](const Call& c) { return c["x"].expand(shape_from(integers(c, "size"))); });
  table["cat"] = single([](const Call& c) { return concat({c["a"], c["b"], c["c"]}, axis(c)); });
  table["stack"] = single([](const Call& c) { return stack({c["a"], c["b"]}, axis(c)); });
  table["split"] = [](const Call& c) {
    return parts(split(c["x"], integers(c, "sizes"), axis(c)));
  };
  table["chunk"] = [](const Call& c) { return parts(chunks(c)); };
  table["pad"] = single(torch_pad);
  table["slice"] = single([](const Call& c) {
    return c["x"][{Slice{1}, Slice{0, Slice::kEnd, 2}, Slice{-3, -1}}];
  });
  table["tril"] = single([](const Call& c) { return tril(c["x"], axis(c, "diagonal")); });
  table["triu"] = single([](const Call& c) { return triu(c["x"], axis(c, "diagonal")); });
  table["diagonal"] = single([](const Call& c) { return diag(c["x"], axis(c, "offset")); });
  table["trace"] = single([](const Call& c) { return sum(diag(c["x"])); });
}

void add_indices(OperationTable& table) {
  table["index_select"] =
      single([](const Call& c) { return index_select(c["x"], axis(c), c["i"]); });
  table["gather"] = table["take_along_dim"] =
      single([](const Call& c) { return gather(c["x"], axis(c), c["i"]); });
  table["scatter_add"] =
      single([](const Call& c) { return scatter_add(c["x"], axis(c), c["i"], c["src"]); });
  table["index_add"] = single([](const Call& c) {
    return index_add(c["x"], axis(c), c["i"], c["src"] * number(c, "alpha"));
  });
  table["take"] = single([](const Call& c) { return take(c["x"], c["i"]); });
  table["embedding"] = single(torch_embedding);
  table["one_hot"] =
      single([](const Call& c) { return one_hot(c["i"], integer(c, "num_classes"), i64); });
  table["masked_fill"] =
      single([](const Call& c) { return masked_fill(c["x"], c["c"], number(c, "value")); });
  table["sort"] = [](const Call& c) { return named(sort(c["x"], axis(c), flag(c, "descending"))); };
  table["argsort"] =
      single([](const Call& c) { return argsort(c["x"], axis(c), flag(c, "descending")); });
  table["topk"] = [](const Call& c) {
    return named(topk(c["x"], integer(c, "k"), axis(c), flag(c, "largest")));
  };
}

void add_products(OperationTable& table) {
  table["matmul"] = single([](const Call& c) { return matmul(c["a"], c["b"]); });
  table["einsum"] = single([](const Call& c) {
    std::vector<Tensor> operands;
    for (const auto& [name, tensor] : c.in) operands.push_back(tensor);
    return einsum(c.args.at("equation").get<std::string>(), operands);
  });
  table["outer"] = single([](const Call& c) { return outer(c["a"], c["b"]); });
  table["dot"] = single([](const Call& c) { return dot(c["a"], c["b"]); });
  table["linear"] = single([](const Call& c) { return matmul(c["x"], c["w"].t()) + c["b"]; });
}

}  // namespace

void add_arrangement(OperationTable& table) {
  add_shapes(table);
  add_indices(table);
  add_products(table);
}

}  // namespace carousel::test
