# ./dev check --times: what our headers and translation units cost to compile.

readonly HEADER_BUDGET_MS=350     # a public header, over the standard headers that it includes
readonly UMBRELLA_BUDGET_MS=1800  # carousel.h, all in all
readonly UNIT_BUDGET_MS=10000     # a translation unit

# Milliseconds of processor time that a command takes (a clock on the wall would count what else the
# machine does); its status is passed on.
milliseconds() {
  local status=0 TIMEFORMAT='%3U %3S' times
  times=$({ time "$@" >/dev/null 2>&1; } 2>&1) || status=$?
  awk '{ print int(($1 + $2) * 1000) }' <<<"$times"
  return "$status"
}

# compile_includes TRIES ENOUGH-MS NAME...: best time of a unit that includes <NAME>..., -O2. Stops
# trying once it took no more than enough.
compile_includes() {
  local tries=$1 enough=$2 best=999999 took i
  shift 2
  printf '#include <%s>\n' "$@" >"$WORK/unit.cpp"
  for ((i = 0; i < tries && best > enough; i++)); do
    took=$(milliseconds g++ -std=c++20 -O2 -I"$ROOT/build/release/include" -c "$WORK/unit.cpp" \
      -o "$WORK/unit.o") || return 1
    ((took < best)) && best=$took
  done
  echo "$best"
}

# The standard headers that a header of ours and those of ours below it include.
standard_headers() {
  printf '#include <carousel/%s>\n' "$1" >"$WORK/deps.cpp"
  g++ -std=c++20 -MM -I"$ROOT/build/release/include" "$WORK/deps.cpp" | tr ' ' '\n' | grep '\.h$' |
    xargs sed -nE 's,^#[ ]*include <([^>]*)>.*,\1,p' | grep -v '^carousel/' | sort -u
}

check_header_times() {
  local header key base took budget failed=0
  local -a standard
  local -A base_of=()
  for header in $(cd "$ROOT" && find tensor autograd nn optim carousel.h -name '*.h' 2>/dev/null | sort); do
    [[ $header == tensor/xtensor.h ]] && continue
    mapfile -t standard < <(standard_headers "$header")
    key="of ${standard[*]}"
    if [[ $header == carousel.h ]]; then
      base=0 budget=$UMBRELLA_BUDGET_MS
    else
      budget=$HEADER_BUDGET_MS
      if ((${#standard[@]} > 0)) && [[ -z ${base_of[$key]:-} ]]; then base_of[$key]=$(compile_includes 3 0 "${standard[@]}"); fi
      base=${base_of[$key]:-0}
    fi
    if ! took=$(compile_includes 5 $((base + budget)) "carousel/$header"); then
      printf '%s does not compile on its own\n' "$header" >&2
      failed=1
      continue
    fi
    printf '%6d ms (%d of them standard headers) %s\n' "$took" "$base" "$header"
    if ((took - base > budget)); then
      printf '%s: %d ms, %d at most\n' "$header" $((took - base)) "$budget" >&2
      failed=1
    fi
  done
  return "$failed"
}

# One unit of the compile database, not through ccache: prints milliseconds and file.
time_unit() {
  local folder=$1 file=$2 command=$3
  cd "$folder" || return 1
  command=${command#*ccache }
  printf '%s %s\n' "$(milliseconds bash -c "${command/ -o / -o \/dev\/null -DIGNORED= }")" "$file"
}

# The release build's units, two at a time; what looks too slow is timed again on its own.
check_unit_times() {
  local all=$1 folder file command took failed=0
  while IFS=$'\t' read -r folder file command; do
    [[ $all == 1 || $file != "$ROOT"/tests/* ]] || continue
    printf '%s\0%s\0%s\0' "$folder" "$file" "$command"
  done < <(compile_commands) >"$WORK/units"
  export -f time_unit milliseconds
  xargs -0 -a "$WORK/units" -n 3 -P "$(build_jobs)" bash -c 'time_unit "$@"' _ >"$WORK/times"
  sort -rn "$WORK/times" | head -n 10 | sed "s,$ROOT/,,; s,^\([0-9]*\),\1 ms,"
  while IFS=$'\t' read -r folder file command; do
    grep -qxF -e "$file" <(awk -v most="$UNIT_BUDGET_MS" '$1 > most {print $2}' "$WORK/times") || continue
    took=$(time_unit "$folder" "$file" "$command" | cut -d' ' -f1)
    ((took > UNIT_BUDGET_MS)) || continue
    printf '%s: %d ms, %d at most\n' "${file#"$ROOT"/}" "$took" "$UNIT_BUDGET_MS" >&2
    failed=1
  done < <(compile_commands)
  return "$failed"
}

# Folder, file and command of every unit, tab-separated; CMake writes one field a line.
compile_commands() {
  awk '
    function value(line) { sub(/^[^:]*: "/, "", line); sub(/",?$/, "", line); gsub(/\\"/, "\"", line); return line }
    /^  "directory":/ { folder = value($0) }
    /^  "command":/ { command = value($0) }
    /^  "file":/ { print folder "\t" value($0) "\t" command }' "$ROOT/build/release/compile_commands.json"
}

check_times() {
  local all=$1 failed=0
  WORK=$(mktemp -d)
  check_header_times || failed=1
  check_unit_times "$all" || failed=1
  rm -rf "$WORK"
  return "$failed"
}
