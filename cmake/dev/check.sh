# ./dev check: format, lint and the house rules.

dev_check() {
  local argument
  for argument in "$@"; do
    case $argument in
      --all | --times) ;;
      *) wrong "check takes --all and --times, not '$argument'" ;;
    esac
  done
  ensure_setup
  local -a sources
  mapfile -t sources < <(git -C "$ROOT" ls-files '*.h' '*.cpp')
  (cd "$ROOT" && clang-format --dry-run --Werror "${sources[@]}")
}
