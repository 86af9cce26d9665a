# ./dev test: builds and runs the suites, two programs at a time, and counts test cases.
#
# A suite is a folder of tests/. Its *_test.cpp make one program; its *_test.sh are run as they are
# and print `ok NAME`, `not ok NAME: why` or `skipped: NAME: why` lines.
# A program's test cases in a Boost suite named `threads` run alone, after all others, with as many
# threads as there are; everything else runs with CAROUSEL_NUM_THREADS=1, but with two under the
# thread sanitizer.
# Programs and scripts find in their environment: CAROUSEL_SOURCE_DIR, CAROUSEL_BUILD_DIR,
# CAROUSEL_PARITY, CAROUSEL_DATA, and as asked for CAROUSEL_CPU, CAROUSEL_TEST_DEVICE (--device),
# CAROUSEL_PARITY_JSON (parity --json), CAROUSEL_TEST_FULL=1 (test full).

readonly SLOW_SECONDS=60     # a program that takes longer is reported
HUNG_SECONDS=1200            # a program that takes longer is ended, and has failed
LEVEL_SUITES=(backends ops)  # these run again on every other instruction set of the machine
DEVICE_SUITES=(ops opencl)   # these are about devices; ops has cases in a suite `device`

suite_names() {
  local folder
  for folder in "$ROOT"/tests/*/; do
    if compgen -G "$folder*_test.cpp" >/dev/null || compgen -G "$folder*_test.sh" >/dev/null; then
      basename "$folder"
    fi
  done
}

# The instruction sets of this machine, the widest (the default one) first. The sanitizers' presets leave
# out AVX-512, and tsan all but SSE2: instrumented kernels take long to compile.
cpu_levels() {
  local flags
  flags=" $(grep -m1 -E '^(flags|Features)' /proc/cpuinfo || true) "
  if [[ $(uname -m) != x86_64 ]]; then
    echo neon
    return
  fi
  [[ ${PRESET:-release} != ?san && $flags == *" avx512f "* && $flags == *" avx512dq "* ]] && echo avx512
  [[ ${PRESET:-release} != tsan && $flags == *" avx2 "* && $flags == *" fma "* ]] && echo avx2
  echo sse2
}

# The test cases of a program that are switched on, one path a line; the others as `-path`.
list_cases() {
  "$1" --list_content 2>&1 | awk '
    { match($0, /^ */); depth = RLENGTH / 4; name = $1; on = sub(/\*$/, "", name)
      lines++; depths[lines] = depth; names[lines] = name; enabled[lines] = on }
    END { for (i = 1; i <= lines; i++) {
        path[depths[i]] = names[i]
        if (i < lines && depths[i + 1] > depths[i]) continue
        full = enabled[i] ? "" : "-"
        for (d = 0; d <= depths[i]; d++) full = full (d ? "/" : "") path[d]
        print full } }'
}

# One attribute of Boost's XML report.
report_value() { sed -n "s/.*[ ]$2=\"\([0-9]*\)\".*/\1/p" "$1" | head -n1; }

# Boost's report comes with the program's other output: a file of its own (--report_sink) makes test
# cases crash that fork and exit().
#
# run_job LABEL KIND SETTING CASES COMMAND...: leaves LABEL.log and LABEL.result (passed failed skipped
# seconds status). KIND is program or script; SETTING an environment variable as NAME=VALUE; CASES is how
# many cases the program was told to run.
run_job() {
  local label=$1 kind=$2 setting=$3 cases=$4
  shift 4
  local base=$WORK/$label status=0 begin=$EPOCHREALTIME passed=0 failed=0 skipped=0 told
  [[ -n $setting ]] && export "${setting?}"
  [[ $kind == program ]] && set -- "$@" --color_output=no --catch_system_errors=no \
    --log_level=test_suite --report_format=XML --report_level=short
  timeout "$HUNG_SECONDS" "$@" >"$base.log" 2>&1 </dev/null || status=$?
  told=$(grep -c '^skipped: ' "$base.log" || true)
  if [[ $kind == script ]]; then
    passed=$(grep -c '^ok ' "$base.log" || true)
    failed=$(grep -c '^not ok ' "$base.log" || true)
    skipped=$told
  elif grep -o '<TestResult>.*</TestResult>' "$base.log" >"$base.xml"; then
    passed=$(($(report_value "$base.xml" test_cases_passed) - told))
    passed=$((passed + $(report_value "$base.xml" test_cases_passed_with_warnings)))
    failed=$(report_value "$base.xml" test_cases_failed)
    skipped=$((cases - passed - failed))
  else
    passed=$(($(grep -c 'Leaving test case' "$base.log" || true) - told))
    printf '%s\n' "$(grep 'Entering test case' "$base.log" | tail -n1 | sed 's/.*Entering/ended in/')" \
      >>"$base.log"
  fi
  ((status != 0 && failed == 0)) && failed=1
  local micros=$((${EPOCHREALTIME/./} - ${begin/./}))
  printf '%d %d %d %d.%01d %d\n' "$passed" "$failed" "$skipped" $((micros / 1000000)) \
    $((micros / 100000 % 10)) "$status" >"$base.result"
  report_job "$label"
}

# What a person wants to see of a job that has ended: one line, skips, and all of a failure.
report_job() {
  local label=$1 passed failed skipped seconds status
  read -r passed failed skipped seconds status <"$WORK/$label.result"
  {
    if ((failed > 0)); then
      printf -- '---- %s (exit status %d)\n' "$label" "$status"
      grep -v -E '(Entering|Leaving) test|is skipped because disabled|<TestResult>|^ok |^(skipped|figure): |^$' "$WORK/$label.log" | head -n 200
      printf -- '----\n'
    fi
    grep -E '^(skipped|figure): ' "$WORK/$label.log" || true
    printf '%-28s %4d passed, %d failed, %d skipped  %6s s\n' "$label" "$passed" "$failed" \
      "$skipped" "$seconds"
  } >"$WORK/$label.text"
  cat "$WORK/$label.text"
}

# add_program SUITE SETTING [ONLY]: puts a program's cases into the queues, those of `threads` into the
# last. ONLY is what the cases' paths begin with.
add_program() {
  local suite=$1 setting=$2 only=${3:-} program=$ROOT/build/$PRESET/tests/test_$1
  local label=$suite${setting:+@${setting#*=}} case
  local -a all=() chosen=() serial=()
  mapfile -t all < <([[ -n $setting ]] && export "${setting?}"; list_cases "$program")
  for case in "${all[@]}"; do
    [[ ${case#-} == "$only"* ]] || continue
    [[ -n $MATCH && ! $suite/$case =~ $MATCH ]] && continue
    if [[ $case == -* ]]; then
      DISABLED=$((DISABLED + 1))
    elif [[ $case == threads/* ]]; then
      serial+=("$case")
    else
      chosen+=("$case")
    fi
  done
  ((${#chosen[@]} == 0)) || queue "$label" "$setting" "$program" "${chosen[@]}"
  ((${#serial[@]} == 0)) || queue "$label.threads" "$setting" "$program" "${serial[@]}"
}

# queue LABEL SETTING PROGRAM CASE...: a line of tab-separated words for run_job.
queue() {
  local label=$1 setting=$2 program=$3
  shift 3
  local IFS=$'\t'
  local -a job=("$label" program "${setting:--}" "$#" "$program" "${@/#/--run_test=}")
  if [[ $label == *.threads ]]; then SERIAL+=("${job[*]}"); else PARALLEL+=("${job[*]}"); fi
}

add_scripts() {
  local suite=$1 script name
  for script in "$ROOT"/tests/"$suite"/*_test.sh; do
    [[ -f $script ]] || continue
    name=$(basename "$script" _test.sh)
    [[ -n $MATCH && ! $suite/$name =~ $MATCH ]] && continue
    local IFS=$'\t'
    local -a job=("$suite.$name" script - 0 bash "$script")
    PARALLEL+=("${job[*]}")
  done
}

start_job() {
  local -a job
  IFS=$'\t' read -r -a job <<<"$1"
  [[ ${job[2]} == - ]] && job[2]=
  if [[ -f $WORK/${job[0]}.result ]]; then
    report_job "${job[0]}"  # kept from an interrupted run (./dev test full --resume)
  else
    run_job "${job[@]}"
  fi
}

# The slow ones are not known beforehand: a job starts when another has ended.
run_queues() {
  local job running=0 slots threads=1
  slots=$(($(nproc) < 2 ? 1 : 2))
  [[ $PRESET == tsan ]] && threads=2
  for job in "${PARALLEL[@]}"; do
    ((running < slots)) || { wait -n || true; running=$((running - 1)); }
    CAROUSEL_NUM_THREADS=$threads start_job "$job" &
    running=$((running + 1))
  done
  wait
  for job in "${SERIAL[@]}"; do (start_job "$job"); done
}

# Sums up all results; writes a JSON line a job where asked to. The last line stands alone.
summary() {
  local json=$1 file label passed failed skipped seconds status
  local all_passed=0 all_failed=0 all_skipped=$DISABLED
  [[ -n $json ]] && : >"$json"
  for file in "$WORK"/*.result; do
    [[ -f $file ]] || continue
    read -r passed failed skipped seconds status <"$file"
    label=$(basename "$file" .result)
    all_passed=$((all_passed + passed)) all_failed=$((all_failed + failed))
    all_skipped=$((all_skipped + skipped))
    ((${seconds%.*} < SLOW_SECONDS)) || printf 'slow: %s took %s s\n' "$label" "$seconds"
    [[ -n $json ]] && printf '{"suite":"%s","passed":%d,"failed":%d,"skipped":%d,"seconds":%s}\n' \
      "$label" "$passed" "$failed" "$skipped" "$seconds" >>"$json"
  done
  printf '%d passed, %d failed, %d skipped\n' "$all_passed" "$all_failed" "$all_skipped"
  ((all_failed == 0 && all_passed > 0))
}

# Where the tests look for golden files and data unless the environment says otherwise.
export_test_environment() {
  export CAROUSEL_SOURCE_DIR=$ROOT CAROUSEL_BUILD_DIR=$ROOT/build/$PRESET
  export CAROUSEL_PARITY=${DIR:-${CAROUSEL_PARITY:-$ROOT/../shared/parity}}
  export CAROUSEL_DATA=${CAROUSEL_DATA:-$ROOT/../shared/data}
  [[ -n $DEVICE ]] && export CAROUSEL_TEST_DEVICE=$DEVICE
  # Libraries of others that we load at run time keep what they have for good.
  export LSAN_OPTIONS=${LSAN_OPTIONS:-suppressions=$ROOT/tests/support/leaks.txt:print_suppressions=0}
  export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
  if [[ ${SUITES[*]} == parity && -n $JSON ]]; then
    CAROUSEL_PARITY_JSON=$(realpath "$JSON")
    export CAROUSEL_PARITY_JSON
    JSON=
  fi
  return 0
}

# The jobs of a suite: as asked for, else the default instruction set, and where kernels are tested
# all the others and the first OpenCL device, too.
add_suite() {
  local suite=$1 level build=$ROOT/build/$PRESET
  add_scripts "$suite"
  [[ -x $build/tests/test_$suite ]] || return 0
  compgen -G "$ROOT/tests/$suite/*_test.cpp" >/dev/null || return 0
  if [[ -n $LEVELS ]]; then
    for level in ${LEVELS//,/ }; do add_program "$suite" "CAROUSEL_CPU=$level"; done
    return
  fi
  if [[ $suite == ops && $DEVICE == opencl:* ]]; then
    add_program ops "CAROUSEL_TEST_DEVICE=$DEVICE" device/
    return
  fi
  add_program "$suite" ''
  [[ " ${LEVEL_SUITES[*]} " == *" $suite "* && -z ${CAROUSEL_CPU:-} ]] || return 0
  for level in $(cpu_levels | tail -n +2); do add_program "$suite" "CAROUSEL_CPU=$level"; done
  [[ $suite == ops && -e $build/opencl_program_sources.cpp ]] || return 0
  add_program ops CAROUSEL_TEST_DEVICE=opencl:0 device/
}

# Builds and runs SUITES, or all of them; results stay in WORK.
run_suites() {
  local -a targets=()
  local suite
  if ((${#SUITES[@]} > 0)); then
    for suite in "${SUITES[@]}"; do
      if compgen -G "$ROOT/tests/$suite/*_test.sh" >/dev/null; then targets+=(all); fi
      if compgen -G "$ROOT/tests/$suite/*_test.cpp" >/dev/null; then targets+=("test_$suite"); fi
    done
  elif [[ $DEVICE == opencl:* ]]; then
    SUITES=("${DEVICE_SUITES[@]}")
  else
    mapfile -t SUITES < <(suite_names)
  fi
  if ! build_preset "$PRESET" "${targets[@]}"; then
    say "dev: the build failed"
    return 1
  fi
  export_test_environment
  PARALLEL=() SERIAL=() DISABLED=0
  for suite in "${SUITES[@]}"; do add_suite "$suite"; done
  run_queues
  summary "$JSON"
}

dev_test() {
  if [[ ${1:-} == full ]]; then
    shift
    dev_test_full "$@"
    return
  fi
  parse_test_arguments "$@"
  WORK=$(mktemp -d)
  trap 'rm -rf "$WORK"' EXIT
  run_suites
}
