// A family of op_case.h's table.
#pragma once

#include <tests/op_cases/op_case.h>

namespace carousel::test {

std::vector<OpCase> gates_cases();

}  // namespace carousel::test
