// An operation that autograd/ops/*.h declares, or a member or operator of Tensor through which a
// gradient flows, fails here if tests/op_cases does not know it.
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>

#include <tests/op_cases/op_case.h>

using namespace carousel::test;

namespace {

// The functions that a header declares outside namespace detail.
std::set<std::string> declared(const std::filesystem::path& header) {
  std::ifstream in(header);
  BOOST_TEST_REQUIRE(in.good(), header.string());
  const std::regex function(R"(^[A-Za-z_][\w:<>, ]*[ &*](\w+)\(.*)");
  std::set<std::string> names;
  bool internal = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("namespace")) internal = line.find("detail {") != std::string::npos;
    if (line.starts_with("}  // namespace detail")) internal = false;
    std::smatch found;
    if (!internal && std::regex_match(line, found, function)) names.insert(found[1]);
  }
  return names;
}

// How often tensor.h declares each member that gives a tensor and carries gradients ("Tensor.sum"),
// and each operator beside the class.
std::map<std::string, int> members_of_tensor() {
  std::ifstream in(std::filesystem::path(CAROUSEL_SOURCE_DIR) / "tensor/tensor.h");
  BOOST_TEST_REQUIRE(in.good());
  const std::regex function(R"(^( *)Tensor&? (operator[^(]+|\w+)\(.*)");
  std::map<std::string, int> names;
  bool concerned = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("  Tensor to(DType")) concerned = true;
    if (line.starts_with("  // For the library's own use")) concerned = false;
    std::smatch found;
    if (!std::regex_match(line, found, function)) continue;
    const bool member = found.length(1) > 0;
    if (member ? concerned : found.str(2).starts_with("operator"))
      ++names[(member ? "Tensor." : "") + found.str(2)];
  }
  return names;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(coverage)

BOOST_AUTO_TEST_CASE(every_declared_operation_has_a_case) {
  std::set<std::string> known;
  for (const OpCase& c : all_cases()) known.insert(c.name);
  std::size_t count = 0;
  const auto folder = std::filesystem::path(CAROUSEL_SOURCE_DIR) / "autograd/ops";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".h") continue;
    for (const std::string& name : declared(entry.path())) {
      ++count;
      if (!known.contains(name))
        BOOST_ERROR(name << " of " << entry.path().filename() << " has no case in tests/op_cases");
      known.insert(name);
    }
  }
  BOOST_TEST(count > 100);  // the headers were read as meant
}

BOOST_AUTO_TEST_CASE(every_member_of_tensor_has_a_case_an_overload) {
  std::map<std::string, int> cases;
  for (const OpCase& c : all_cases()) ++cases[c.name];
  const auto members = members_of_tensor();
  for (const auto& [name, overloads] : members)
    BOOST_TEST(cases[name] >= overloads, name << ": " << overloads << " overloads, " << cases[name]
                                              << " cases in tests/op_cases");
  BOOST_TEST(members.size() >= 32u);  // the header was read as meant
}

BOOST_AUTO_TEST_CASE(every_case_asserts_something) {
  for (const OpCase& c : all_cases())
    BOOST_TEST((!c.samples.empty() && !c.dtypes.empty() && (c.reference || c.check)), label(c));
}

BOOST_AUTO_TEST_SUITE_END()
