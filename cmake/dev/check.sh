# ./dev check: format, lint and the rules of the house; with --times what compiling costs.

# Files of ours that differ from main, committed or not; all of them with --all.
checked_files() {
  local all=$1 base
  shift
  if [[ $all == 1 ]]; then
    git -C "$ROOT" ls-files --cached --others --exclude-standard -- "$@"
    return
  fi
  base=$(git -C "$ROOT" merge-base HEAD origin/main 2>/dev/null || git -C "$ROOT" rev-parse HEAD)
  {
    git -C "$ROOT" diff --name-only --diff-filter=d "$base" -- "$@"
    git -C "$ROOT" ls-files --others --exclude-standard -- "$@"
  } | sort -u
}

check_format() {
  local -a files
  mapfile -t files < <(checked_files 1 '*.h' '*.cpp')
  (cd "$ROOT" && clang-format --dry-run --Werror "${files[@]}")
}

# clang-tidy with the release build's flags, but for what only GCC reads: its precompiled headers, its
# cost model. So sources of the library are read without theirs, and have to include what they use; units that are compiled once per instruction set are read once.
check_lint() {
  local all=$1 tidy=$ROOT/build/tidy file
  mkdir -p "$tidy"
  sed -E "s,-include [^ ]*tests/[^ ]*/cmake_pch.hxx,-include $ROOT/tests/tests_pch.h,; s,-Winvalid-pch ,,
    s,-include [^ ]*/cmake_pch.hxx,,
    s,-fvect-cost-model=[a-z]+ ,," "$ROOT/build/release/compile_commands.json" |
    awk '/^{/ { entry = "" } { entry = entry $0 "\n" }
      /^  "file":/ { known = seen[$0]++ }
      /^}/ { if (!known) { sub(/},?\n$/, "", entry); printf "%s%s}", (n++ ? ",\n" : "[\n"), entry } }
      END { print "\n]" }' >"$tidy/compile_commands.json"
  local -a files=()
  for file in $(checked_files "$all" '*.h' '*.cpp' | sed 's/\.h$/.cpp/' | sort -u); do
    grep -qF "\"$ROOT/$file\"" "$tidy/compile_commands.json" && files+=("$ROOT/$file")
  done
  ((${#files[@]} > 0)) || return 0
  say "dev: linting ${#files[@]} files"
  printf '%s\0' "${files[@]}" |
    xargs -0 -P "$(build_jobs)" -n 1 clang-tidy -p "$tidy" --quiet 2>/dev/null
}

# The rules that need no build. Files beyond 300 lines are named, not refused.
check_rules() {
  local rules=$ROOT/tests/house/rules.sh
  # shellcheck source=/dev/null
  (source "$rules" && cd "$ROOT" && long_files 300 | sed 's/$/ (more than 300: think)/') >&2
  CAROUSEL_SOURCE_DIR=$ROOT bash "$ROOT/tests/house/rules_test.sh" | grep -v '^ok ' >&2 && return 1
  return 0
}

dev_check() {
  local all=0 times=0 argument step failed=0
  for argument in "$@"; do
    case $argument in
      --all) all=1 ;;
      --times) times=1 ;;
      *) wrong "check takes --all and --times, not '$argument'" ;;
    esac
  done
  build_preset release carousel
  local -a steps=(check_format "check_lint $all" check_rules check_objects)
  ((times)) && steps+=("check_times $all")
  for step in "${steps[@]}"; do
    # A step is a function and its arguments.
    # shellcheck disable=SC2086
    if $step; then
      printf 'ok %s\n' "${step%% *}"
    else
      printf 'not ok %s\n' "${step%% *}"
      failed=1
    fi
  done
  return "$failed"
}

check_objects() {
  CAROUSEL_BUILD_DIR=$ROOT/build/release bash "$ROOT/tests/house/objects_test.sh" | grep '^not ok' >&2 &&
    return 1
  return 0
}
