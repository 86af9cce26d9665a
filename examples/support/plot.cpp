#include <fmt/format.h>
#include <spawn.h>
#include <support/plot.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace carousel::examples {
namespace {

// As a string of gnuplot's: in single quotes, where only the quote itself is special.
std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string("''") : std::string(1, c);
  return result + "'";
}

}  // namespace

Drawn draw_forecast(const std::string& csv, const std::string& png, const std::string& title) {
  const std::string script = fmt::format(
      "set terminal png size 1000,450; set output {0}; set datafile separator ','; "
      "set title {1} noenhanced; set key left top; set grid; set xlabel 'step'; "
      "plot {2} using 1:2 skip 1 with lines linewidth 2 linecolor rgb '#888888' title 'actual', "
      "{2} using 1:3 skip 1 with lines linewidth 2 linecolor rgb '#c0392b' title 'predicted'",
      quoted(png), quoted(title), quoted(csv));
  std::string program = "gnuplot", flag = "-e", text = script;
  char* const arguments[] = {program.data(), flag.data(), text.data(), nullptr};
  pid_t child = 0;
  const int failed = posix_spawnp(&child, program.c_str(), nullptr, nullptr, arguments, environ);
  if (failed != 0) return failed == ENOENT ? Drawn::no_gnuplot : Drawn::failed;
  int status = 0;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return Drawn::failed;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? Drawn::yes : Drawn::failed;
}

}  // namespace carousel::examples
