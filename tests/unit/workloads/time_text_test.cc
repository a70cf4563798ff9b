#include "workloads/traces/time_text.h"

#include <gtest/gtest.h>

#include <limits>

namespace tandem {
namespace {

using namespace std::chrono_literals;

TEST(ParseSeconds, IsExactToTheNanosecond) {
  EXPECT_EQ(parse_seconds("0"), 0ns);
  EXPECT_EQ(parse_seconds("12"), 12s);
  EXPECT_EQ(parse_seconds("66.0"), 66s);
  EXPECT_EQ(parse_seconds("0.1"), 100ms);
  EXPECT_EQ(parse_seconds(".5"), 500ms);
  EXPECT_EQ(parse_seconds("5."), 5s);
  EXPECT_EQ(parse_seconds("-1"), -1s);
  EXPECT_EQ(parse_seconds("000000000000000000000012"), 12s);
  // As a double this would be 1699999999.1234567.
  EXPECT_EQ(parse_seconds("1699999999.123456789"), 1699999999123456789ns);
}

TEST(ParseSeconds, RoundsBelowTheNanosecondHalfAwayFromZero) {
  EXPECT_EQ(parse_seconds("0.0000000004999"), 0ns);
  EXPECT_EQ(parse_seconds("0.0000000005"), 1ns);
  EXPECT_EQ(parse_seconds("-0.0000000005"), -1ns);
  EXPECT_EQ(parse_seconds("66.00000000000001"), 66s);
  EXPECT_EQ(parse_seconds("0.9999999999"), 1s);
}

TEST(ParseSeconds, ReadsExponents) {
  EXPECT_EQ(parse_seconds("1e3"), 1000s);
  EXPECT_EQ(parse_seconds("1.5E+3"), 1500s);
  EXPECT_EQ(parse_seconds("25e-1"), 2500ms);
  EXPECT_EQ(parse_seconds("6e-10"), 1ns);
  EXPECT_EQ(parse_seconds("9e-11"), 0ns);
  EXPECT_EQ(parse_seconds("1e-2000000000"), 0ns);
  EXPECT_EQ(parse_seconds("0e2000000000"), 0ns);
}

TEST(ParseSeconds, EndsWhere64BitsEnd) {
  EXPECT_EQ(parse_seconds("9223372036.854775807"),
            Duration{std::numeric_limits<std::int64_t>::max()});
  EXPECT_FALSE(parse_seconds("9223372036.854775808"));
  EXPECT_FALSE(parse_seconds("9223372036.8547758075"));
  EXPECT_FALSE(parse_seconds("9223372037"));
  EXPECT_FALSE(parse_seconds("9999999999"));
  EXPECT_FALSE(parse_seconds("1e30"));
  EXPECT_FALSE(parse_seconds("1e2000000000"));
  EXPECT_FALSE(parse_seconds("100000000000000000000000000000000000000000"));
}

TEST(ParseSeconds, TakesNothingElse) {
  for (const char* text :
       {"",    "-",     ".",   "-.",  "+1",   "1 ",   " 1",  "1s",    "1e",
        "1e+", "1e+-2", "nan", "inf", "-inf", "0x10", "1,5", "1.2.3", "1e99999999999",
        "--1", "12-"}) {
    EXPECT_FALSE(parse_seconds(text)) << text;
  }
}

TEST(ParseWallClock, CountsFrom1970) {
  EXPECT_EQ(parse_wall_clock("1970-01-01 00:00:00"), 0ns);
  EXPECT_EQ(parse_wall_clock("1970-01-02 01:02:03"), 24h + 1h + 2min + 3s);
  EXPECT_EQ(parse_wall_clock("2017-10-09 07:01:55"), 1507532515s);
  EXPECT_EQ(parse_wall_clock("2261-12-31 23:59:59"), 9214646399s);
}

TEST(ParseWallClock, KeepsFractions) {
  EXPECT_EQ(parse_wall_clock("1970-01-01 00:00:01.5"), 1500ms);
  EXPECT_EQ(parse_wall_clock("1970-01-01 00:00:00.1234567"), 123456700ns);
  EXPECT_EQ(parse_wall_clock("2023-11-16 18:17:03.979960012"), 1700158623979960012ns);
}

TEST(ParseWallClock, KnowsTheCalendar) {
  EXPECT_TRUE(parse_wall_clock("2000-02-29 00:00:00"));
  EXPECT_TRUE(parse_wall_clock("2016-02-29 00:00:00"));
  for (const char* text : {"1900-02-29 00:00:00", "2017-02-29 00:00:00", "2017-04-31 00:00:00",
                           "2017-00-10 00:00:00", "2017-13-10 00:00:00", "2017-01-00 00:00:00",
                           "2017-01-32 00:00:00", "2017-01-01 24:00:00", "2017-01-01 00:60:00",
                           "2017-01-01 00:00:60", "1969-12-31 23:59:59", "2262-01-01 00:00:00"}) {
    EXPECT_FALSE(parse_wall_clock(text)) << text;
  }
}

TEST(ParseWallClock, TakesNothingElse) {
  for (const char* text :
       {"", "2017-10-09", "2017-10-09 07:01", "2017-10-09T07:01:55", "2017/10/09 07:01:55",
        "2017-10-09 07:01:55Z", "2017-10-09 07:01:55.", "2017-10-09 07:01:55,5",
        "2017-10-09 07:01:55.1234567890", "2017-10-09 07:01:55.1e3", "2017-10-09 07:01:55e1",
        " 2017-10-09 07:01:55", "2017-10-09 07:01:5 ", "2017-10-9  07:01:55", "-017-10-09 07:01:55",
        "2017-10-09 07:01:55 "}) {
    EXPECT_FALSE(parse_wall_clock(text)) << text;
  }
}

}  // namespace
}  // namespace tandem
