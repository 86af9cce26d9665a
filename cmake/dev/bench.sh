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
  if ! command -v clblast_tuner_xgemm >/dev/null; then
    install_packages clblast-utils || return
  fi
  local tuner
  local folder=${XDG_CACHE_HOME:-$HOME/.cache}/carousel/clblast
  mkdir -p "$folder"
  for tuner in xgemm xgemm_direct copy_fast copy_pad transpose_fast transpose_pad xaxpy xdot; do
    (cd "$folder" && "clblast_tuner_$tuner") || return 1
  done
  say "dev: tuning results are in $folder"
}
