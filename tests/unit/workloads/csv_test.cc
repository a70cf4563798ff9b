#include "workloads/traces/csv.h"

#include <gtest/gtest.h>

#include "tests/support/error_of.h"

namespace tandem {
namespace {

/// All rows, fields with '|' between them.
std::string rows_of(std::string_view text) {
  CsvReader csv(text, "t.csv");
  std::string rows;
  while (csv.next()) {
    for (std::size_t i = 0; i < csv.header().size(); ++i) {
      if (i > 0) rows += '|';
      rows += csv.field(i).text;
    }
    rows += '\n';
  }
  return rows;
}

std::string error_in(std::string_view text) {
  return error_of([&] { rows_of(text); });
}

TEST(CsvReader, FindsColumnsByName) {
  CsvReader csv("b,a,extra\n1,2,3\n", "t.csv");
  EXPECT_EQ(csv.column("a"), 1U);
  EXPECT_EQ(csv.column("b"), 0U);
  EXPECT_FALSE(csv.find("c"));
  ASSERT_TRUE(csv.next());
  EXPECT_EQ(csv.field(csv.column("a")).text, "2");
  EXPECT_FALSE(csv.next());
}

TEST(CsvReader, ReadsEveryKindOfLineEnd) {
  EXPECT_EQ(rows_of("a,b\n1,2\n3,4\n"), "1|2\n3|4\n");
  EXPECT_EQ(rows_of("a,b\r\n1,2\r\n3,4\r\n"), "1|2\n3|4\n");
  EXPECT_EQ(rows_of("a,b\n1,2\n3,4"), "1|2\n3|4\n");
  EXPECT_EQ(rows_of("\n \na,b\n\n1,2\n\t\n\r\n3,4\n\n\n"), "1|2\n3|4\n");
  EXPECT_EQ(rows_of("a,b"), "");
}

TEST(CsvReader, PassesOverAByteOrderMark) {
  CsvReader csv("\xEF\xBB\xBFjob_id,b\nx,y\n", "t.csv");
  EXPECT_EQ(csv.column("job_id"), 0U);
}

TEST(CsvReader, Unquotes) {
  EXPECT_EQ(rows_of("a,\"b\"\n\"1,5\",\"say \"\"hi\"\"\"\n"), "1,5|say \"hi\"\n");
  EXPECT_EQ(rows_of("a,b\n\"\",\"\"\"\"\n"), "|\"\n");
  EXPECT_EQ(rows_of("a,b\n\"x\"\"\",\"\"\"y\"\n"), "x\"|\"y\n");
  EXPECT_EQ(rows_of("a,b\n \"1\" , 2 \n"), "1|2\n");
  EXPECT_EQ(rows_of("a,b\n1\"2,3\"\n"), "1\"2|3\"\n");
}

TEST(CsvReader, KnowsWhereFieldsStand) {
  CsvReader csv("a,b,c\n\n10, \"x\"\"y\",  7\n", "t.csv");
  ASSERT_TRUE(csv.next());
  for (const auto& [column, at] : {std::pair(0U, 1U), {1U, 5U}, {2U, 14U}}) {
    EXPECT_EQ(csv.field(column).line, 3U);
    EXPECT_EQ(csv.field(column).column, at);
  }
  EXPECT_EQ(error_of([&] { fail(csv.field(2), "eight"); }), "t.csv:3:14: c is '7': expected eight");
}

TEST(CsvReader, TellsEmptyFromAbsent) {
  CsvReader csv("a,b\n,2\n", "t.csv");
  ASSERT_TRUE(csv.next());
  EXPECT_FALSE(csv.given(csv.find("a")));
  EXPECT_FALSE(csv.given(csv.find("c")));
  EXPECT_EQ(csv.given(csv.find("b"))->text, "2");
}

TEST(CsvReader, NamesTheNearestColumn) {
  const CsvReader csv("job_id,num_gpus,start", "t.csv");
  EXPECT_EQ(error_of([&] { csv.column("num_gpu"); }),
            "t.csv:1: column 'num_gpu' is missing (did you mean it by 'num_gpus'?)");
  EXPECT_EQ(error_of([&] { csv.column("walltime"); }),
            "t.csv:1: column 'walltime' is missing; the header is 'job_id,num_gpus,start'");
}

TEST(CsvReader, WantsAHeader) {
  EXPECT_EQ(error_in(""), "t.csv: there is no header line");
  EXPECT_EQ(error_in("\n \n"), "t.csv: there is no header line");
  EXPECT_EQ(error_in("a,b,a\n"), "t.csv:1:5: column 'a' comes twice");
  EXPECT_EQ(error_in(std::string(2'000, ',')), "t.csv:1: the header has more than 1000 columns");
}

TEST(CsvReader, WantsAsManyFieldsAsTheHeader) {
  EXPECT_EQ(error_in("a,b,c\n1,2,3\n1,2\n"),
            "t.csv:3:4: the row has 2 fields: expected 3, as in the header");
  EXPECT_EQ(error_in("a,b\n1,2,3,4\n"),
            "t.csv:2:5: the row has 4 fields: expected 2, as in the header");
}

TEST(CsvReader, WantsQuotesToEnd) {
  EXPECT_EQ(error_in("a,b\n1,\"2\n3,4\"\n"),
            "t.csv:2:3: the quoted field does not end on its line");
  EXPECT_EQ(error_in("a,b\n\"1\"x,2\n"), "t.csv:2:4: expected a comma behind the quoted field");
  EXPECT_EQ(error_in("a,b\n\"\"\"\n"), "t.csv:2:1: the quoted field does not end on its line");
}

TEST(CsvReader, RefusesLongLinesUnread) {
  const std::string longest(1U << 20U, 'x');
  EXPECT_EQ(rows_of("a\n" + longest + "\r\n"), longest + "\n");
  EXPECT_EQ(rows_of("a\n" + longest), longest + "\n");
  EXPECT_EQ(error_in("a\n" + longest + "x\n"),
            "t.csv:2: the line is longer than 1 MiB: this is no trace");
  EXPECT_EQ(error_in("a\n1\n" + longest + longest),
            "t.csv:3: the line is longer than 1 MiB: this is no trace");
}

TEST(CsvReader, ReadsWholeNumbersWithinBounds) {
  CsvReader csv("n\n12\n12.00\n12.5\n-1\n99\n1e2\n12.\n99999999999999999999\n", "t.csv");
  const auto next = [&csv] {
    csv.next();
    return whole_number(csv.field(0), 0, 98, "a number");
  };
  EXPECT_EQ(next(), 12);
  EXPECT_EQ(next(), 12);
  EXPECT_EQ(error_of(next), "t.csv:4:1: n is '12.5': expected a number");
  EXPECT_EQ(error_of(next), "t.csv:5:1: n is '-1': expected a number");
  EXPECT_EQ(error_of(next), "t.csv:6:1: n is '99': expected a number");
  EXPECT_EQ(error_of(next), "t.csv:7:1: n is '1e2': expected a number");
  EXPECT_EQ(error_of(next), "t.csv:8:1: n is '12.': expected a number");
  EXPECT_EQ(error_of(next), "t.csv:9:1: n is '99999999999999999999': expected a number");
}

}  // namespace
}  // namespace tandem
