#include <tests/op_cases/op_case.h>

namespace carousel::test {

namespace {

// One family a line.
constexpr std::vector<OpCase> (*kFamilies[])() = {
    activation_cases,  //
    arithmetic_cases,  //
    compare_cases,     //
    create_cases,      //
    index_cases,       //
    linear_cases,      //
    loss_cases,        //
    math_cases,        //
    moment_cases,      //
    random_cases,      //
    recurrent_cases,   //
    reduce_cases,      //
    shape_cases,       //
    sort_cases,        //
};

}  // namespace

const std::vector<OpCase>& all_cases() {
  static const std::vector<OpCase> cases = [] {
    std::vector<OpCase> all;
    for (auto family : kFamilies)
      for (OpCase& c : family()) all.push_back(std::move(c));
    return all;
  }();
  return cases;
}

std::string label(const OpCase& c) { return c.variant.empty() ? c.name : c.name + "_" + c.variant; }

}  // namespace carousel::test
