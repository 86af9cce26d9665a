#include <carousel/autograd/ops.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/xtensor.h>

#include <boost/test/unit_test.hpp>
#if __has_include(<xtensor/containers/xarray.hpp>)
#include <xtensor/containers/xarray.hpp>
#include <xtensor/core/xmath.hpp>
#include <xtensor/views/xview.hpp>
#else
#include <xtensor/xarray.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xview.hpp>
#endif

using namespace carousel;

namespace {
auto says(const char* text) {
  return [text](const Error& e) {
    BOOST_TEST_INFO(e.what());
    return std::string(e.what()).find(text) != std::string::npos;
  };
}
}  // namespace

BOOST_AUTO_TEST_SUITE(xtensor_interop)

BOOST_AUTO_TEST_CASE(reads_in_place_and_keeps_the_tensor) {
  auto view = [] {
    const Tensor x{{1.f, 2.f, 3.f}, {4.f, 5.f, 6.f}};
    return as_xtensor<const float>(x);
  }();
  BOOST_TEST(view.dimension() == 2u);
  BOOST_TEST(view(1, 2) == 6.f);
  BOOST_TEST(xt::sum(view)() == 21.f);
}

BOOST_AUTO_TEST_CASE(writes_in_place_and_bumps_the_version) {
  const Tensor x = zeros({2, 3}, {.dtype = f64});
  const auto before = x.impl().storage->version();
  {
    auto array = as_xtensor<double>(x);
    BOOST_TEST(x.impl().storage->version() == before + 1);
    xt::view(array, 1, xt::all()) = 7.0;
  }
  BOOST_TEST(x.impl().storage->version() == before + 2);
  BOOST_TEST(x(0, 0) == 0.0);
  BOOST_TEST(x(1, 2) == 7.0);
}

BOOST_AUTO_TEST_CASE(a_write_between_forward_and_backward_is_noticed) {
  const Tensor x = Tensor{1.0, 2.0}.set_requires_grad(), w{3.0, 4.0};
  const Tensor loss = sum(x * w);
  as_xtensor<double>(w)(0) = 5;
  BOOST_CHECK_EXCEPTION(loss.backward(), GraphError, says("was written to after the forward"));
}

BOOST_AUTO_TEST_CASE(copies_any_expression) {
  const xt::xarray<double> a{{1, 2}, {3, 4}};
  const Tensor sum_of = from_xtensor(a + 1.0);
  BOOST_TEST(to_string(sum_of) == "[[2. 3.]\n [4. 5.]]");
  const Tensor turned = from_xtensor(xt::transpose(a));
  BOOST_TEST(to_string(turned) == "[[1. 3.]\n [2. 4.]]");
  xt::xarray<double, xt::layout_type::column_major> columns = a;
  BOOST_TEST(to_string(from_xtensor(columns)) == "[[1. 2.]\n [3. 4.]]");
  BOOST_TEST((from_xtensor(xt::xarray<std::int64_t>{5}).dtype() == i64));
}

BOOST_AUTO_TEST_CASE(errors) {
  const Tensor x = zeros({2, 3});
  BOOST_CHECK_EXCEPTION(as_xtensor<const double>(x), DTypeError,
                        says("[data] the tensor holds f32, asked for f64"));
  BOOST_CHECK_EXCEPTION(as_xtensor<float>(x.t()), ShapeError,
                        says("[host_write] the tensor is a strided view of shape (3, 2)"));
  const Tensor leaf = zeros({2}).set_requires_grad();
  BOOST_CHECK_EXCEPTION(as_xtensor<float>(leaf), GraphError, says("do it under NoGrad"));
}

BOOST_AUTO_TEST_SUITE_END()
