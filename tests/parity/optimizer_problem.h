// The function on which the golden optimizers walk: f(x) = 1/2 (x-b)'A(x-b) + sum(c sin(w x)).
#pragma once

#include <carousel/optim/optimizer.h>
#include <tests/parity/runner.h>

#include <optional>

namespace carousel::test {

// 20 steps from x0 in this dtype, split into parameters as `config.variables` says, and where the
// parameters are after finalize().
struct Walk {
  Host trajectory, final;
};
Walk walk(const GoldenCase& golden, optim::Optimizer& optimizer, DType dtype);

// Reads constructor arguments into options: fields it has not are left as they are, null is
// nothing.
class Arguments {
 public:
  explicit Arguments(const nlohmann::json& arguments) : json_(arguments) {}

  template <class T>
  const Arguments& operator()(const char* name, T& field) const {
    if (const nlohmann::json* found = find(name)) field = found->get<T>();
    return *this;
  }
  template <class T>
  const Arguments& operator()(const char* name, std::optional<T>& field) const {
    if (!json_.contains(name)) return *this;
    const nlohmann::json* found = find(name);
    field = found == nullptr ? std::optional<T>() : found->get<T>();
    return *this;
  }

 private:
  const nlohmann::json* find(const char* name) const {
    return json_.contains(name) && !json_.at(name).is_null() ? &json_.at(name) : nullptr;
  }
  const nlohmann::json& json_;
};

// A Keras schedule from {"schedule": name, its arguments}; throws NotThere.
std::unique_ptr<optim::Schedule> keras_schedule(const std::string& name,
                                                const nlohmann::json& arguments);

}  // namespace carousel::test
