# Another project uses Carousel: installed, by find_package; and as a subfolder, by add_subdirectory.
set -uo pipefail
root=${CAROUSEL_SOURCE_DIR:?} built=${CAROUSEL_BUILD_DIR:?}
work=$built/consumer
# As deep as the library's own build, and with its flags: then ccache has compiled it already.
subdirectory=$root/build/consumer
mkdir -p "$work"
rm -rf "$work/prefix" "$work/by_package"

# The flags of the build at hand, a sanitizer's among them: what links the library has to share them.
options=(-DBUILD_SHARED_LIBS=ON)
for name in CMAKE_BUILD_TYPE CMAKE_CXX_FLAGS{,_RELEASE,_RELWITHDEBINFO,_DEBUG} CAROUSEL_SIMD_LEVELS; do
  value=$(sed -n "s/^$name:[A-Z]*=//p" "$built/CMakeCache.txt")
  [[ -z $value ]] || options+=("-D$name=$value")
done
command -v ccache >/dev/null && options+=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
command -v ninja >/dev/null && options+=(-G Ninja)

# try NAME COMMAND...: the rest of this way is skipped once a step has failed.
try() {
  local name=$1
  shift
  if ! "$@" >"$work/$name.log" 2>&1; then
    tail -n 30 "$work/$name.log"
    echo "not ok $name: $*"
    return 1
  fi
  echo "ok $name"
}

configure() {  # configure WAY FOLDER [OPTION...]
  local way=$1 folder=$2
  shift 2
  cmake -S "$root/tests/consumer/$way" -B "$folder" "${options[@]}" "$@"
}

# The README's first C++ example, of at most 25 lines.
readme_example() {
  awk '/^```cpp$/ { on = !done; next } /^```$/ { if (on) done = 1; on = 0 } on' "$root/README.md" \
    >"$work/readme.cpp"
  local lines
  lines=$(grep -c . "$work/readme.cpp")
  echo "$lines lines"
  ((lines > 0 && lines <= 25))
}

only_public_headers() {
  local prefix=$1
  [[ -f $prefix/include/carousel/tensor/tensor.h && ! -e $prefix/include/carousel/backends ]]
}

try install cmake --install "$built" --prefix "$work/prefix" &&
  try only_public_headers only_public_headers "$work/prefix" &&
  try readme_example readme_example &&
  try package_configures configure by_package "$work/by_package" "-DCMAKE_PREFIX_PATH=$work/prefix" \
    "-DREADME=$work/readme.cpp" &&
  try package_builds cmake --build "$work/by_package" &&
  try package_runs "$work/by_package/consumer" &&
  try readme_runs "$work/by_package/readme"

try subdirectory_configures configure by_subdirectory "$subdirectory" &&
  try subdirectory_builds cmake --build "$subdirectory" --parallel 1 --target consumer &&
  try subdirectory_runs "$subdirectory/consumer"
