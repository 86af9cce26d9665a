// The table behind tensor_ops_torch.h5: an operation's name there -> the same function here.
#pragma once

#include <tests/parity/runner.h>

namespace carousel::test {

using OperationTable = std::map<std::string, Forward>;

// Element by element, reductions, softmax.
void add_elementwise(OperationTable& table);
// Shapes, indices, order, products.
void add_arrangement(OperationTable& table);
// Further functions, mixtures, order statistics; positions, borders, grids; windows,
// normalisations.
void add_more(OperationTable& table);
void add_places(OperationTable& table);
void add_windows(OperationTable& table);

// A function of one result, named y.
template <class Function>
Forward single(Function function) {
  return [function](const Call& call) { return Results{{"y", function(call)}}; };
}

// Arguments.
std::int64_t integer(const Call& call, const char* name);
int axis(const Call& call, const char* name = "dim");
// An integer or a list of them; all axes if it is absent or null.
Axes axes(const Call& call, const char* name = "dim");
std::vector<std::int64_t> integers(const Call& call, const char* name);
// A number; "inf" and "-inf" are texts.
double number(const Call& call, const char* name);
bool flag(const Call& call, const char* name);

}  // namespace carousel::test
