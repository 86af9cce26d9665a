#include <tests/parity/runner.h>

#include <limits>

#include <carousel/autograd/engine.h>
#include <carousel/autograd/ops.h>

namespace carousel::test {
namespace {

void add_tensors(Call& call, const std::map<std::string, Host>& tensors, DType dtype) {
  for (const auto& [name, host] : tensors) {
    Tensor x = to_tensor(host, dtype);
    if (is_floating(host.dtype)) x.set_requires_grad();
    call.in[name] = x;
  }
}

// The float32 twin of a name is stored only where it is not the rounded float64 one.
const Host* find(const std::map<std::string, Host>& tensors, const std::string& name,
                 const std::string& suffix) {
  for (const std::string& key : {name + suffix, name, name + ".f64"})
    if (const auto found = tensors.find(key); found != tensors.end()) return &found->second;
  return nullptr;
}

bool is_twin(const std::string& name) { return name.ends_with(".f64"); }

std::string plain(const std::string& name) {
  return is_twin(name) ? name.substr(0, name.size() - 4) : name;
}

// The datasets of a group, which the results have under a prefix.
Difference compare_group(const GoldenCase& golden, const std::string& group,
                         const std::string& prefix, const Results& results,
                         const std::string& suffix, double bound) {
  const auto& outputs = golden.group(group);
  const double floor = floor_of(outputs);
  Difference worst;
  for (const auto& [key, unused] : outputs) {
    const std::string name = plain(key);
    const auto ours = results.find(prefix + name);
    if (ours == results.end()) throw NotThere("output " + prefix + name);
    const Host& wanted = *find(outputs, name, suffix);
    worsen(worst, {error_of(host(ours->second), wanted, floor), bound, group + "/" + name});
  }
  return worst;
}

}  // namespace

const Tensor& Call::operator[](const std::string& name) const {
  const auto found = in.find(name);
  if (found == in.end()) throw NotThere("input " + name);
  return found->second;
}

Difference compare_case(const GoldenCase& golden, const nlohmann::json& args,
                        const Forward& forward, DType dtype, const std::string& suffix,
                        const Bounds& bounds) {
  Call call{{}, args};
  add_tensors(call, golden.group("inputs"), dtype);
  add_tensors(call, golden.group("weights"), dtype);
  const Results results = forward(call);
  Difference worst = compare_group(golden, "outputs", "", results, suffix, bounds.values);
  worsen(worst, compare_group(golden, "weights_after", "after/", results, suffix, bounds.values));

  std::vector<Tensor> outputs, cotangents, inputs;
  for (const auto& [name, cotangent] : golden.group("cotangent")) {
    outputs.push_back(results.at(name));
    cotangents.push_back(to_tensor(cotangent, dtype));
  }
  const auto& gradients = golden.group("grads");
  std::vector<std::string> names;
  for (const auto& [key, unused] : gradients)
    if (names.empty() || names.back() != plain(key)) names.push_back(plain(key));
  if (names.empty()) return worst;
  for (const std::string& name : names) inputs.push_back(call[name]);
  const std::vector<Tensor> found =
      grad(outputs, inputs, {.cotangents = cotangents, .allow_unused = true});
  const double floor = floor_of(gradients);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const Tensor ours = found[i].defined() ? found[i] : zeros_like(inputs[i]);
    const Host& wanted = *find(gradients, names[i], suffix);
    worsen(worst, {error_of(host(ours), wanted, floor), bounds.gradients, "grads/" + names[i]});
  }
  return worst;
}

}  // namespace carousel::test
