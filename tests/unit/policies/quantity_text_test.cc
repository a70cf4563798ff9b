#include "policies/core/quantity_text.h"

#include <gtest/gtest.h>

#include "tests/support/random.h"

namespace tandem {
namespace {

std::optional<std::int64_t> nanoseconds(std::string_view text) {
  const auto duration = parse_duration(text);
  return duration ? std::optional(duration->count()) : std::nullopt;
}

TEST(QuantityText, Durations) {
  EXPECT_EQ(nanoseconds("90 s"), 90'000'000'000);
  EXPECT_EQ(nanoseconds("1.5h"), 5'400'000'000'000);
  EXPECT_EQ(nanoseconds("7 days"), 604'800'000'000'000);
  EXPECT_EQ(nanoseconds(" 2min "), 120'000'000'000);
  EXPECT_EQ(nanoseconds("0"), 0);
  EXPECT_EQ(nanoseconds("-3ms"), -3'000'000);
  EXPECT_EQ(nanoseconds("1e3 us"), 1'000'000);
  EXPECT_EQ(nanoseconds("0.1 s"), 100'000'000);
  EXPECT_EQ(nanoseconds("2.675 us"), 2'675);
}

TEST(QuantityText, WhatIsNoDuration) {
  for (const char* text : {"", "7", "s", "7 fortnights", "1..5 s", "1 s s", "nan s", "inf h",
                           "300 years", "1e30 s", "0x10 s"}) {
    EXPECT_EQ(nanoseconds(text), std::nullopt) << text;
  }
}

TEST(QuantityText, Bytes) {
  EXPECT_EQ(parse_bytes("80 GB"), Bytes{80'000'000'000});
  EXPECT_EQ(parse_bytes("80GiB"), Bytes{80LL << 30});
  EXPECT_EQ(parse_bytes("1.5 kB"), Bytes{1500});
  EXPECT_EQ(parse_bytes("80 gb"), std::nullopt);
}

TEST(QuantityText, ExactDurationsAreReadBack) {
  EXPECT_EQ(exact_duration(std::chrono::seconds{90}), "90s");
  EXPECT_EQ(exact_duration(std::chrono::hours{48}), "2d");
  EXPECT_EQ(exact_duration(std::chrono::milliseconds{1500}), "1500ms");
  Random random(1);
  for (int i = 0; i < 2000; ++i) {
    const Duration duration{static_cast<std::int64_t>(random.next() >> (1 + random.below(60)))};
    EXPECT_EQ(parse_duration(exact_duration(duration)), duration) << duration.count();
  }
}

TEST(QuantityText, DurationsForPeople) {
  EXPECT_EQ(human_duration(std::chrono::milliseconds{850}), "850 ms");
  EXPECT_EQ(human_duration(std::chrono::milliseconds{12'300}), "12.3 s");
  EXPECT_EQ(human_duration(std::chrono::seconds{270}), "4.5 min");
  EXPECT_EQ(human_duration(std::chrono::hours{62}), "2.58 days");
  EXPECT_EQ(human_duration(Duration{0}), "0 s");
  EXPECT_EQ(human_duration(Duration{7}), "7 ns");
}

}  // namespace
}  // namespace tandem
