// The rules of docs/dtypes.md, one test each.
#include <carousel/autograd/ops.h>
#include <carousel/tensor/error.h>

using namespace carousel;

namespace {

auto says(std::string text) {
  return [text = std::move(text)](const Error& e) {
    BOOST_TEST_INFO(e.what());
    return std::string(e.what()).starts_with(text);
  };
}

const Tensor kSingle{1.f, 2.f};
const Tensor kDouble{1.0, 2.0};
const Tensor kInt{1, 2};
const Tensor kLong{std::int64_t{1}, std::int64_t{2}};
const Tensor kBool{true, false};

void check_dtype(const Tensor& x, DType wanted) {
  BOOST_TEST(to_string(x.dtype()) == to_string(wanted));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(dtypes)

BOOST_AUTO_TEST_CASE(creators_make_f32_unless_told_otherwise) {
  check_dtype(zeros({2}), f32);
  check_dtype(arange(3), f32);
  check_dtype(zeros({2}, {.dtype = i64}), i64);
}

BOOST_AUTO_TEST_CASE(values_in_braces_take_the_c_type) {
  check_dtype(kSingle, f32);
  check_dtype(kDouble, f64);
  check_dtype(kInt, i32);
  check_dtype(kLong, i64);
  check_dtype(kBool, boolean);
}

BOOST_AUTO_TEST_CASE(operands_have_one_dtype) {
  BOOST_CHECK_EXCEPTION(kSingle + kDouble, DTypeError,
                        says("[add] operands differ in dtype: f32 (2,) and f64 (2,)"));
  check_dtype(kSingle.to(f64) + kDouble, f64);
}

BOOST_AUTO_TEST_CASE(a_number_takes_the_tensors_dtype) {
  check_dtype(kSingle * 2, f32);
  check_dtype(kSingle + 0.5, f32);
  check_dtype(kLong + 2, i64);
}

BOOST_AUTO_TEST_CASE(a_fraction_does_not_fit_an_integer) {
  BOOST_CHECK_EXCEPTION(kLong + 2.5, DTypeError,
                        says("[add] a floating scalar (2.500000) beside a i64 tensor"));
}

BOOST_AUTO_TEST_CASE(division_is_for_floating_dtypes) {
  BOOST_CHECK_EXCEPTION(kInt / kInt, DTypeError,
                        says("[div] takes f32, f64, got i32; say floor_divide for integers"));
  BOOST_CHECK_EXCEPTION(kInt / 2, DTypeError, says("[div] takes f32, f64, got i32"));
  check_dtype(floor_divide(kInt, kInt), i32);
}

BOOST_AUTO_TEST_CASE(functions_are_for_floating_dtypes) {
  BOOST_CHECK_EXCEPTION(exp(kInt), DTypeError, says("[exp] takes f32, f64, got i32"));
  BOOST_CHECK_EXCEPTION(tanh(kLong), DTypeError, says("[tanh] takes f32, f64, got i64"));
  BOOST_CHECK_EXCEPTION(sqrt(kBool), DTypeError, says("[sqrt] takes f32, f64, got bool"));
}

BOOST_AUTO_TEST_CASE(comparisons_give_bool) {
  check_dtype(kSingle < kSingle, boolean);
  check_dtype(kInt == 1, boolean);
  check_dtype(kBool == kBool, boolean);
}

BOOST_AUTO_TEST_CASE(logic_takes_bool) {
  BOOST_CHECK_EXCEPTION(logical_and(kSingle, kSingle), DTypeError,
                        says("[logical_and] takes bool, got f32"));
}

BOOST_AUTO_TEST_CASE(where_wants_a_bool_condition_and_one_dtype) {
  BOOST_CHECK_EXCEPTION(where(kInt, kSingle, kSingle), DTypeError,
                        says("[where] the condition must be bool, got i32 (2,)"));
  BOOST_CHECK_EXCEPTION(where(kBool, kSingle, kDouble), DTypeError,
                        says("[where] operands differ in dtype: f32 (2,) and f64 (2,)"));
}

BOOST_AUTO_TEST_CASE(sums_of_bool_and_i32_are_i64) {
  check_dtype(sum(kBool), i64);
  check_dtype(sum(kInt), i64);
  check_dtype(prod(kInt), i64);
  check_dtype(sum(kSingle), f32);
  // 2^31 does not overflow.
  BOOST_TEST(sum(full({2}, 1 << 30, {.dtype = i32})).item() == 2147483648.0);
}

BOOST_AUTO_TEST_CASE(means_are_for_floating_dtypes) {
  BOOST_CHECK_EXCEPTION(mean(kInt), DTypeError, says("[mean] takes f32 or f64, got i32 (2,)"));
  BOOST_CHECK_EXCEPTION(var(kInt), DTypeError, says("[var] takes f32 or f64, got i32 (2,)"));
  BOOST_CHECK_EXCEPTION(carousel::std(kLong), DTypeError, says("[std] takes f32 or f64, got i64"));
}

BOOST_AUTO_TEST_CASE(positions_are_i64) {
  check_dtype(argmax(kSingle), i64);
  check_dtype(argmin(kInt, 0), i64);
}

BOOST_AUTO_TEST_CASE(reading_names_the_element_type) {
  BOOST_CHECK_EXCEPTION(sum(kDouble).item<float>(), DTypeError, says("[item]"));
  BOOST_TEST(sum(kDouble).item<double>() == 3);
}

BOOST_AUTO_TEST_CASE(gradients_exist_for_floating_dtypes) {
  BOOST_CHECK_EXCEPTION(Tensor(kInt).set_requires_grad(), DTypeError,
                        says("[set_requires_grad] takes f32 or f64, got i32 (2,)"));
}

BOOST_AUTO_TEST_CASE(conversion_truncates_and_passes_gradients_between_floating_dtypes) {
  const Tensor mixed{-1.7, 2.9, 0.0};
  BOOST_TEST((mixed.to(i32).to_vector<std::int32_t>() == std::vector<std::int32_t>{-1, 2, 0}));
  BOOST_TEST((mixed.to(boolean).to_vector<bool>() == std::vector<bool>{true, true, false}));
  const Tensor x = Tensor{1.f, 2.f}.set_requires_grad();
  square(x.to(f64)).sum().backward();
  check_dtype(x.grad(), f32);
  BOOST_TEST(x.grad()(1) == 4);
  BOOST_TEST(!x.to(i64).requires_grad());
}

BOOST_AUTO_TEST_SUITE_END()
