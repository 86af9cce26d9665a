#include <carousel/nn/data/csv.h>
#include <carousel/tensor/error.h>

#include <tests/file_support.h>
#include <boost/test/unit_test.hpp>
#include <clocale>
#include <locale>

using namespace carousel;
using namespace carousel::test;
using data::Missing;
using Values = std::vector<double>;

namespace {

Values numbers(std::string_view text, const char* column, Missing missing = Missing::error) {
  return data::parse_csv(text, {.missing = missing}).column(column).values;
}

// 3,14 instead of 3.14: what std::stod and streams would trip over.
struct DecimalComma : std::numpunct<char> {
  char do_decimal_point() const override { return ','; }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(csv)

BOOST_AUTO_TEST_CASE(layouts_of_one_table) {
  const char* cases[] = {
      "month,sales\n1-01,266.5\n1-02,-1e2\n",
      "month,sales\r\n1-01,266.5\r\n1-02,-1e2",  // CRLF, no last line end
      "month,sales\r1-01,266.5\r1-02,-1e2\r",    // CR
      "\xEF\xBB\xBF\"month\",\"sales\"\n\"1-01\",\"266.5\"\n\"1-02\",-1e2\n",  // mark, quotes
      "month, sales\n1-01,\t266.5 \n\n1-02 , -1e2\n\n",                        // blanks
      "sales,month\n2.665e+2,1-01\n-100,1-02\n",
  };
  for (const char* text : cases) {
    BOOST_TEST_CONTEXT(text) {
      BOOST_TEST(numbers(text, "sales") == (Values{266.5, -100.0}));
      BOOST_TEST(data::parse_csv(text).text("month") == (std::vector<std::string>{"1-01", "1-02"}));
    }
  }
}

BOOST_AUTO_TEST_CASE(quoted_cells_may_hold_anything) {
  const auto table = data::parse_csv("\"a, \"\"b\"\"\",n\n\"two\nlines\",+1\n\"\",2\n");
  BOOST_TEST(table.names() == (std::vector<std::string>{"a, \"b\"", "n"}));
  BOOST_TEST(table.text("a, \"b\"") == (std::vector<std::string>{"two\nlines", ""}));
  BOOST_TEST(table.column("n").values == (Values{1, 2}));
  BOOST_TEST(data::parse_csv("a;b\n1;2\n", {.delimiter = ';'}).column("b").values == (Values{2}));
}

BOOST_AUTO_TEST_CASE(missing_numbers) {
  const std::string text = "t,v,w\n1,NA,1\n2,4,\n3,,3\n4,nan,4\n5,10,5\n6,?,6\n";
  const auto repaired = data::parse_csv(text, {.missing = Missing::interpolate});
  BOOST_TEST(repaired.column("v").values == (Values{4, 4, 6, 8, 10, 10}));
  BOOST_TEST(repaired.column("v").missing == 4);
  BOOST_TEST(repaired.column("t").missing == 0);
  BOOST_TEST(numbers(text, "v", Missing::drop) == (Values{4, 10}));
  const auto both = data::parse_csv(text, {.missing = Missing::drop}).columns({"v", "w"});
  BOOST_TEST(both[0].values == (Values{10}));
  BOOST_TEST(both[1].values == (Values{5}));
  BOOST_TEST(both[0].missing == 5);
  BOOST_TEST(error_of<FormatError>([&] { numbers(text, "v"); }) ==
             "[read_csv] text:2: column \"v\": the value is missing (\"NA\")");
}

BOOST_AUTO_TEST_CASE(numbers_at_the_edge) {
  BOOST_TEST(numbers("v\n1e-400\n-4.9e-324\n1.7976931348623157e308\n0.1\n", "v") ==
             (Values{0.0, -4.9406564584124654e-324, 1.7976931348623157e308, 0.1}));
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_said_with_file_line_and_column) {
  struct Case {
    const char *text, *column, *message;
  };
  const Case cases[] = {
      {"", "v", "text: the file is empty"},
      {"\n\r\n", "v", "text: the file is empty"},
      {"a,v\n", "v", "text: there is a header, but no row under it"},
      {"a,v\n1,2\n1,2,3\n", "v", "text:3: 3 cells, but the header names 2 columns"},
      {"a,v\n\n1\n", "v", "text:3: 1 cells, but the header names 2 columns"},
      {"a,v\n1,2\n", "b", "text:1: there is no column \"b\"; the columns are \"a\", \"v\""},
      {"v,v\n1,2\n", "v", "text:1: columns 1 and 2 are both named \"v\""},
      {"a,v\n1,2\nx,1e400\n", "v", "text:3: column \"v\": \"1e400\" does not fit into a double"},
      {"v\n-1e999\n", "v", "text:2: column \"v\": \"-1e999\" does not fit into a double"},
      {"v\n1\ntwo\n", "v", "text:3: column \"v\": \"two\" is not a number"},
      {"v\n0x10\n", "v", "text:2: column \"v\": \"0x10\" is not a number"},
      {"v\n+-1\n", "v", "text:2: column \"v\": \"+-1\" is not a number"},
      {"v\n1 2\n", "v", "text:2: column \"v\": \"1 2\" is not a number"},
      {"v\n\"3,14\"\n", "v", "text:2: column \"v\": \"3,14\" is not a number (decimal comma?)"},
      {"v\ninf\n", "v", "text:2: column \"v\": \"inf\" is not finite"},
      {"v\n\x01\n", "v", "text:2: column \"v\": \"\\x01\" is not a number"},
      {"a,v\n\"x\ny\",1\nz,w\n", "v", "text:4: column \"v\": \"w\" is not a number"},
      {"v\n\"1\n2\n", "v", "text:2: a quote is opened here and never closed"},
      {"v\n\"1\"2\n", "v", "text:2: text follows the closing quote of \"1\""},
      {"\xFF\xFEv\n", "v", "text:1: the text is UTF-16; save it as UTF-8"},
  };
  for (const Case& c : cases)
    BOOST_TEST(error_of<FormatError>([&] { numbers(c.text, c.column); }) ==
               std::string("[read_csv] ") + c.message);
  for (Missing missing : {Missing::interpolate, Missing::drop})
    BOOST_TEST(error_of<FormatError>([&] { numbers("v\nNA\nNA\n", "v", missing); }) ==
               "[read_csv] text:2: column \"v\": it has no number");
}

BOOST_AUTO_TEST_CASE(files_that_cannot_be_read) {
  BOOST_TEST(error_of<IoError>([] { data::read_csv("/nowhere/a.csv"); }) ==
             "[read_csv] /nowhere/a.csv: No such file or directory");
  BOOST_TEST(error_of<IoError>([] { data::read_csv("/tmp"); }) ==
             "[read_csv] /tmp: Is a directory");
  BOOST_TEST(error_of<ValueError>([] { data::parse_missing("guess"); }) ==
             "[read_csv] missing is \"guess\"; it must be error, interpolate or drop");
}

BOOST_AUTO_TEST_CASE(a_locale_with_decimal_comma_changes_nothing) {
  const std::locale before = std::locale::global(std::locale(std::locale(), new DecimalComma));
  const char* c_locale = std::setlocale(LC_ALL, "de_DE.UTF-8");
  BOOST_TEST_MESSAGE("de_DE.UTF-8 is " << (c_locale ? "present" : "absent"));
  const Values values = numbers("v\n3.14\n1234.5\n", "v");
  std::setlocale(LC_ALL, "C");
  std::locale::global(before);
  BOOST_TEST(values == (Values{3.14, 1234.5}));
}

BOOST_AUTO_TEST_CASE(real_series) {
  const char* folder = getenv("CAROUSEL_DATA");
  const std::filesystem::path dir =
      std::filesystem::path(folder ? folder : CAROUSEL_SOURCE_DIR "/../shared/data") / "timeseries";
  if (!std::filesystem::is_directory(dir)) {
    BOOST_TEST_MESSAGE("skipped: there is no folder " << dir);
    return;
  }
  struct Case {
    const char *file, *column;
    std::size_t rows;
    double first, last;
    std::int64_t missing;
  };
  const Case cases[] = {{"airline-passengers.csv", "Passengers", 144, 112, 432, 0},
                        {"daily-max-temperatures.csv", "Temperature", 3650, 38.1, 24.6, 0},
                        {"daily-min-temperatures.csv", "Temp", 3650, 20.7, 13.0, 0},
                        {"daily-total-female-births.csv", "Births", 365, 35, 50, 0},
                        {"monthly-car-sales.csv", "Sales", 108, 6550, 14577, 0},
                        {"monthly-sunspots.csv", "Sunspots", 2820, 58.0, 33.4, 0},
                        {"pollution.csv", "pm2.5", 43824, 129, 12, 2067},
                        {"shampoo.csv", "Sales", 36, 266.0, 646.9, 0}};
  for (const Case& c : cases) {
    BOOST_TEST_CONTEXT(c.file) {
      const auto table = data::read_csv(dir / c.file, {.missing = Missing::interpolate});
      const auto column = table.column(c.column);
      BOOST_TEST(column.values.size() == c.rows);
      BOOST_TEST(column.values.front() == c.first);
      BOOST_TEST(column.values.back() == c.last);
      BOOST_TEST(column.missing == c.missing);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
