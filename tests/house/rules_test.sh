# The rules of the house hold for this repository, and each is seen to fail on a tree that breaks it.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=${CAROUSEL_SOURCE_DIR:-$(cd "$here/../.." && pwd)}
# shellcheck source=/dev/null
source "$here/rules.sh"

expect_none() {  # expect_none NAME RULE...
  local name=$1 found
  shift
  found=$(cd "$root" && "$@")
  if [[ -z $found ]]; then echo "ok $name"; else printf 'not ok %s:\n%s\n' "$name" "$found"; fi
}

expect() {  # expect NAME PATTERN RULE...: an offence is found in the broken tree
  local name=$1 pattern=$2 found
  shift 2
  found=$(cd "$broken" && "$@")
  if [[ $found =~ $pattern ]]; then echo "ok $name"; else printf 'not ok %s: found "%s"\n' "$name" "$found"; fi
}

expect_none arrows arrow_offences
expect_none public_headers public_header_offences
expect_none file_sizes file_size_offences
expect_none function_sizes function_size_offences
expect_none machine_paths machine_path_offences
expect_none documents document_offences

broken=$(mktemp -d)
trap 'rm -rf "$broken"' EXIT
git -C "$broken" init -q
mkdir -p "$broken"/{tensor,autograd,nn/train,nn/layers,backends/cpu,backends/opencl,docs,tests/house,examples}
cp "$here/functions.awk" "$broken/tests/house/"
cd "$broken" || exit 1
include() { printf '#include <carousel/%s>\n' "$2" >>"$1"; }
include tensor/backend.cpp backends/cpu/backend.h
include tensor/a.cpp backends/cpu/backend.h
include tensor/b.h autograd/node.h
include nn/train/trainer.h optim/adam.h
include nn/layers/dense.h optim/adam.h
include backends/opencl/a.cpp backends/cpu/team.h
include examples/a.cpp backends/cpu/team.h
echo '#include "node.h"' >autograd/a.cpp
printf '#include <sstream>\n' >tensor/c.h
printf '#include <functional>\n' | tee nn/d.h >autograd/d.h
printf '#include <xtensor/xadapt.hpp>\n' | tee tensor/xtensor.h >tensor/e.h
yes '// long' | head -n 601 >tensor/long.h
{
  echo 'S::S() : a_{1}, b_{2} {'
  yes '  if (x) { f("}"); }  // }' | head -n 59
  echo '}'
} >tensor/function.cpp
{
  echo 'namespace n { struct Fine {'
  yes '  int f(int x) const { return x; }' | head -n 100
  echo '}; }'
} >tensor/fine.cpp
echo "see /ho""me/someone/x" >docs/path.txt
# shellcheck disable=SC2016
echo 'Read `tensor/gone.h` and `tensor/a.cpp`.' >docs/a.md

expect tensor_knows_nobody 'tensor/a.cpp:1: tensor may not include backends/cpu/backend.h' arrow_offences
expect tensor_knows_no_gradient 'tensor/b.h:1: tensor may not include autograd/node.h' arrow_offences
expect layers_know_no_optimizer 'nn/layers/dense.h:1: nn may not include optim/adam.h' arrow_offences
expect backends_stand_alone 'backends/opencl may not include backends/cpu/team.h' arrow_offences
expect examples_are_public 'examples/a.cpp:1: examples may not' arrow_offences
expect quotes 'autograd/a.cpp:1: quoted include' arrow_offences
expect the_two_open_doors '^6$' eval 'arrow_offences | grep -cvE "backend.cpp|nn/train"'
expect heavy_header 'tensor/c.h:1:' public_header_offences
expect functional_outside_nn '^autograd/d.h:1:[^:]*$' eval 'public_header_offences | grep functional'
expect xtensor_outside_interop '^tensor/e.h:1:[^:]*$' eval 'public_header_offences | grep xtensor/'
expect long_file 'tensor/long.h: 601 lines' file_size_offences
expect long_function '^tensor/function.cpp:1: 61 lines: S::S.{0,20}$' function_size_offences
expect machine_path 'docs/path.txt:1:' machine_path_offences
expect missing_file '^docs/a.md: names tensor/gone.h, which does not exist$' document_offences
