#include "policies/core/csv_text.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <random>
#include <string>

namespace tandem {
namespace {

std::string seconds(std::int64_t count) {
  std::string text;
  append_seconds(text, Duration{count});
  return text;
}

TEST(Seconds, AreExactAndShort) {
  EXPECT_EQ(seconds(0), "0");
  EXPECT_EQ(seconds(1), "0.000000001");
  EXPECT_EQ(seconds(1'500'000'000), "1.5");
  EXPECT_EQ(seconds(90'000'000'000), "90");
  EXPECT_EQ(seconds(1'000'000'001), "1.000000001");
  EXPECT_EQ(seconds(-250'000'000), "-0.25");
  EXPECT_EQ(seconds(std::numeric_limits<std::int64_t>::max()), "9223372036.854775807");
  EXPECT_EQ(seconds(std::numeric_limits<std::int64_t>::min()), "-9223372036.854775808");
}

/// What the text says in nanoseconds, read digit by digit.
std::int64_t count_of(std::string text) {
  const std::size_t point = std::min(text.find('.'), text.size());
  std::string fraction = text.substr(std::min(point + 1, text.size()));
  fraction.resize(9, '0');
  return std::stoll(text.substr(0, point) + fraction);
}

TEST(Seconds, EveryDurationReadsBackTheSame) {
  std::mt19937_64 random(1);  // Its numbers are laid down by the standard, unlike distributions.
  for (int i = 0; i < 100'000; ++i) {
    const auto count = static_cast<std::int64_t>(random() >> (1 + random() % 63));  // All lengths.
    const std::string text = seconds(count);
    ASSERT_EQ(count_of(text), count) << text;
    ASSERT_TRUE(text.find('.') == std::string::npos || text.back() != '0') << text;
    ASSERT_EQ(seconds(-count), count == 0 ? text : "-" + text);
  }
}

TEST(Field, IsQuotedWhenItMustBe) {
  std::string text;
  append_field(text, "plain text");
  append_field(text, "|a,b");
  append_field(text, "|say \"no\"");
  append_field(text, "line\nbreak");
  EXPECT_EQ(text, "plain text\"|a,b\"\"|say \"\"no\"\"\"\"line\nbreak\"");
}

}  // namespace
}  // namespace tandem
