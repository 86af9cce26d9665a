// Front ends: what is wrong is told before anything is allocated or changed.
#include <carousel/autograd/ops.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/slab.h>

#include <boost/test/unit_test.hpp>
#include <functional>

using namespace carousel;

namespace {

const Device kMeta{DeviceKind::meta};

// Operands that exist before the calls, so that these have nothing to allocate but their own.
struct Operands {
  Tensor a = ones({2, 3}), b = ones({4, 5}), row = ones({7}), wide = ones({2, 3}, {.dtype = f64});
  Tensor whole = ones({2, 3}, {.dtype = i64}), truth = ones({2, 3}, {.dtype = boolean});
  Tensor none = zeros({2, 0}), elsewhere = zeros({2, 3}, {.device = kMeta});
  Tensor index = zeros({2}, {.dtype = i64});
};

struct Case {
  const char* text;
  std::function<void(const Operands&)> call;
};

using namespace detail;

const Case kCases[] = {
    {"[add] shapes (2, 3) and (7,)", [](const Operands& o) { run(Kernel::add, o.a, o.row); }},
    {"[mul] operands differ in dtype", [](const Operands& o) { run(Kernel::mul, o.a, o.wide); }},
    {"[sub] operands are on different devices",
     [](const Operands& o) { run(Kernel::sub, o.a, o.elsewhere); }},
    {"[exp] takes f32, f64, got i64", [](const Operands& o) { run(Kernel::exp, o.whole); }},
    {"[add] a floating scalar", [](const Operands& o) { run(Kernel::add, o.whole, 0.5); }},
    {"[where] the condition must be bool", [](const Operands& o) { run_where(o.a, o.a, o.a); }},
    {"[where] operands differ in dtype",
     [](const Operands& o) { run_where(o.truth, o.a, o.wide); }},
    {"[copy] shapes (2, 3) and (7,)", [](const Operands& o) { run_copy_into(o.a, o.row); }},
    {"[fill] a floating scalar", [](const Operands& o) { run_fill(o.whole, 0.5); }},
    {"[max] nothing to reduce",
     [](const Operands& o) { run_reduce(Kernel::max, o.none, 2, false); }},
    {"[logsumexp] the last axis of shape (2, 0) is empty",
     [](const Operands& o) { run_row(Kernel::logsumexp, {&o.none}); }},
    {"[any] takes bool", [](const Operands& o) { run_reduce(Kernel::any, o.a, 1, false); }},
    {"[matmul] inner dimensions differ", [](const Operands& o) { run_matmul(o.a, o.b); }},
    {"[matmul] needs matrices", [](const Operands& o) { run_matmul(o.a, o.row); }},
    {"[index_select]", [](const Operands& o) { run_index_select(o.a, 0, o.a); }},
    {"[gather]", [](const Operands& o) { run_gather(o.a, 0, o.index); }},
    {"[index_add]", [](const Operands& o) { run_index_add(o.a, 0, o.index, o.b); }},
    {"[sort]", [](const Operands& o) { run_sort(o.truth, 0, false); }},
    {"[add] shape (7,) can't be added into (2, 3)",
     [](const Operands& o) { run_add_into(o.a, o.row); }},
};

std::string text_of(const Case& c, const Operands& operands) {
  try {
    c.call(operands);
  } catch (const Error& e) {
    return e.what();
  } catch (const std::bad_alloc&) {
    return "it allocated first";
  }
  return "nothing was thrown";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(dispatch)

BOOST_AUTO_TEST_CASE(checks_come_before_allocations) {
  const Operands operands;
  for (const Case& c : kCases) {
    fail_allocation(0);  // the first one
    const std::string said = text_of(c, operands);
    fail_allocation(-1);
    BOOST_TEST(said.starts_with(c.text), said << "\n  wanted: " << c.text);
  }
  BOOST_TEST(operands.a.sum().item() == 6);
}

BOOST_AUTO_TEST_CASE(add_into_writes_where_the_sum_lies) {
  const Tensor sum = arange(6).reshape({2, 3}), more = arange(6).reshape({3, 2}).t();
  const Tensor same = sum;
  run_add_into(sum, more);
  BOOST_TEST(same.to_vector<float>() == (std::vector<float>{0, 3, 6, 4, 7, 10}),
             boost::test_tools::per_element());
  run_add_into(sum.transpose(0, 1), sum.t().clone());
  BOOST_TEST(same(1, 2) == 20);
}

BOOST_AUTO_TEST_SUITE_END()
