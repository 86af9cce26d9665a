# The rules of the house (docs/decisions.md says why): each function reads a source tree and prints a
# line for every offence, nothing where all is well. Used by the tests beside it and by ./dev check.

LIBRARY_FOLDERS=(tensor autograd nn optim backends)

sources() {  # sources FOLDER NAME-PATTERN...: paths relative to the current folder
  local folder=$1 pattern
  shift
  [[ -d $folder ]] || return 0
  for pattern in "$@"; do find "$folder" -name "$pattern" -type f; done | sort
}

# Who may include whom. Reads every #include of the library and the examples.
arrow_offences() {
  local folder
  {
    for folder in "${LIBRARY_FOLDERS[@]}" examples; do sources "$folder" '*.h' '*.cpp'; done
  } | xargs -r grep -HnE '^[[:space:]]*#[[:space:]]*include' | awk -F: '
    function allowed(from, to, file) {
      if (from == to) return 1
      if (from == "tensor") return to == "backends" && file == "tensor/backend.cpp"
      if (from == "autograd" || from == "backends") return to == "tensor"
      if (from == "optim") return to == "autograd" || to == "tensor"
      if (from == "nn" && to == "optim") return file ~ /^nn\/train\//
      if (from == "nn") return to == "autograd" || to == "tensor"
      return to != "backends" && to != "tests" && to != "benchmarks"  # examples
    }
    { file = $1; line = $0; sub(/^[^:]*:[0-9]*:/, "", line)
      split(file, at, "/"); from = at[1] }
    from != "examples" && line ~ /include[ \t]*"/ {
      print file ":" $2 ": quoted include; ours are written <carousel/...>"; next }
    match(line, /<carousel\/[^>]*>/) {
      target = substr(line, RSTART + 10, RLENGTH - 11)
      if (split(target, to, "/") < 2) { if (from != "examples") print file ":" $2 ": includes " target; next }
      if (!allowed(from, to[1], file)) print file ":" $2 ": " from " may not include " target
      else if (from == "backends" && to[1] == "backends" && to[2] != at[2])
        print file ":" $2 ": backends/" at[2] " may not include " target }'
}

# What a public header may not drag into a program of the user's.
public_header_offences() {
  local folder heavy='xsimd|xtensor|xtl|CL/|clblast|hdf5|H5|fmt/|nlohmann|sstream>|iostream>'
  {
    for folder in tensor autograd nn optim; do sources "$folder" '*.h'; done
    [[ -f carousel.h ]] && echo carousel.h
  } | xargs -r grep -HnE "^[[:space:]]*#[[:space:]]*include[[:space:]]*[<\"]($heavy|functional>)" |
    grep -vE '^tensor/xtensor\.h:[0-9]+:.*(xtensor|xtl)' |
    grep -vE '^nn/.*<functional>'
}

# Files of more than 600 lines.
file_size_offences() { long_files 600; }
long_files() {
  {
    sources . '*.h' '*.cpp' '*.cl' '*.def' '*.sh' '*.cmake' '*.py' | sed 's,^\./,,'
    [[ -f dev ]] && echo dev
  } | grep -vE '^build' | xargs -r wc -l | awk -v most="$1" '
    $2 != "total" && $1 > most { print $2 ": " $1 " lines" }'
}

# Functions of more than 60 lines.
function_size_offences() { long_functions 60; }
long_functions() {
  local folder
  for folder in "${LIBRARY_FOLDERS[@]}" examples benchmarks tests; do
    sources "$folder" '*.h' '*.cpp' '*.cl'
  done | xargs -r awk -v most="$1" -f tests/house/functions.awk
}

# Paths that exist on one machine only, and hosts of package registries.
machine_path_offences() {
  local home='/(ho''me|ro''ot|wo''rk|Us''ers|t''mp)/[A-Za-z_]' host='(py''pi|deb\.deb''ian|pythonho''sted)\.org'
  git ls-files -z --cached --others --exclude-standard |
    xargs -0 grep -HnIE "(^|[^A-Za-z0-9_.>-])$home|$host" || true
}

# Files that a document names in backquotes or links to, and that are not there.
document_offences() {
  local document name
  for document in *.md docs/*.md; do
    [[ -f $document ]] || continue
    while read -r name; do
      [[ -e ${name#carousel/} || -e $(dirname "$document")/$name ]] ||
        printf '%s: names %s, which does not exist\n' "$document" "$name"
    done < <(document_names "$document")
  done
}

# Backquoted paths into our folders, `<carousel/...>` includes, and relative links.
document_names() {
  {
    grep -oE '`<?(carousel|tensor|autograd|nn|optim|backends|tests|examples|benchmarks|docs|cmake|\.ci)/[A-Za-z0-9_./-]*>?`' "$1"
    grep -oE '\]\([A-Za-z0-9_./-]+\)' "$1"
    grep -oE '#include <carousel/[a-z0-9_./]+>' "$1" | sed 's/#include //'
  } | tr -d '`<>()]' | sort -u
}

# Weak symbols in the objects of one instruction set that another machine's code could be given.
# weak_symbol_offences LEVEL OBJECT...
weak_symbol_offences() {
  local level=$1
  shift
  nm -A -C "$@" | awk -v level="$level" '
    { object = $1; rest = $0; sub(/^[^ ]*:[0-9a-f]* */, "", rest) }
    match(rest, /^[WVu] /) {
      name = substr(rest, 3)
      if (name ~ /^DW\.ref\./ || index(name, level)) next
      sub(/.*\//, "", object); sub(/:.*/, "", object); print object " " name }'
}
