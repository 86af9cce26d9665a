// Writing at positions, finding elements, borders and grids.
#include <carousel/autograd/ops.h>
#include <tests/parity/tensor_ops.h>

namespace carousel::test {
namespace {

Tensor torch_scatter_reduce(const Call& call) {
  using R = ScatterReduction;
  const std::map<std::string, R> reductions{
      {"sum", R::sum}, {"mean", R::mean}, {"prod", R::prod}, {"amax", R::max}, {"amin", R::min}};
  return scatter_reduce(call["x"], axis(call), call["i"], call["src"],
                        reductions.at(call.args.at("reduce").get<std::string>()),
                        flag(call, "include_self"));
}

// x[c] for a mask over x's leading axes: (count, ...).
Tensor boolean_index(const Call& call) {
  const Tensor &x = call["x"], &mask = call["c"];
  Shape shape{mask.numel()};
  for (int i = mask.rank(); i < x.rank(); ++i) shape.append(x.dim(i));
  const Tensor rows = nonzero(mask.reshape({mask.numel()})).select(1, 0);
  return index_select(x.reshape(shape), 0, rows);
}

// x[i, :, j]: the indexed axes go first.
Tensor advanced_index(const Call& call) {
  const Tensor& x = call["x"];
  const Tensor flat = x.permute({0, 2, 1}).reshape({x.dim(0) * x.dim(2), x.dim(1)});
  return index_select(flat, 0, call["i"] * x.dim(2) + call["j"]);
}

Tensor index_put_accumulate(const Call& call) {
  const Tensor& x = call["x"];
  const Tensor at = call["i"] * x.dim(1) + call["j"];
  return index_add(x.reshape({x.numel()}), 0, at, call["v"]).reshape(x.shape());
}

}  // namespace

void add_places(OperationTable& table) {
  table["scatter"] =
      single([](const Call& c) { return scatter(c["x"], axis(c), c["i"], c["src"]); });
  table["scatter_reduce"] = single(torch_scatter_reduce);
  table["index_copy"] =
      single([](const Call& c) { return index_copy(c["x"], axis(c), c["i"], c["src"]); });
  table["index_fill"] =
      single([](const Call& c) { return index_fill(c["x"], axis(c), c["i"], number(c, "value")); });
  table["index_put_accumulate"] = single(index_put_accumulate);
  table["advanced_index"] = single(advanced_index);
  table["boolean_index"] = single(boolean_index);
  table["masked_select"] = single([](const Call& c) { return masked_select(c["x"], c["c"]); });
  table["nonzero"] = single([](const Call& c) { return nonzero(c["x"]); });
  table["bincount"] =
      single([](const Call& c) { return bincount(c["i"], integer(c, "minlength")); });
  table["searchsorted"] =
      single([](const Call& c) { return searchsorted(c["s"], c["v"], flag(c, "right")); });
  table["unique"] = [](const Call& c) {
    const UniqueResult r = unique(c["x"]);
    return Results{{"values", r.values}, {"inverse", r.inverse}, {"counts", r.counts}};
  };
  table["meshgrid"] = [](const Call& c) {
    const std::vector<Tensor> grids = meshgrid(std::vector<Tensor>{c["a"], c["b"]});
    return Results{{"g0", grids[0]}, {"g1", grids[1]}};
  };
  table["rot90"] = single([](const Call& c) {
    const std::vector<std::int64_t> dims = integers(c, "dims");
    return rot90(c["x"], axis(c, "k"), static_cast<int>(dims[0]), static_cast<int>(dims[1]));
  });
  table["unfold"] = single([](const Call& c) {
    return unfold(c["x"], axis(c), integer(c, "size"), integer(c, "step"));
  });
  table["diag_embed"] = single([](const Call& c) { return diag_embed(c["x"], axis(c, "offset")); });
}

}  // namespace carousel::test
