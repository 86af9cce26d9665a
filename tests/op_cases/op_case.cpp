#include <tests/op_cases/gates.h>

namespace carousel::test {

namespace {

// One family a line.
constexpr std::vector<OpCase> (*kFamilies[])() = {
    activation_cases,    //
    arithmetic_cases,    //
    arrange_cases,       //
    attention_cases,     //
    blend_cases,         //
    compare_cases,       //
    conv_cases,          //
    create_cases,        //
    distance_cases,      //
    gates_cases,         //
    grid_cases,          //
    index_cases,         //
    linear_cases,        //
    loss_cases,          //
    math_cases,          //
    member_cases,        //
    moment_cases,        //
    norm_cases,          //
    pool_cases,          //
    random_cases,        //
    recurrent_cases,     //
    reduce_cases,        //
    running_cases,       //
    scatter_cases,       //
    search_cases,        //
    shape_cases,         //
    sort_cases,          //
    trigonometry_cases,  //
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

std::string label(const OpCase& c) {
  std::string text = c.variant.empty() ? c.name : c.name + "_" + c.variant;
  for (const auto& [sign, word] : {std::pair{'+', "_plus"},
                                   {'-', "_minus"},
                                   {'*', "_times"},
                                   {'/', "_over"},
                                   {'=', "_is"},
                                   {'!', "_not"},
                                   {'<', "_less"},
                                   {'>', "_greater"},
                                   {'[', "_at"},
                                   {']', ""}})
    for (std::size_t i; (i = text.find(sign)) != std::string::npos;) text.replace(i, 1, word);
  return text;
}

}  // namespace carousel::test
