# ./dev bench and ./dev tune.

bench_names() {
  local source
  for source in "$ROOT"/benchmarks/*.cpp; do
    [[ -f $source ]] && basename "$source" .cpp
  done
  return 0
}

dev_bench() {
  if (($# == 0)); then
    bench_names
    return
  fi
  local name=$1
  shift
  [[ -f $ROOT/benchmarks/$name.cpp ]] || wrong "no benchmark '$name'; ./dev bench lists them"
  build_preset release "bench_$name"
  exec "$ROOT/build/release/benchmarks/bench_$name" "$@"
}

dev_tune() {
  [[ $# == 1 && $1 == opencl ]] || wrong "tune opencl is all there is to tune"
  local -a tuners=()
  local tuner
  for tuner in xgemm xgemm_direct copy_fast pad transpose xaxpy xdot; do
    command -v "clblast_tuner_$tuner" >/dev/null && tuners+=("clblast_tuner_$tuner")
  done
  if ((${#tuners[@]} == 0)); then
    say "dev: CLBlast's tuners (clblast_tuner_*) are not on this machine; Debian's package has none"
    return 1
  fi
  local folder=${XDG_CACHE_HOME:-$HOME/.cache}/carousel/clblast
  mkdir -p "$folder"
  for tuner in "${tuners[@]}"; do
    (cd "$folder" && "$tuner") || return 1
  done
  say "dev: tuning results are in $folder"
}
