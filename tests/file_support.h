// What tests of files share.
#pragma once

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace carousel::test {

// A temporary folder of the test's own.
class Folder {
 public:
  Folder() {
    std::string name = std::filesystem::temp_directory_path() / "carousel-XXXXXX";
    path_ = mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ / name; }
  // How many entries it has.
  std::ptrdiff_t count() const {
    return std::distance(std::filesystem::directory_iterator(path_),
                         std::filesystem::directory_iterator());
  }

 private:
  std::filesystem::path path_;
};

inline std::string contents(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void write_contents(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc).write(bytes.data(), bytes.size());
}

// The text of the error, of type Wanted, that `run` throws.
template <class Wanted, class Run>
std::string error_of(Run run) {
  try {
    run();
  } catch (const Wanted& e) {
    return e.what();
  }
  return "nothing was thrown";
}

// Runs `body` (which returns an exit status) in a child that ends through exit(), so that
// everything registered for the end of a program runs too. Returns the wait status.
template <class Body>
int in_child(Body body) {
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    int status = 99;
    try {
      status = body();
    } catch (const std::exception& e) {
      std::fprintf(stderr, "in child: %s\n", e.what());
    }
    std::exit(status);
  }
  int status = -1;
  waitpid(child, &status, 0);
  return status;
}

}  // namespace carousel::test
