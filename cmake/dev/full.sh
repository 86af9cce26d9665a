# ./dev test full [--resume] [PART...]: what takes too long for every change, in parts:
#
#   release  all suites but ulps with CAROUSEL_TEST_FULL=1: all seeds, all kills, whole Jacobians
#   ulps     the accuracy of the kernels for all 2^32 floats
#   levels   all suites on the machine's other instruction sets
#   asan     all suites under the address and undefined-behaviour sanitizers
#   tsan     all suites under the thread sanitizer, with two threads
#
# A part's results stay in build/full/PART until it is run anew, and after each part docs/results.md
# is written from what is there. --resume leaves out what has passed at this very commit.

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

# Makes the folder of a part ready: empty, or with what has passed at this commit.
begin_part() {
  local folder=$1 resume=$2 commit=$3 result failed
  if ! $resume || [[ $(cat "$folder/commit" 2>/dev/null) != "$commit" ]]; then rm -rf "$folder"; fi
  mkdir -p "$folder"
  for result in "$folder"/*.result; do
    [[ -f $result ]] || continue
    read -r _ failed _ <"$result"
    ((failed == 0)) || rm "$result"
  done
  rm -f "$folder/counts"
  printf '%s\n' "$commit" >"$folder/commit"
  date -u +%F >"$folder/date"
}

# Runs a part as ./dev test would, with its results in a folder of its own.
full_part() {
  local part=$1 folder=$FULL_FOLDER/$1 status=0
  local -a arguments=()
  mapfile -t arguments < <(full_options "$part"; full_suites "$part")
  printf '== %s\n' "$part"
  (
    HUNG_SECONDS=$FULL_HUNG_SECONDS WORK=$folder SECONDS=0
    [[ $part == release || $part == ulps ]] && export CAROUSEL_TEST_FULL=1
    parse_test_arguments "${arguments[@]}"
    run_suites | tee "$folder/output" || status=1
    printf '%d\n' "$SECONDS" >>"$folder/seconds"
    tail -n1 "$folder/output" | grep -E '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$' \
      >"$folder/counts" || status=1
    exit "$status"
  )
}

dev_test_full() {
  local resume=false part status=0
  local -a parts=()
  if [[ ${1:-} == --resume ]]; then resume=true && shift; fi
  for part in "$@"; do
    [[ " ${FULL_PARTS[*]} " == *" $part "* ]] || wrong "no part '$part' in ${FULL_PARTS[*]}"
  done
  parts=("$@")
  if (($# == 0)); then
    parts=("${FULL_PARTS[@]}")
    $resume || rm -rf "$FULL_FOLDER"
  fi
  local commit
  commit=$(full_commit | paste -sd' ')
  for part in "${parts[@]}"; do
    [[ $part == levels && $(cpu_levels | wc -l) == 1 ]] && continue
    begin_part "$FULL_FOLDER/$part" "$resume" "$commit"
    full_part "$part" || status=1
    results_document >"$ROOT/docs/results.md"
  done
  full_counts "${parts[@]}" | awk -v status="$status" '
    { passed += $1; failed += $3; skipped += $5 }
    END { printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
          exit status || failed > 0 || passed == 0 }'
}

full_counts() {
  local part
  for part in "$@"; do
    if [[ -s $FULL_FOLDER/$part/counts ]]; then cat "$FULL_FOLDER/$part/counts"; fi
  done
}
