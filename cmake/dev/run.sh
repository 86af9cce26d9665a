# ./dev run: the examples.

example_names() {
  local source
  for source in "$ROOT"/examples/*.cpp; do
    [[ -f $source ]] && basename "$source" .cpp
  done
  return 0
}

# Every example in a folder of its own below a temporary one; fails if one of them does.
run_all_examples() {
  local -a args=("$@") names
  local name folder status failed=0
  mapfile -t names < <(example_names)
  build_preset release "${names[@]}"
  folder=$(mktemp -d)
  for name in "${names[@]}"; do
    say "== $name ${args[*]}"
    mkdir -p "$folder/$name"
    status=0
    (cd "$folder/$name" && "$ROOT/build/release/examples/$name" "${args[@]}") </dev/null || status=$?
    if ((status != 0)); then
      say "dev: $name: exit status $status"
      failed=1
    fi
  done
  rm -rf "$folder"
  return "$failed"
}

dev_run() {
  if (($# == 0)); then
    example_names
    return
  fi
  local name=$1
  shift
  if [[ $name == --all || $name == --quick ]]; then
    case "$name $*" in
      '--all ') run_all_examples ;;
      '--all --quick' | '--quick --all') run_all_examples --quick ;;
      *) wrong "run --all takes --quick and nothing else" ;;
    esac
    return
  fi
  [[ -f $ROOT/examples/$name.cpp ]] || wrong "no example '$name'; ./dev run lists them"
  build_preset release "$name"
  exec "$ROOT/build/release/examples/$name" "$@"
}
