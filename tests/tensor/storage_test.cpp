// Handles, the memory behind them, and the versions that writes leave.
#include <carousel/autograd/ops.h>
#include <carousel/tensor/backend.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/host_write.h>
#include <carousel/tensor/impl.h>

#include <boost/test/unit_test.hpp>

using namespace carousel;

namespace {

std::uint32_t version(const Tensor& x) { return x.impl().storage->version(); }

auto says(const char* text) {
  return [text](const Error& e) {
    BOOST_TEST_INFO(e.what());
    return std::string(e.what()).find(text) != std::string::npos;
  };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(storage)

BOOST_AUTO_TEST_CASE(a_handle_is_one_pointer_and_shares) {
  static_assert(sizeof(Tensor) == sizeof(void*));
  const Tensor x{1.f, 2.f}, y = x, z = x.clone();
  Tensor(x).fill_(7);
  BOOST_TEST(y(1) == 7);
  BOOST_TEST(z(1) == 2);
}

BOOST_AUTO_TEST_CASE(assignment_and_arithmetic_rebind) {
  Tensor x{1.f, 2.f};
  const Tensor before = x;
  x += before;
  x = x * 10;
  BOOST_TEST(before(1) == 2);
  BOOST_TEST(x(1) == 40);
  BOOST_TEST(version(before) == 0u);
}

BOOST_AUTO_TEST_CASE(every_write_bumps_the_version_that_views_share) {
  const Tensor x = zeros({4, 4});
  Tensor part = x.slice(0, 1, 3).transpose(0, 1);
  BOOST_TEST(version(part) == 0u);
  part.fill_(1);
  BOOST_TEST(version(x) == 1u);
  part.copy_(Tensor{2.f});
  BOOST_TEST(version(x) == 2u);
  {
    const HostWrite<float> write(x);
    BOOST_TEST(version(x) == 3u);  // when it begins
    write[0] = 5;
  }
  BOOST_TEST(version(part) == 4u);  // and when it ends
  BOOST_TEST(version(x.clone()) == 0u);
}

BOOST_AUTO_TEST_CASE(storages_of_one_block_have_versions_of_their_own) {
  using detail::make_ref, detail::Storage;
  const auto block = make_ref<detail::Block>(backend(Device()), 256);
  Tensor a = detail::empty({4}, f32, DeviceKind::meta),
         b = detail::empty({4}, f32, DeviceKind::meta);
  std::int64_t at = 0;
  for (Tensor* x : {&a, &b}) {
    x->impl().device = Device();
    x->impl().storage = make_ref<Storage>(block, at, 4 * sizeof(float));
    at += 64;
  }
  a.fill_(1), b.fill_(2), b.fill_(3);
  BOOST_TEST(version(a) == 1u);
  BOOST_TEST(version(b) == 2u);
  BOOST_TEST((a(3) == 1 && b(0) == 3));
  BOOST_TEST(b.data<float>().data() - a.data<float>().data() == 16);
}

BOOST_AUTO_TEST_CASE(ranks_up_to_eight) {
  const Tensor scalar = ones({});
  BOOST_TEST((scalar.rank() == 0 && scalar.numel() == 1 && scalar.item() == 1));
  const Tensor x = arange(256, {.dtype = i64}).reshape({2, 2, 2, 2, 2, 2, 2, 2});
  BOOST_TEST(x.permute({7, 6, 5, 4, 3, 2, 1, 0})(1, 0, 0, 0, 0, 0, 0, 0) == 1);
  BOOST_TEST(x.sum({0, 2, 4, 6})(1, 1, 1, 1) == 16 * 255 - (2 + 8 + 32 + 128) * 8);
  BOOST_CHECK_EXCEPTION(x.unsqueeze(0), ShapeError, says("8"));
}

BOOST_AUTO_TEST_CASE(products_of_sizes_are_checked) {
  const std::int64_t huge = std::int64_t{1} << 40;
  const Tensor one = ones({1, 1});
  BOOST_CHECK_THROW(one.expand({huge, huge}), ValueError);
  BOOST_CHECK_THROW(zeros({std::int64_t{1} << 62}), ValueError);  // elements fit, bytes do not
  BOOST_CHECK_THROW(zeros({huge, huge}, {.device = "meta"}), ValueError);
  const std::int64_t repeats[] = {huge, huge};
  BOOST_CHECK_THROW(tile(one, repeats), ValueError);
}

BOOST_AUTO_TEST_CASE(a_meta_tensor_has_shapes_and_no_data) {
  const Tensor x = zeros({2, 3}, {.dtype = f64, .device = "meta"});
  const Tensor y = matmul(x, x.t()).sum(0);
  BOOST_TEST(to_string(y.shape()) == "(2,)");
  BOOST_TEST((y.dtype() == f64));
  const char* text = "a meta tensor has no data";
  BOOST_CHECK_EXCEPTION(y.to_vector<double>(), DeviceError, says(text));
  BOOST_CHECK_EXCEPTION(y.sum().item(), DeviceError, says(text));
  BOOST_CHECK_EXCEPTION(y.to(Device()), DeviceError, says(text));
  BOOST_CHECK_THROW(matmul(x, x), ShapeError);
}

BOOST_AUTO_TEST_CASE(creators_make_leaves_on_request) {
  const TensorOptions leaf{.dtype = f64, .requires_grad = true};
  Generator generator{.seed = 1};
  const double value = 2;
  for (const Tensor& x : {zeros({2}, leaf), ones({2}, leaf), full({2}, 3, leaf), scalar(1, leaf),
                          arange(3, leaf), arange(0, 3, 1, leaf), linspace(0, 1, 2, leaf),
                          eye(2, -1, leaf), rand({2}, generator, leaf), randn({2}, generator, leaf),
                          from_span<double>({&value, 1}, {1}, leaf)}) {
    BOOST_TEST((x.requires_grad() && x.is_leaf() && x.dtype() == f64));
    BOOST_TEST(!zeros_like(x).requires_grad());
  }
  BOOST_CHECK_THROW(zeros({2}, {.dtype = i64, .requires_grad = true}), DTypeError);
}

BOOST_AUTO_TEST_SUITE_END()
