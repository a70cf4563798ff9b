#include <gtest/gtest.h>

#include "tests/support/error_of.h"
#include "workloads/requests/json_lines.h"

namespace tandem {
namespace {

JsonLines lines(std::string_view text) { return {text, "t", {"a", "bee"}, {"ids"}}; }

std::string error_in_line(const std::string& line) {
  return error_of([&] {
    const std::string text = "{\"a\": 1}\n" + line;
    JsonLines rows = lines(text);
    while (rows.next()) rows.field(0);
  });
}

TEST(JsonLines, FindsValuesByName) {
  JsonLines rows = lines(
      "\n  {\"bee\": \"x\\u00e9\\n\", \"other\": {\"a\": [1, {}]}, \"a\" : 12.5 }\r\n"
      "{\"ids\":[3, 1,18446744073709551615],\"a\":null}\n{}");
  ASSERT_TRUE(rows.next());
  EXPECT_EQ(rows.field(0).text, "12.5");
  EXPECT_EQ(rows.field(0).line, 2U);
  EXPECT_EQ(rows.field(0).column, 55U);
  EXPECT_EQ(rows.field(1).text, "x\xC3\xA9\n");
  EXPECT_FALSE(rows.list(0));
  ASSERT_TRUE(rows.next());
  EXPECT_FALSE(rows.given(0));
  ASSERT_TRUE(rows.list(0));
  EXPECT_EQ(std::vector(rows.list(0)->begin(), rows.list(0)->end()),
            (std::vector<std::uint64_t>{3, 1, 18446744073709551615U}));
  ASSERT_TRUE(rows.next());
  EXPECT_FALSE(rows.given(0));
  EXPECT_FALSE(rows.list(0));
  EXPECT_FALSE(rows.next());
}

TEST(JsonLines, SaysWhatIsMissing) {
  EXPECT_EQ(error_in_line("{\"be\": 1, \"A\": 2}"),
            "t:2: the key 'a' is missing (did you mean it by 'A'?)");
  EXPECT_EQ(error_in_line("{\"xylophone\": 1, \"yy\": 2}"),
            "t:2: the key 'a' is missing; there are 'xylophone,yy'");
}

TEST(JsonLines, SaysWhereTheFormIsWrong) {
  EXPECT_EQ(error_in_line("{\"a\": 1, \"a\": 2}"), "t:2:15: the key 'a' comes twice");
  EXPECT_EQ(error_in_line("{\"a\": 1} {}"), "t:2:10: expected nothing more behind the object");
  EXPECT_EQ(error_in_line("{\"a\": 1, \"ids\": [1, -2]}"),
            "t:2:21: ids is '-2': expected a list of whole numbers, 0 or more");
  EXPECT_EQ(error_in_line("{\"a\": 1, \"ids\": 7}"),
            "t:2:17: ids is '7': expected a list of whole numbers, 0 or more");
  for (const char* line : {"[1]", "7", "{", "{\"a\"", "{\"a\" 1}", "{\"a\": 1,}", "{\"a\": \"x}",
                           "{\"a\": 1 \"b\": 2}", "\xFF", "{\"a\": \"\xFF\"}"}) {
    EXPECT_TRUE(error_in_line(line).starts_with("t:2")) << line << ": " << error_in_line(line);
  }
}

}  // namespace
}  // namespace tandem
