# ./dev setup: the Debian packages that Carousel is built and tested with.

# Without these nothing builds.
NEEDED_PACKAGES=(g++ cmake libxsimd-dev libxtensor-dev libboost-test-dev libhdf5-dev libfmt-dev
  nlohmann-json3-dev libcli11-dev libbenchmark-dev)
# These add speed, the OpenCL backend, pictures and the checks.
WANTED_PACKAGES=(make ninja-build ccache clang-format clang-tidy gnuplot-nox opencl-headers
  ocl-icd-opencl-dev libclblast-dev pocl-opencl-icd)

# Those of the given packages that are not installed, one a line.
missing_packages() {
  local installed
  installed=" $(dpkg-query -W -f='${Package}/${db:Status-Status} ' "$@" 2>/dev/null || true) "
  local package
  for package in "$@"; do
    case $installed in
      *" $package/installed "*) ;;
      *) printf '%s\n' "$package" ;;
    esac
  done
}

# install_packages [MORE...]: installs what is missing. Status 4 where that is not possible from here.
install_packages() {
  local -a missing as_root=()
  mapfile -t missing < <(missing_packages "${NEEDED_PACKAGES[@]}" "${WANTED_PACKAGES[@]}" "$@")
  if ((${#missing[@]} == 0)); then return 0; fi
  if ! command -v apt-get >/dev/null; then
    say "dev: no apt-get here; install the like of these Debian packages: ${missing[*]}"
    return 4
  fi
  if ((EUID != 0)); then
    if ! command -v sudo >/dev/null || { [[ ! -t 0 ]] && ! sudo -n true 2>/dev/null; }; then
      say "dev: neither root nor sudo; have this run for you:"
      printf 'apt-get install -y --no-install-recommends %s\n' "${missing[*]}"
      return 4
    fi
    as_root=(sudo)
  fi
  say "dev: installing ${missing[*]}"
  local -a apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq)
  "${apt[@]}" update >&2 </dev/null &&
    "${apt[@]}" install -y --no-install-recommends "${missing[@]}" >&2 </dev/null
}

dev_setup() {
  (($# == 0)) || wrong "setup takes no arguments"
  install_packages
}

# Before a build: all packages where they can be had, at least the needed ones otherwise.
ensure_setup() {
  local status=0
  install_packages || status=$?
  if ((status == 0)); then return 0; fi
  local -a missing=()
  if command -v dpkg-query >/dev/null; then
    mapfile -t missing < <(missing_packages "${NEEDED_PACKAGES[@]}")
  elif ! command -v cmake >/dev/null; then
    missing=(cmake)
  fi
  if ((${#missing[@]} > 0)); then exit "$status"; fi
  say "dev: going on without the optional packages"
}
