# Makes a test of a page's C++: each ```cpp block is a test case with the page's fixture; those of
# ```cpp global stand outside of functions, for all that follows. awk -v page=docs/PAGE.md
BEGIN {
  name = page
  sub(/.*\//, "", name)
  sub(/\.md$/, "", name)
  gsub(/-/, "_", name)
  print "#include <tests/docs/page.h>\n"
  print "namespace {"
  print "BOOST_AUTO_TEST_SUITE(" name ")\n"
}

/^```cpp/ {
  open = 1
  global = $2 == "global"
  if (!global) printf "BOOST_FIXTURE_TEST_CASE(line_%d, carousel::test::Page) {\n", NR + 1
  printf "#line %d \"%s\"\n", NR + 1, page
  next
}
/^```/ && open {
  open = 0
  print global ? "" : "}\n"
  next
}
open { print }

END {
  print "BOOST_AUTO_TEST_SUITE_END()"
  print "}  // namespace"
}
