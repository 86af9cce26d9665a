// Golden files: values that other frameworks computed, in HDF5 files of plain groups.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <tests/op_cases/host.h>
#include <nlohmann/json.hpp>

namespace carousel::test {

// One case: /<name> with its attribute `config` and groups of datasets (inputs, weights, cotangent,
// outputs, grads), by group and name. A uint8 dataset counts as bool.
struct GoldenCase {
  std::string name;
  nlohmann::json config;
  std::map<std::string, std::map<std::string, Host>> groups;

  const std::map<std::string, Host>& group(const std::string& group_name) const;
};

// The groups of the file that have a `config`, by name; each with the root group `problem`, where
// there is one. Throws std::runtime_error.
std::vector<GoldenCase> read_golden(const std::string& path);

// As a tensor of its own dtype, floating ones as `dtype`.
Tensor to_tensor(const Host& golden, DType dtype);

// The largest error of the case, relative as docs of ./dev test parity say it, and where it is.
struct Difference {
  double error = 0;
  double tolerance = 0;
  std::string where;
};

// Keeps the worse of the two, in units of its tolerance.
void worsen(Difference& worst, const Difference& other);

// Largest abs(ours - golden) / max(largest abs(golden), floor). NaN and infinities must sit in the
// same places and are left out; integers, booleans and shapes must be equal: else infinity.
double error_of(const Host& ours, const Host& golden, double floor);

// 1e-3 of the largest finite value among tensors of a kind, 1e-30 if that is 0.
double floor_of(const std::map<std::string, Host>& tensors);

}  // namespace carousel::test
