# ./dev bench and ./dev tune.

bench_names() {
  local source
  for source in "$ROOT"/benchmarks/*.cpp; do
    [[ -f $source ]] && basename "$source" .cpp
  done
  return 0
}

# The packages of a peer; their versions are pinned in benchmarks/peers/requirements.txt.
peer_packages() {
  case $1 in
    torch) echo torch numpy ;;
    onnxruntime) echo onnxruntime onnx numpy ;;
    keras) echo keras tensorflow-cpu numpy ;;
    jax) echo jax numpy ;;
    *) return 1 ;;
  esac
}

# Makes a peer's virtual environment where it is missing or older than the pins, and exports its Python
# as CAROUSEL_PEER_PYTHON, for the benchmark to start benchmarks/peers/*.py with.
prepare_peer() {
  local peer=$1 pins=$ROOT/benchmarks/peers/requirements.txt
  local folder=${XDG_CACHE_HOME:-$HOME/.cache}/carousel/peers/$peer
  local -a packages
  read -r -a packages < <(peer_packages "$peer") || wrong "--peer is torch, onnxruntime, keras or jax"
  if [[ ! -f $folder/ready || $pins -nt $folder/ready ]]; then
    install_packages python3-venv || return
    say "dev: installing ${packages[*]} into $folder"
    python3 -m venv "$folder" &&
      "$folder/bin/pip" install --quiet --constraint "$pins" "${packages[@]}" >&2 &&
      touch "$folder/ready" || return 1
  fi
  export CAROUSEL_PEER_PYTHON=$folder/bin/python
}

dev_bench() {
  if (($# == 0)); then
    bench_names
    return
  fi
  local name=$1 i
  shift
  [[ -f $ROOT/benchmarks/$name.cpp ]] || wrong "no benchmark '$name'; ./dev bench lists them"
  for ((i = 1; i < $#; i++)); do
    if [[ ${!i} == --peer ]]; then
      i=$((i + 1))
      prepare_peer "${!i}"
    fi
  done
  build_preset release "bench_$name"
  export CAROUSEL_SOURCE_DIR=$ROOT
  exec "$ROOT/build/release/benchmarks/bench_$name" "$@"
}

dev_tune() {
  [[ $# == 1 && $1 == opencl ]] || wrong "tune opencl is all there is to tune"
  if ! command -v clblast_tuner_xgemm >/dev/null; then
    install_packages clblast-utils || return
  fi
  local tuner precision
  local folder=${XDG_CACHE_HOME:-$HOME/.cache}/carousel/clblast
  mkdir -p "$folder"
  for precision in 32 64; do  # the kernels of matrix products
    for tuner in xgemm_direct xgemm copy_fast copy_pad transpose_fast transpose_pad; do
      (cd "$folder" && "clblast_tuner_$tuner" -precision "$precision") || return 1
    done
  done
  say "dev: tuning results are in $folder"
}
