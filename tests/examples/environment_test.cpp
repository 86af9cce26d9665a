// Environment variables that programs obey, and what they say of bad values.
#include <tests/examples/program_runs.h>

#include <boost/test/unit_test.hpp>

using namespace carousel::test;

namespace {

// Sets a variable for the programs that are started while it lives.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    setenv(name, value, 1);
  }
  ~Variable() {
    if (before_.empty())
      unsetenv(name_);
    else
      setenv(name_, before_.c_str(), 1);
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
  std::string before_;
};

const std::string kProgram = "lstm_from_primitives";

nlohmann::json metrics_with(const char* name, const char* value) {
  const Folder folder;
  const Variable variable(name, value);
  const Outcome run = run_program(kProgram, {"--quiet", "--json", "report.json"}, folder);
  BOOST_TEST_REQUIRE(run.status == 0, run.err);
  return json_of(folder / "report.json").at("metrics");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(environment)

BOOST_AUTO_TEST_CASE(bad_values_end_a_program_with_a_text) {
  const std::string threads = "[CAROUSEL_NUM_THREADS] expected a whole number of at least 1: ";
  const struct {
    const char *name, *value;
    std::string text;
  } cases[] = {
    {"CAROUSEL_NUM_THREADS", "0", threads + "'0'"},
    {"CAROUSEL_NUM_THREADS", "-2", threads + "'-2'"},
    {"CAROUSEL_NUM_THREADS", "1.5", threads + "'1.5'"},
    {"CAROUSEL_NUM_THREADS", "two", threads + "'two'"},
    {"CAROUSEL_NUM_THREADS", "99999999999999999999", threads + "'99999999999999999999'"},
    {"CAROUSEL_CPU", "mmx",
     "[CAROUSEL_CPU] unknown instruction set 'mmx': expected sse2, avx2, avx512 or neon"},
#if defined(__x86_64__)
    {"CAROUSEL_CPU", "neon", "[CAROUSEL_CPU] neon is not available on this machine"},
#else
    {"CAROUSEL_CPU", "sse2", "[CAROUSEL_CPU] sse2 is not available on this machine"},
#endif
  };
  const Folder folder;
  for (const auto& c : cases) {
    const Variable variable(c.name, c.value);
    const Outcome run = run_program(kProgram, {"--quiet"}, folder);
    BOOST_TEST(run.status == 1, c.name << "=" << c.value);
    BOOST_TEST(run.err == "error: " + c.text + "\n");
  }
}

BOOST_AUTO_TEST_CASE(an_explicit_flag_wins) {
  const Folder folder;
  const Variable variable("CAROUSEL_NUM_THREADS", "none");
  BOOST_TEST(run_program(kProgram, {"--quiet", "--threads", "1"}, folder).status == 0);
}

BOOST_AUTO_TEST_CASE(exact_mode_makes_f32_recurrent_kernels_accurate) {
  const auto usual = metrics_with("CAROUSEL_EXACT", "0"),
             exact = metrics_with("CAROUSEL_EXACT", "1");
  for (const char* kind : {"values", "gradients"}) {
    const std::string of = std::string("_") + kind;
    BOOST_TEST(exact["f32_fast" + of] == exact["f32_exact" + of]);
    BOOST_TEST(usual["f32_exact" + of] == exact["f32_exact" + of]);
  }
  // The gradients of this small problem are as good either way.
  BOOST_TEST(usual["f32_fast_values"].get<double>() > exact["f32_fast_values"].get<double>());
}

BOOST_AUTO_TEST_SUITE_END()
