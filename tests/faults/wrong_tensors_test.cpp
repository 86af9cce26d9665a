// Tensors, free operations and gradients, used wrongly.
#include <carousel/carousel.h>
#include <carousel/nn/lstm.h>
#include <tests/faults/wrong_use.h>

using namespace carousel;
using namespace carousel::test;

namespace {

Tensor leaf() { return ones({2, 3}, {.requires_grad = true}); }

const std::string kUndefined = "[tensor] the tensor is undefined: nothing was assigned to it";

}  // namespace

BOOST_AUTO_TEST_SUITE(wrong_tensors)

BOOST_AUTO_TEST_CASE(operands_that_do_not_match) {
  const Tensor a = ones({2, 3}), d = ones({3, 2}, {.dtype = f64}),
               m = zeros({2, 3}, {.device = DeviceKind::meta});
  check_all({
      {"add", fault<ShapeError>("[add] shapes (2, 3) and (4,) can't be broadcast together",
                                [=] { a + ones({4}); })},
      {"matmul", fault<ShapeError>("[matmul] inner dimensions differ: lhs (2, 3), rhs (4, 5)",
                                   [=] {
                                     matmul(a, ones({4, 5}));
                                   })},
      {"dot", fault<ShapeError>("[dot] inner dimensions differ: lhs (2,), rhs (3,)",
                                [] { dot(ones({2}), ones({3})); })},
      {"concat", fault<ShapeError>("[concat] shapes (2, 3) and (2,) differ off axis 0",
                                   [=] {
                                     concat({a, ones({2})}, 0);
                                   })},
      {"mse", fault<ShapeError>("[mse] prediction (2, 3) and target (2,) differ in shape",
                                [=] { mse(a, ones({2})); })},
      {"dtypes", fault<DTypeError>("[matmul] operands differ in dtype: f32 (2, 3) and f64 (3, 2); "
                                   "convert one with .to(...)",
                                   [=] { matmul(a, d); })},
      {"a float beside integers",
       fault<DTypeError>("[add] a floating scalar (0.500000) beside a i32 tensor; convert the "
                         "tensor with .to(f32)",
                         [] { ones({2}, {.dtype = i32}) + 0.5; })},
      {"division of integers",
       fault<DTypeError>("[div] takes f32, f64, got i32; say floor_divide for integers",
                         [=] { a.to(i32) / a.to(i32); })},
      {"devices", fault<DeviceError>("[add] operands are on different devices: cpu (2, 3) and meta "
                                     "(2, 3); move one with .to(...)",
                                     [=] { a + m; })},
      {"no such device", fault<DeviceError>("[device] meta holds shapes only: a meta tensor has no "
                                            "data",
                                            [=] { m.sum().item(); })},
      {"lstm of 2-D data",
       fault<ShapeError>("[lstm] x must be (batch, time, features), got (3, 2); one feature a "
                         "step: x.unsqueeze(-1), one sequence: x.unsqueeze(0)",
                         [] {
                           lstm(ones({3, 2}), ones({2, 8}), ones({2, 8}), ones({8}));
                         })},
      {"lstm without steps",
       fault<ShapeError>("[lstm] x has no time steps: (3, 0, 2)",
                         [] {
                           lstm(ones({3, 0, 2}), ones({2, 8}), ones({2, 8}), ones({8}));
                         })},
      {"lstm of other features",
       fault<ShapeError>("[lstm] kernel must be (2, 8), got (3, 8)",
                         [] {
                           lstm(ones({3, 4, 2}), ones({3, 8}), ones({2, 8}), ones({8}));
                         })},
  });
}

BOOST_AUTO_TEST_CASE(sizes_and_positions) {
  const Tensor a = ones({3});
  const Tensor three{std::int64_t{3}};
  check_all({
      {"a negative size", fault<ShapeError>("[shape] a size is negative: -1", [] { zeros({-1}); })},
      {"sizes that overflow",
       fault<ValueError>("[shape] size overflows: 1099511627776 * 1099511627776",
                         [] {
                           zeros({std::int64_t{1} << 40, std::int64_t{1} << 40});
                         })},
      {"more than there is",
       fault<DeviceError>("[allocate] cpu: 4503599627370496 bytes are not available",
                          [] { zeros({std::int64_t{1} << 50}); })},
      {"rank 9", fault<ShapeError>("[shape] rank is limited to 8: (1, 1, 1, 1, 1, 1, 1, 1) has it "
                                   "already",
                                   [] {
                                     zeros({1, 1, 1, 1, 1, 1, 1, 1, 1});
                                   })},
      {"element",
       fault<IndexError>("[tensor] position 3 is out of range for shape (3,)", [=] { a(3); })},
      {"embedding", fault<IndexError>("[embedding] index 3 at position 0 is outside [0, 3)",
                                      [=] {
                                        embedding(ones({3, 2}), three);
                                      })},
      {"gather", fault<IndexError>("[gather] index 3 at position 0 is out of range for size 3",
                                   [=] { gather(a, 0, three); })},
      {"one_hot", fault<IndexError>("[one_hot] index 3 at position 0 is outside [0, 3)",
                                    [=] { one_hot(three, 3); })},
      {"a maximum of nothing",
       fault<ShapeError>("[max] nothing to reduce: shape (0,) is empty along axis 0",
                         [] { max(ones({0})); })},
      {"item of many",
       fault<ShapeError>("[item] needs exactly one element, the shape is (3,)", [=] { a.item(); })},
      {"another element type", fault<DTypeError>("[to_vector] the tensor holds f32, asked for f64",
                                                 [=] { a.to_vector<double>(); })},
      {"undefined operand", fault<GraphError>(kUndefined, [=] { a + Tensor(); })},
      {"undefined shape", fault<GraphError>(kUndefined, [] { Tensor().shape(); })},
      {"undefined backward", fault<GraphError>(kUndefined, [] { Tensor().backward(); })},
  });
}

BOOST_AUTO_TEST_CASE(gradients) {
  check_all({
      {"backward twice",
       fault<GraphError>("[sum] backward a second time: what the graph had saved was freed; pass "
                         "retain_graph = true the first time",
                         [] {
                           const Tensor x = leaf(), y = (x * x).sum();
                           y.backward();
                           y.backward();
                         })},
      {"through an LSTM twice",
       fault<GraphError>("[sum] backward a second time: what the graph had saved was freed; pass "
                         "retain_graph = true the first time",
                         [] {
                           nn::LSTM layer{{.units = 2}};
                           const Tensor y = Tensor(layer(ones({3, 4, 2}))).sum();
                           y.backward();
                           y.backward();
                         })},
      {"no scalar", fault<GraphError>("[backward] a root of shape (2, 3) needs a cotangent of its "
                                      "shape; only one element has 1 by default",
                                      [] { (leaf() * 2).backward(); })},
      {"another cotangent",
       fault<ShapeError>("[backward] the cotangent (2,) differs from the root (2, 3)",
                         [] { (leaf() * 2).backward(ones({2})); })},
      {"a cotangent in doubles",
       fault<DTypeError>("[backward] operands differ in dtype: f64 (2, 3) and f32 (2, 3); convert "
                         "one with .to(...)",
                         [] {
                           (leaf() * 2).backward(ones({2, 3}, {.dtype = f64}));
                         })},
      {"no graph", fault<GraphError>("[backward] a root of shape () depends on nothing that wants "
                                     "a gradient",
                                     [] { ones({2}).sum().backward(); })},
  });
}

BOOST_AUTO_TEST_CASE(writes_into_a_graph) {
  check_all({
      {"a write to a saved tensor",
       fault<GraphError>("[mul] a tensor (2, 3) that backward needs was written to after the "
                         "forward pass (version 1, saved at 0)",
                         [] {
                           Tensor x = leaf();
                           const Tensor y = (x * x).sum();
                           {
                             const NoGrad guard;
                             x.fill_(3);
                           }
                           y.backward();
                         })},
      {"a write to an LSTM's weights",
       fault<GraphError>("[lstm] a tensor (2, 8) that backward needs was written to after the "
                         "forward pass (version 1, saved at 0)",
                         [] {
                           nn::LSTM layer{{.units = 2}};
                           const Tensor y = Tensor(layer(ones({3, 4, 2}))).sum();
                           {
                             const NoGrad guard;
                             layer.parameters()[0].fill_(3);
                           }
                           y.backward();
                         })},
      {"a write outside NoGrad",
       fault<GraphError>("[copy_] writes in place into a tensor (2, 3) that takes part in a graph; "
                         "do it under NoGrad",
                         [] {
                           leaf().copy_(ones({2, 3}));
                         })},
      {"a host write",
       fault<GraphError>("[host_write] writes in place into a tensor (2, 3) that takes part in a "
                         "graph; do it under NoGrad",
                         [] { const HostWrite<float> write(leaf()); })},
  });
}

BOOST_AUTO_TEST_CASE(wrong_gradients) {
  check_all({
      {"an input that nothing depends on",
       fault<GraphError>("[grad] no output depends on an input of shape (2, 3); allow_unused = "
                         "true gives an undefined gradient",
                         [] { grad((leaf() * 2).sum(), {leaf()}); })},
      {"gradients of integers",
       fault<DTypeError>("[set_requires_grad] takes f32 or f64, got i32 "
                         "(2,)",
                         [] { ones({2}, {.dtype = i32}).set_requires_grad(); })},
      {"a gradient of another shape",
       fault<ShapeError>("[set_grad] a gradient (3,) for a tensor (2, 3)",
                         [] { leaf().set_grad(ones({3})); })},
  });
}

BOOST_AUTO_TEST_SUITE_END()
