// The families of losses that tests/op_cases/loss.cpp puts together.
#pragma once

#include <tests/op_cases/op_case.h>

namespace carousel::test {

std::vector<OpCase> margin_loss_cases();
std::vector<OpCase> likelihood_loss_cases();
std::vector<OpCase> ctc_cases();

}  // namespace carousel::test
