// What the benchmarks' programs share: how they end.
#pragma once

#include <cstdio>
#include <exception>
#include <string>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

namespace carousel::bench {

// A case or option that is unknown (exit 2); results that differ (exit 5).
struct Unknown {
  std::string text;
};
struct Differs {
  std::string text;
};

// Parses the command line, runs `body`, and turns what it throws into the exit status: 0 done, 1 an
// error, 2 a wrong command line, 5 results that differ.
template <class Body>
int exit_status(CLI::App& app, int argc, char** argv, const Body& body) {
  try {
    app.parse(argc, argv);
    body();
    return 0;
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  } catch (const Unknown& e) {
    fmt::print(stderr, "{}\n", e.text);
    return 2;
  } catch (const Differs& e) {
    fmt::print(stderr, "results differ: {}\n", e.text);
    return 5;
  } catch (const std::exception& e) {
    fmt::print(stderr, "error: {}\n", e.what());
    return 1;
  }
}

}  // namespace carousel::bench
