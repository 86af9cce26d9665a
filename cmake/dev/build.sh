# ./dev build: configure and build a preset.

# Compilers at a time: as many as there are cores, but none without 2 GiB of memory.
build_jobs() {
  local cores kib jobs
  cores=$(nproc)
  kib=$(awk '/^MemAvailable:/ {print $2}' /proc/meminfo)
  jobs=$((kib / (2 * 1024 * 1024)))
  ((jobs > cores)) && jobs=$cores
  ((jobs < 1)) && jobs=1
  printf '%s\n' "${CMAKE_BUILD_PARALLEL_LEVEL:-$jobs}"
}

is_preset() { [[ $1 == release || $1 == debug || $1 == asan || $1 == tsan ]]; }

# build_preset PRESET [TARGET...]: everything where no target is named. Speaks on stderr.
build_preset() {
  local preset=$1 build=$ROOT/build/$1
  shift
  ensure_setup
  if [[ ! -f $build/CMakeCache.txt || $ROOT/CMakePresets.json -nt $build/CMakeCache.txt ]]; then
    local -a generator=()
    command -v ninja >/dev/null || generator=(-G "Unix Makefiles")
    (cd "$ROOT" && cmake --preset "$preset" "${generator[@]}") >&2 || return 1
  fi
  # Clones and build folders share what ccache has compiled.
  export CCACHE_BASEDIR=${CCACHE_BASEDIR:-$ROOT} CCACHE_NOHASHDIR=1
  # With precompiled headers, which ccache does not touch unless it is allowed this.
  export CCACHE_SLOPPINESS=${CCACHE_SLOPPINESS:-pch_defines,time_macros,include_file_mtime,include_file_ctime}
  local -a targets=()
  (($# > 0)) && targets=(--target "$@")
  cmake --build "$build" --parallel "$(build_jobs)" "${targets[@]}" >&2
}

dev_build() {
  (($# <= 1)) || wrong "build takes one preset"
  local preset=${1:-release}
  is_preset "$preset" || wrong "unknown preset '$preset': release, debug, asan or tsan"
  build_preset "$preset"
}
