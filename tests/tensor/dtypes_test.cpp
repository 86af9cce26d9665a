// One test a rule of docs/dtypes.md.
#include <carousel/autograd/ops.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/error.h>

#include <boost/test/unit_test.hpp>
#include <functional>
#include <string>
#include <utility>
#include <vector>

using namespace carousel;

namespace {

const DType kAll[] = {f32, f64, i32, i64, boolean};

Tensor of(DType dtype) { return ones({2, 3}, {.dtype = dtype}); }

// The text of the Wanted that `run` throws.
template <class Wanted>
std::string text_of(const std::function<void()>& run) {
  try {
    run();
  } catch (const Wanted& e) {
    return e.what();
  }
  return "nothing was thrown";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(dtypes)

BOOST_AUTO_TEST_CASE(creators_make_f32_unless_told_otherwise) {
  for (const Tensor& x : {zeros({2}), ones({2}), full({2}, 3), arange(5), arange(0, 5),
                          linspace(0, 1, 3), eye(2), scalar(2)})
    BOOST_TEST((x.dtype() == f32));
  for (DType dtype : kAll) BOOST_TEST((zeros({2}, {.dtype = dtype}).dtype() == dtype));
  BOOST_TEST((arange(0, 5, 1, {.dtype = i64}).dtype() == i64));
}

BOOST_AUTO_TEST_CASE(values_in_braces_keep_their_type) {
  BOOST_TEST((Tensor{1.f, 2.f}.dtype() == f32));
  BOOST_TEST((Tensor{1.0, 2.0}.dtype() == f64));
  BOOST_TEST((Tensor{1, 2}.dtype() == i32));
  BOOST_TEST((Tensor{std::int64_t{1}}.dtype() == i64));
  BOOST_TEST((Tensor{true, false}.dtype() == boolean));
}

BOOST_AUTO_TEST_CASE(operands_have_one_dtype) {
  for (DType a : kAll)
    for (DType b : kAll) {
      if (a == b) continue;
      const std::string wanted = std::string("operands differ in dtype: ") + to_string(a) +
                                 " (2, 3) and " + to_string(b) + " (2, 3); convert one with";
      const std::string said = text_of<DTypeError>([&] { of(a) + of(b); });
      BOOST_TEST(said.find(wanted) != std::string::npos, said);
    }
}

BOOST_AUTO_TEST_CASE(numbers_take_the_tensors_dtype) {
  for (DType dtype : {f32, f64, i32, i64}) {
    BOOST_TEST(((of(dtype) * 2).dtype() == dtype));
    BOOST_TEST(((2 - of(dtype)).dtype() == dtype));
    BOOST_TEST((of(dtype) + 2)(1, 2) == 3);
  }
  for (DType dtype : {f32, f64}) BOOST_TEST(((of(dtype) + 0.5).dtype() == dtype));
}

BOOST_AUTO_TEST_CASE(a_fraction_does_not_fit_an_integer) {
  for (DType dtype : {i32, i64})
    BOOST_TEST(text_of<DTypeError>([&] { of(dtype) + 2.5; }) ==
               std::string("[add] a floating scalar (2.500000) beside a ") + to_string(dtype) +
                   " tensor; convert the tensor with .to(f32)");
}

BOOST_AUTO_TEST_CASE(division_is_for_floating_dtypes) {
  for (DType dtype : {i32, i64})
    BOOST_TEST(text_of<DTypeError>([&] { of(dtype) / of(dtype); }) ==
               std::string("[div] takes f32, f64, got ") + to_string(dtype) +
                   "; say floor_divide for integers");
  for (DType dtype : {f32, f64, i32, i64})
    BOOST_TEST((floor_divide(of(dtype), of(dtype)).dtype() == dtype));
}

BOOST_AUTO_TEST_CASE(functions_of_real_numbers_are_for_floating_dtypes) {
  using Function = Tensor (*)(const Tensor&);
  const std::pair<const char*, Function> functions[] = {
      {"exp", exp}, {"tanh", tanh}, {"log", log}, {"sigmoid", sigmoid}};
  for (const auto& [name, function] : functions)
    for (DType dtype : {i32, i64, boolean})
      BOOST_TEST(text_of<DTypeError>([function = function, dtype] { function(of(dtype)); }) ==
                 std::string("[") + name + "] takes f32, f64, got " + to_string(dtype));
}

BOOST_AUTO_TEST_CASE(comparisons_give_bool) {
  for (DType dtype : {f32, f64, i32, i64}) {
    BOOST_TEST(((of(dtype) < of(dtype)).dtype() == boolean));
    BOOST_TEST(((of(dtype) == 1).dtype() == boolean));
    BOOST_TEST((of(dtype) == 1)(1, 2) == 1);
  }
}

BOOST_AUTO_TEST_CASE(logic_takes_bool) {
  BOOST_TEST((logical_and(of(boolean), of(boolean)).dtype() == boolean));
  BOOST_TEST(text_of<DTypeError>([] { logical_and(of(f32), of(f32)); }) ==
             "[logical_and] takes bool, got f32");
}

BOOST_AUTO_TEST_CASE(where_takes_a_bool_condition) {
  BOOST_TEST((detail::run_where(of(boolean), of(i64), of(i64)).dtype() == i64));
  BOOST_TEST(text_of<DTypeError>([] { detail::run_where(of(f32), of(i64), of(i64)); }) ==
             "[where] the condition must be bool, got f32 (2, 3)");
}

BOOST_AUTO_TEST_CASE(sums_of_counts_are_i64) {
  const std::pair<DType, DType> sums[] = {
      {f32, f32}, {f64, f64}, {i32, i64}, {i64, i64}, {boolean, i64}};
  for (const auto& [from, to] : sums) {
    const Tensor total = of(from).sum();
    BOOST_TEST((total.dtype() == to));
    if (from != boolean) BOOST_TEST((prod(of(from)).dtype() == to));
    BOOST_TEST(total.item() == 6);
  }
  const Tensor large = full({2}, 2'000'000'000, {.dtype = i32});
  BOOST_TEST(large.sum().item<std::int64_t>() == 4'000'000'000);
}

BOOST_AUTO_TEST_CASE(means_are_for_floating_dtypes) {
  for (DType dtype : {i32, i64, boolean}) {
    const std::string said = text_of<DTypeError>([&] { of(dtype).mean(); });
    BOOST_TEST(said.starts_with("[mean] takes f32"), said);
    BOOST_TEST(text_of<DTypeError>([&] { var(of(dtype)); }).starts_with("[var] takes f32 or f64"));
    BOOST_TEST(text_of<DTypeError>([&] { carousel::std(of(dtype)); }).starts_with("[std] takes"));
  }
}

BOOST_AUTO_TEST_CASE(positions_are_i64) {
  for (DType dtype : {f32, f64, i32, i64})
    BOOST_TEST((detail::run_reduce(Kernel::argmax, of(dtype), 2, false).dtype() == i64));
}

BOOST_AUTO_TEST_CASE(reading_names_the_element_type) {
  const Tensor x = scalar(1, {.dtype = f64});
  BOOST_TEST(x.item<double>() == 1);
  const std::string said = text_of<DTypeError>([&] { x.item<float>(); });
  BOOST_TEST(said.find("the tensor holds f64, asked for f32") != std::string::npos, said);
}

BOOST_AUTO_TEST_CASE(gradients_exist_for_floating_dtypes) {
  for (DType dtype : {f32, f64}) BOOST_TEST(of(dtype).set_requires_grad().requires_grad());
  for (DType dtype : {i32, i64, boolean})
    BOOST_CHECK_THROW(of(dtype).set_requires_grad(), DTypeError);
}

BOOST_AUTO_TEST_CASE(conversion_goes_toward_zero_and_bool_is_not_zero) {
  const Tensor x{-1.75f, -0.5f, 0.f, 0.5f, 2.75f};
  BOOST_TEST(x.to(i32).to_vector<std::int32_t>() == (std::vector<std::int32_t>{-1, 0, 0, 0, 2}),
             boost::test_tools::per_element());
  BOOST_TEST(x.to(i64).to_vector<std::int64_t>() == (std::vector<std::int64_t>{-1, 0, 0, 0, 2}),
             boost::test_tools::per_element());
  const std::vector<bool> set = x.to(boolean).to_vector<bool>();
  BOOST_TEST((set == std::vector<bool>{true, true, false, true, true}));
}

BOOST_AUTO_TEST_CASE(gradients_flow_between_f32_and_f64) {
  Tensor x{1.f, 2.f};
  x.set_requires_grad();
  (x.to(f64) * 3).sum().backward();
  BOOST_TEST((x.grad().dtype() == f32));
  BOOST_TEST(x.grad()(1) == 3);
}

BOOST_AUTO_TEST_SUITE_END()
