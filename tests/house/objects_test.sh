# What the build leaves: no weak symbol that one instruction set's code could lend to another's, and
# a library of a size that people accept.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=${CAROUSEL_BUILD_DIR:-$here/../../build/release}
# shellcheck source=/dev/null
source "$here/rules.sh"

for level in sse2 avx2 avx512 neon; do
  mapfile -t objects < <(find "$build" -path "*carousel_$level.dir*" -name '*.o')
  ((${#objects[@]} > 0)) || continue
  found=$(weak_symbol_offences "$level" "${objects[@]}")
  if [[ -z $found ]]; then
    echo "ok weak_symbols_$level (${#objects[@]} objects)"
  else
    printf 'not ok weak_symbols_%s:\n%s\n' "$level" "$found"
  fi
done

# The rule sees what it is there for.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/unit.cpp" <<'CPP'
inline __attribute__((noinline)) int shared_helper(int x) { return x + 1; }
namespace avx2 { inline __attribute__((noinline)) int own_helper(int x) { return x + 2; } }
int f(int x) { return shared_helper(x) + avx2::own_helper(x); }
CPP
g++ -std=c++20 -c "$work/unit.cpp" -o "$work/unit.o"
found=$(weak_symbol_offences avx2 "$work/unit.o")
if [[ $found == "unit.o shared_helper(int)" ]]; then
  echo "ok weak_symbol_is_seen"
else
  echo "not ok weak_symbol_is_seen: found '$found'"
fi

library=$build/libcarousel.so
if [[ $build != */release || ! -e $library ]]; then
  echo "skipped: library_size: no shared library of the release preset"
else
  size=$(stat -L -c %s "$library")
  if ((size < 8 * 1000 * 1000)); then
    echo "ok library_size ($size bytes)"
  else
    echo "not ok library_size: $size bytes, 8 MB at most"
  fi
fi
