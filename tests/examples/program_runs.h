// Running the example programs.
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <tests/file_support.h>
#include <tests/support/full.h>
#include <tests/support/skip.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace carousel::test {

// They lie beside the test programs: build/.../examples/NAME.
inline std::string program_path(const std::string& name) {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path() / "examples" /
         name;
}

// The sources of all examples, sorted.
inline std::vector<std::filesystem::path> example_sources() {
  std::vector<std::filesystem::path> sources;
  for (const auto& entry : std::filesystem::directory_iterator(CAROUSEL_SOURCE_DIR "/examples"))
    if (entry.path().extension() == ".cpp") sources.push_back(entry.path());
  std::sort(sources.begin(), sources.end());
  return sources;
}

// Starts a program in a folder, its output going to the files `stdout` and `stderr` there; with
// this PATH if one is given.
inline pid_t start_program(const std::string& program, const std::vector<std::string>& arguments,
                           const Folder& folder, const char* search_path = nullptr) {
  const std::string path = program_path(program), out = folder / "stdout", err = folder / "stderr";
  std::vector<char*> argv = {const_cast<char*>(path.c_str())};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const pid_t child = fork();
  if (child != 0) return child;
  if (search_path) setenv("PATH", search_path, 1);
  if (chdir(folder.path().c_str()) != 0) _exit(126);
  dup2(open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDOUT_FILENO);
  dup2(open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDERR_FILENO);
  execv(path.c_str(), argv.data());
  _exit(127);
}

// The exit status, or minus the signal that ended it.
inline int end_of(pid_t child) {
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

struct Outcome {
  int status;
  std::string out, err;
};

inline Outcome run_program(const std::string& program, const std::vector<std::string>& arguments,
                           const Folder& folder, const char* search_path = nullptr) {
  const int status = end_of(start_program(program, arguments, folder, search_path));
  return {status, contents(folder / "stdout"), contents(folder / "stderr")};
}

// Whether `text` has `part` in it.
inline bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// How many seeds to try: all ten in the full tests.
inline int seeds_to_try() { return full_tests() ? 10 : 1; }

// True, and skipped, where training in earnest takes a sanitizer some minutes: there the suite
// command_line, which runs every example shortened, is what looks for faults.
inline bool too_slow_to_train() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return skip("how well it learns is not asked under a sanitizer"), true;
#else
  return false;
#endif
}

inline nlohmann::json json_of(const std::string& path) {
  return nlohmann::json::parse(contents(path));
}

}  // namespace carousel::test
