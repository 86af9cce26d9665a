// Views share memory, indexing reads as in Python, writing follows the rules of the graph.
#include <carousel/autograd/grad_mode.h>
#include <carousel/autograd/ops.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/host_write.h>

#include <boost/test/unit_test.hpp>

using namespace carousel;

namespace {

auto says(const char* text) {
  return [text](const Error& e) {
    BOOST_TEST_INFO(e.what());
    return std::string(e.what()).find(text) != std::string::npos;
  };
}

// 0 .. 23 as (2, 3, 4).
Tensor box() { return arange(24, {.dtype = i64}).reshape({2, 3, 4}); }

bool shares(const Tensor& a, const Tensor& b) {
  return a.impl().storage.get() == b.impl().storage.get();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(views)

BOOST_AUTO_TEST_CASE(views_share_their_storage) {
  const Tensor x = box();
  for (const Tensor& view :
       {x.slice(1, 0, 3, 2), x.select(2, 1), x.transpose(0, 2), x.permute({2, 0, 1}),
        x.reshape({6, 4}), x.unsqueeze(0), x.expand({5, 2, 3, 4}), x.flatten(1),
        x.unsqueeze(1).squeeze(), x.select(0, 1).squeeze(0), split(x, 2, 2)[1], split(x, 3, 1)[2]})
    BOOST_TEST(shares(view, x), to_string(view.shape()));
  BOOST_TEST(!shares(x.clone(), x));
  BOOST_TEST(!shares(x.transpose(0, 2).reshape({24}), x));
}

BOOST_AUTO_TEST_CASE(a_write_is_seen_through_every_view) {
  const Tensor x = box(), turned = x.transpose(0, 1);
  Tensor column = x.select(2, 1);
  column.fill_(-1);
  BOOST_TEST(x(1, 2, 1) == -1);
  BOOST_TEST(x(1, 2, 2) == 22);
  turned.slice(0, 1, 2).copy_(Tensor{std::int64_t{100}});
  BOOST_TEST(x(0, 1, 3) == 100);
  BOOST_TEST(x(0, 2, 3) == 11);
}

BOOST_AUTO_TEST_CASE(strides_and_density) {
  const Tensor x = box();
  BOOST_TEST((x.strides()[0] == 12 && x.strides()[1] == 4 && x.strides()[2] == 1));
  const Tensor turned = x.transpose(0, 2);
  BOOST_TEST((turned.strides()[0] == 1 && turned.strides()[2] == 12));
  BOOST_TEST(!turned.is_contiguous());
  BOOST_TEST(turned.contiguous().is_contiguous());
  BOOST_TEST(to_string(turned.contiguous()) == to_string(turned));
  BOOST_TEST(x.select(1, 0).expand({3, 2, 4}).strides()[0] == 0);
  // Axes of size 1 never make a tensor strided.
  BOOST_TEST(x.slice(0, 1, 2).transpose(0, 1).is_contiguous());
}

BOOST_AUTO_TEST_CASE(indexing_as_in_python) {
  const Tensor x = box();
  struct Case {
    Tensor got;
    std::string text;
  };
  const Case cases[] = {
      {x[{1, 2}], "[20 21 22 23]"},
      {x[{-1, -1, -1}], "23"},
      {x[{0, Slice{}, Slice{1, 3}}], "[[ 1  2]\n [ 5  6]\n [ 9 10]]"},
      {x[{Slice{}, 0, Slice{0, Slice::kEnd, 3}}], "[[ 0  3]\n [12 15]]"},
      {x[{0, 0, Slice{-2}}], "[2 3]"},
      {x[{0, 0, Slice{2, 100}}], "[2 3]"},  // cut at the end
      {x[{0, 0, Slice{3, 1}}], "[]"},       // nothing left
  };
  for (const Case& c : cases) BOOST_TEST(to_string(c.got) == c.text);
  BOOST_TEST(x(1, 0, -1) == 15);
}

BOOST_AUTO_TEST_CASE(indices_out_of_range) {
  const Tensor x = box();
  BOOST_CHECK_EXCEPTION((x[{0, 0, 0, 0}]), IndexError, says("[index] 4 indices for shape"));
  BOOST_CHECK_EXCEPTION((x[{2}]), IndexError, says("[select] position 2 is out of range for axis"));
  BOOST_CHECK_EXCEPTION(x(0, 3, 0), IndexError, says("[tensor] position 3 is out of range"));
  BOOST_CHECK_EXCEPTION(x(0, 0), IndexError, says("[tensor] 2 positions for shape (2, 3, 4)"));
  BOOST_CHECK_EXCEPTION(x.dim(3), IndexError, says("[dim] axis 3 is out of range for shape"));
}

BOOST_AUTO_TEST_CASE(reading_asks_for_the_right_type_and_layout) {
  const Tensor x = box();
  BOOST_CHECK_EXCEPTION(x.item(), ShapeError, says("[item] needs exactly one element, the shape"));
  BOOST_CHECK_EXCEPTION(x.to_vector<float>(), DTypeError,
                        says("[to_vector] the tensor holds i64, asked for f32"));
  BOOST_CHECK_EXCEPTION(x.t(), ShapeError, says("[t] needs a matrix, got shape (2, 3, 4)"));
  BOOST_CHECK_EXCEPTION(x.transpose(0, 1).data<std::int64_t>(), ShapeError,
                        says("[data] the tensor is a strided view of shape (3, 2, 4)"));
  BOOST_CHECK_EXCEPTION(Tensor().shape(), GraphError, says("[tensor] the tensor is undefined"));
}

BOOST_AUTO_TEST_CASE(nested_braces) {
  BOOST_TEST((Tensor{{1.0, 2.0}}.shape() == Shape{1, 2}));
  BOOST_TEST((Tensor{{{1}, {2}}}.shape() == Shape{1, 2, 1}));
  BOOST_TEST((Tensor{1.f}.dtype() == f32 && Tensor{true}.dtype() == boolean));
  BOOST_CHECK_EXCEPTION((Tensor{{1, 2}, {3}}), ShapeError,
                        says("[tensor] rows differ in length: 2 and 1"));
}

BOOST_AUTO_TEST_CASE(writing_into_a_graph_needs_no_grad) {
  Tensor w = ones({2}).set_requires_grad();
  BOOST_CHECK_EXCEPTION(w.fill_(0), GraphError, says("[fill_] writes in place into a tensor (2,)"));
  BOOST_CHECK_EXCEPTION(w.copy_(zeros({2})), GraphError, says("[copy_] writes in place"));
  BOOST_CHECK_EXCEPTION(HostWrite<float>{w}, GraphError, says("[host_write] writes in place"));
  BOOST_TEST(w(0) == 1);
  const NoGrad guard;
  const HostWrite<float> write(w);
  write[1] = 5;
  BOOST_TEST(w(1) == 5);
}

BOOST_AUTO_TEST_CASE(sizes_that_overflow) {
  const std::int64_t huge = std::int64_t{1} << 40;
  BOOST_CHECK_THROW(zeros({huge, huge}), ValueError);
  BOOST_CHECK_THROW(zeros({1, 1, 1, 1, 1, 1, 1, 1, 1}), ShapeError);
  BOOST_CHECK_THROW(zeros({2, -1}), ShapeError);
}

BOOST_AUTO_TEST_SUITE_END()
