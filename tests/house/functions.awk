# Prints every function whose body has more than `most` lines. Counts braces outside comments and
# literals; a body is a brace that follows `)` outside another body, a class head or an initialiser.

function reset() { depth = 0; inside = 0; head = ""; comment = 0; raw = ""; continued = 0 }

# The line without comments and literals.
function code(line,    out, c, i, n, end) {
  out = ""
  n = length(line)
  for (i = 1; i <= n; i++) {
    c = substr(line, i, 1)
    if (raw != "") {
      end = index(substr(line, i), raw)
      if (!end) return out
      i += end + length(raw) - 2
      raw = ""
    } else if (comment) {
      end = index(substr(line, i), "*/")
      if (!end) return out
      i += end
      comment = 0
    } else if (substr(line, i, 2) == "//") {
      return out
    } else if (substr(line, i, 2) == "/*") {
      comment = 1
      i++
    } else if (substr(line, i, 2) == "R\"" && match(substr(line, i), /^R"[a-zA-Z_]*\(/)) {
      raw = ")" substr(line, i + 2, RLENGTH - 3) "\""
      i += RLENGTH - 1
    } else if (c == "\"" || (c == "'" && substr(line, i - 1, 1) !~ /[0-9a-fA-F]/)) {
      for (i++; i <= n && substr(line, i, 1) != c; i++) if (substr(line, i, 1) == "\\") i++
      out = out "\"\""
    } else {
      out = out c
    }
  }
  return out
}

# Whether the brace after this text opens a function's body.
function is_body(text) {
  sub(/template *<.*>/, "", text)
  if (text !~ /\)/ || text ~ /(^|[^A-Za-z_])(class|struct|enum|union|namespace)[^A-Za-z_]/) return 0
  return text !~ /=[^=]*$/ || text ~ /operator[^(]*=/
}

# Whether it opens a member's value in a constructor's list: `Name() : member_{`.
function is_member(text) { return text ~ /\)[^:]*:([^:].*)?[A-Za-z0-9_>]$/ }

FNR == 1 { reset() }
/^[ \t]*#/ || continued { continued = /\\$/; next }
{
  line = code($0)
  for (i = 1; i <= length(line); i++) {
    c = substr(line, i, 1)
    if (c == "{") {
      depth++
      text = head
      sub(/[ \t]+$/, "", text)
      if (!inside) {
        if (is_body(text) && !is_member(head)) {
          inside = depth
          start = FNR
          name = text
        } else if (is_member(head)) {
          kept[depth] = head "\"\""
        }
        head = ""
      }
    } else if (c == "}") {
      if (inside == depth) {
        inside = 0
        if (FNR - start + 1 > most) {
          sub(/^[ \t]+/, "", name)
          printf "%s:%d: %d lines: %s\n", FILENAME, start, FNR - start + 1, substr(name, 1, 60)
        }
      }
      if (!inside) head = ""
      if (depth in kept) {
        head = kept[depth]
        delete kept[depth]
      }
      depth--
    } else if (!inside) {
      head = c == ";" ? "" : head c
    }
  }
  if (!inside) head = head " "
}
