# Every benchmark still runs, one round of few cases, and of all layers: what it times is none of a
# test's business.
set -uo pipefail
build=${CAROUSEL_BUILD_DIR:-$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/../../build/release}

# runs NAME [ARGUMENT...]
runs() {
  local name=$1 said
  shift
  if [[ $build == *san ]]; then
    echo "skipped: bench_$name: a sanitizer's times are long"
  elif said=$("$build/benchmarks/bench_$name" "$@" --rounds 1 --threads 1 2>&1); then
    echo "ok bench_$name"
  else
    printf 'not ok bench_%s: %s\n' "$name" "$(tail -n 1 <<<"$said")"
  fi
}

runs custom_cell --cases h8b2t3
runs gemm --cases 64
runs layers
runs lstm --cases h8b2t3,gru-h8b2t3-bi
runs ops --cases add-4
