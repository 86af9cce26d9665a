# docs/results.md: what ./dev test full has found, from the folders that its parts left.

results_document() {
  cat <<TEXT
# Results of \`./dev test full\`

Written by that command; \`cmake/dev/full.sh\` says what each part is. On $(machine_line).
Seconds are those of the run, beside whatever else the machine did.

TEXT
  parts_table
  figures_table
  failures_list
  skipped_table
  jobs_table
}

machine_line() {
  printf '%s, %s cores, %s, %s' \
    "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n1)" "$(nproc)" \
    "$(cpu_levels | paste -sd' ')" "$(g++ --version | head -n1)"
}

parts_table() {
  local part folder
  printf '| part | commit | on | passed | failed | skipped | seconds |\n|---|---|---|---|---|---|---|\n'
  for part in "${FULL_PARTS[@]}"; do
    folder=$FULL_FOLDER/$part
    if [[ ! -d $folder ]]; then
      printf '| %s | not run | | | | | |\n' "$part"
      continue
    fi
    [[ -e $folder/ended ]] || part="$part, not all of it"
    printf '| %s | %s | %s | %s | %s |\n' "$part" "$(cat "$folder/commit")" "$(cat "$folder/date")" \
      "$(full_sums "$(basename "$folder")" | sed 's/ / | /g')" \
      "$(awk '{ s += $1 } END { print s + 0 }' "$folder/seconds" 2>/dev/null)"
  done
}

# Lines `figure: ...` or `skipped: ...` of all logs, without that word.
part_lines() {
  find "$FULL_FOLDER" -name '*.log' -print0 2>/dev/null | sort -zV | xargs -0r sed -n "s/^$1: //p"
}

figures_table() {
  printf '\n## Figures\n\nWhat the tests measured in the parts release and ulps, and the bounds they assert.\n\n'
  printf '| what | figure | bound |\n|---|---|---|\n'
  part_lines figure | sed 's/.*/| & |/'
}

failures_list() {
  local result failed text
  printf '\n## Failures\n\n'
  for result in "$FULL_FOLDER"/*/*.result; do
    [[ -f $result ]] || continue
    read -r _ failed _ <"$result"
    ((failed > 0)) || continue
    text=${result%.result}.text
    sed "s,$ROOT/,,g; s/^/    /" "$text"
    printf '\n'
  done
  if [[ -z $(find "$FULL_FOLDER" -name '*.result' -exec awk '$2 > 0' {} +) ]]; then printf 'None.\n'; fi
}

# Why tests were skipped, how often, all parts together.
skipped_table() {
  printf '\n## Skipped\n\n| why | times |\n|---|---|\n'
  part_lines skipped | sed -E "s,$ROOT/,,g; s/^[^:]*: //" |
    sort | uniq -c | sort -k1,1nr -k2 | awk '{ n = $1; sub(/^ *[0-9]+ /, ""); print "| " $0 " | " n " |" }'
}

jobs_table() {
  local result part
  printf '\n## Programs\n\nA program once for each instruction set or device it was run on.\n\n'
  printf '| part | program | passed | failed | skipped | seconds |\n|---|---|---|---|---|---|\n'
  for part in "${FULL_PARTS[@]}"; do
    for result in "$FULL_FOLDER/$part"/*.result; do
      [[ -f $result ]] || continue
      awk -v part="$part" -v name="$(basename "$result" .result)" \
        '{ printf "| %s | %s | %d | %d | %d | %s |\n", part, name, $1, $2, $3, $4 }' "$result"
    done
  done
}
