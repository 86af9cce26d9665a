# ./dev test full [--resume] [PART...]: what takes too long for every change, in parts:
#
#   release  all suites but ulps with CAROUSEL_TEST_FULL=1: all seeds, all kills, whole Jacobians
#   ulps     the accuracy of the kernels for all 2^32 floats
#   levels   all suites on the machine's other instruction sets
#   asan     all suites under the address and undefined-behaviour sanitizers
#   tsan     all suites under the thread sanitizer, with two threads
#
# PART/SUITE is one suite of a part. A part's results stay in build/full/PART until it is run anew, and
# after each part docs/results.md is written from what is there. --resume leaves out what has passed at
# this very commit.

FULL_PARTS=(release ulps levels asan tsan)
readonly FULL_FOLDER=$ROOT/build/full
readonly FULL_HUNG_SECONDS=28800

# The suites of a part, which follow the options that full_options gives.
full_suites() {
  local suite
  case $1 in
    release) suite_names | grep -vx ulps ;;
    ulps) echo ulps ;;
    levels)
      for suite in $(suite_names); do
        # Those of LEVEL_SUITES have run on all levels in any case, and scripts know none.
        if [[ " ${LEVEL_SUITES[*]} ulps " != *" $suite "* ]] &&
          compgen -G "$ROOT/tests/$suite/*_test.cpp" >/dev/null; then
          echo "$suite"
        fi
      done
      ;;
    asan | tsan) suite_names ;;
  esac
}

full_options() {
  case $1 in
    levels) printf -- '--cpu\n%s\n' "$(cpu_levels | tail -n +2 | paste -sd,)" ;;
    asan | tsan) printf -- '--preset\n%s\n' "$1" ;;
  esac
}

# The commit, and what names the changes to it where there are any.
full_commit() {
  local changes
  changes=$(git -C "$ROOT" diff HEAD -- . ':!docs/results.md')
  git -C "$ROOT" rev-parse --short HEAD
  [[ -z $changes ]] || printf 'and changes %.7s\n' "$(git hash-object --stdin <<<"$changes")"
}

# begin_part PART SUITE RESUME COMMIT: makes the folder of a part ready. Results of this commit stay if
# they are of other suites than the one that is to be run, or if they are good and RESUME is true.
begin_part() {
  local folder=$FULL_FOLDER/$1 suite=$2 resume=$3 commit=$4 result name failed
  [[ $suite != '' || $resume == true ]] || rm -rf "$folder"
  [[ $(cat "$folder/commit" 2>/dev/null) == "$commit" ]] || rm -rf "$folder"
  mkdir -p "$folder"
  for result in "$folder"/*.result; do
    [[ -f $result ]] || continue
    name=$(basename "$result" .result)
    read -r _ failed _ <"$result"
    if [[ $suite != '' && $name != "$suite" && $name != "$suite"[@.]* ]]; then continue; fi
    if [[ $resume == false ]] || ((failed > 0)); then rm "$result"; fi
  done
  rm -f "$folder/ended"
  printf '%s\n' "$commit" >"$folder/commit"
  date -u +%F >"$folder/date"
}

# full_part PART SUITE: runs a part, or one suite of it, as ./dev test would, with its results in a
# folder of its own.
full_part() {
  local part=$1 suite=$2 folder=$FULL_FOLDER/$1 status=0
  local -a arguments=()
  mapfile -t arguments < <(
    full_options "$part"
    if [[ $suite ]]; then echo "$suite"; else full_suites "$part"; fi
  )
  printf '== %s\n' "$part${suite:+/$suite}"
  (
    # shellcheck disable=SC2034  # for run_suites
    HUNG_SECONDS=$FULL_HUNG_SECONDS WORK=$folder SECONDS=0
    [[ $part == release || $part == ulps ]] && export CAROUSEL_TEST_FULL=1
    parse_test_arguments "${arguments[@]}"
    run_suites || status=1
    printf '%d\n' "$SECONDS" >>"$folder/seconds"
    if [[ -z $suite ]] && compgen -G "$folder/*.result" >/dev/null; then touch "$folder/ended"; fi
    exit "$status"
  )
}

check_full_part() {
  local part=${1%%/*} known
  [[ " ${FULL_PARTS[*]} " == *" $part "* ]] || wrong "no part '$part' in ${FULL_PARTS[*]}"
  known=$(full_suites "$part")
  [[ $1 != */* ]] || grep -qxF -e "${1#*/}" <<<"$known" ||
    wrong "no suite '${1#*/}' in $part: ${known//$'\n'/ }"
}

dev_test_full() {
  local resume=false part suite chosen commit status=0
  local -a parts=()
  if [[ ${1:-} == --resume ]]; then resume=true && shift; fi
  for chosen in "$@"; do check_full_part "$chosen"; done
  parts=("$@")
  if (($# == 0)); then
    parts=("${FULL_PARTS[@]}")
    $resume || rm -rf "$FULL_FOLDER"
  fi
  commit=$(full_commit | paste -sd' ')
  for chosen in "${parts[@]}"; do
    part=${chosen%%/*} suite=
    [[ $chosen == */* ]] && suite=${chosen#*/}
    [[ $part == levels && $(cpu_levels | wc -l) == 1 ]] && continue
    begin_part "$part" "$suite" "$resume" "$commit"
    full_part "$part" "$suite" || status=1
    results_document >"$ROOT/docs/results.md"
  done
  full_sums "${parts[@]%%/*}" | awk -v status="$status" '
    { print $1 " passed, " $2 " failed, " $3 " skipped"; exit status || $2 > 0 || $1 == 0 }'
}

# PASSED FAILED SKIPPED of these parts together.
full_sums() {
  local part
  for part in $(printf '%s\n' "$@" | sort -u); do
    if compgen -G "$FULL_FOLDER/$part/*.result" >/dev/null; then cat "$FULL_FOLDER/$part"/*.result; fi
  done | awk '{ passed += $1; failed += $2; skipped += $3 } END { print passed + 0, failed + 0, skipped + 0 }'
}
