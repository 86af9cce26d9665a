# ./dev test full: what takes too long for every change. Its figures are kept in docs/results.md.
#
# All suites with CAROUSEL_TEST_FULL=1 (all seeds, all kills, slow sweeps) on every instruction set of
# the machine, then all suites under each sanitizer.

# full_part TITLE ARGUMENT...: one run of ./dev test; its text goes to the results, too.
full_part() {
  local title=$1
  shift
  printf '\n## %s\n\n' "$title"
  "$ROOT/dev" test "$@" 2>/dev/null | sed 's/^/    /'
}

machine_line() {
  printf '%s, %s cores, %s' "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n1)" "$(nproc)" \
    "$(g++ --version | head -n1)"
}

dev_test_full() {
  local results=$ROOT/docs/results.md levels
  levels=$(cpu_levels | paste -sd,)
  export CAROUSEL_TEST_FULL=1
  {
    printf '# Results of ./dev test full\n\nCommit %s, %s.\n' \
      "$(git -C "$ROOT" rev-parse --short HEAD)" "$(machine_line)"
    full_part "Release, $levels" --cpu "$levels"
    full_part "Address and undefined-behaviour sanitizers" --preset asan
    full_part "Thread sanitizer" --preset tsan
  } | tee "$results"
  # The parts end on a line each; the sum of them is the last line of all.
  awk '/^    [0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$/ { p += $1; f += $3; s += $5; parts++ }
    END { printf "%d passed, %d failed, %d skipped\n", p, f, s; exit parts < 3 || f > 0 || p == 0 }' "$results"
}
