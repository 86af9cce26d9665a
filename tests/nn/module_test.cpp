#include <boost/test/unit_test.hpp>

#include <carousel/carousel.h>
#include <carousel/nn/layers/dense.h>

using namespace carousel;

BOOST_AUTO_TEST_SUITE(nn_module)

BOOST_AUTO_TEST_CASE(a_dense_layer_builds_at_its_first_input) {
  nn::Dense layer{{.units = 3}};
  BOOST_CHECK(!layer.built());
  const Tensor y = layer(Tensor{{1.f, 2.f}});
  BOOST_CHECK_EQUAL(to_string(y.shape()), "(1, 3)");
  BOOST_CHECK_EQUAL(layer.num_parameters(), 9);
  BOOST_CHECK_EQUAL(layer.named_parameters()[0].name, "kernel");
  const Tensor& kernel = layer.kernel();
  for (int i = 0; i < 3; ++i) BOOST_CHECK_CLOSE(y(0, i), kernel(0, i) + 2 * kernel(1, i), 1e-4);
}

BOOST_AUTO_TEST_SUITE_END()
