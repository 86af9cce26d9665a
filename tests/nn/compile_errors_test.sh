# What must not compile does not, and says why.
include=$CAROUSEL_BUILD_DIR/include
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# refused NAME TEXT: the statements on standard input, in a function with a symbol x, don't compile, and
# the compiler's words hold TEXT; without TEXT they do compile.
refused() {
  local name=$1 text=$2 status=0
  {
    printf '#include <carousel/nn/layers.h>\n#include <carousel/nn/model.h>\nusing namespace carousel;\n'
    printf 'void f(const nn::Symbol& x) {\n%s\n}\n' "$(cat)"
  } >"$folder/$name.cpp"
  g++ -std=c++20 -fsyntax-only -I "$include" "$folder/$name.cpp" 2>"$folder/$name.log" || status=$?
  if [[ -z $text && $status == 0 ]] || { [[ -n $text && $status != 0 ]] && grep -qF "$text" "$folder/$name.log"; }; then
    echo "ok $name"
  else
    echo "not ok $name: $(head -n 3 "$folder/$name.log" | tr '\n' ' ')"
  fi
}

refused an_owned_layer_on_a_symbol '' <<'TEXT'
  nn::Symbol y = nn::Dense{{.units = 1}}(x);
  auto shared = nn::share(nn::Dense{{.units = 1}});
  nn::Symbols z = nn::Add{}({shared(x), shared(y)});
TEXT
refused a_plain_layer_on_a_symbol 'on symbols a layer belongs to the graph' <<'TEXT'
  nn::Dense dense{{.units = 1}};
  dense(x);
TEXT
refused a_plain_layer_on_symbols 'on symbols a layer belongs to the graph' <<'TEXT'
  nn::Add add;
  add({x, x});
TEXT
refused sharing_a_plain_layer 'the graph keeps the layer' <<'TEXT'
  nn::Dense dense{{.units = 1}};
  nn::share(dense);
TEXT
