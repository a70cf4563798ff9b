#include "reports/human.h"

#include <gtest/gtest.h>

namespace tandem {
namespace {

TEST(Human, ThreeDigitsAndAUnitThatFits) {
  EXPECT_EQ(human(0, Unit::kSeconds), "0 s");
  EXPECT_EQ(human(0.0305, Unit::kSeconds), "30.5 ms");
  EXPECT_EQ(human(59.99, Unit::kSeconds), "60.0 s");
  EXPECT_EQ(human(4320, Unit::kSeconds), "1.20 h");
  EXPECT_EQ(human(8.64e8, Unit::kSeconds), "10000 days");
  EXPECT_EQ(human(0.93, Unit::kFraction), "93.0 %");
  EXPECT_EQ(human(1, Unit::kFraction), "100 %");
  EXPECT_EQ(human(0.875, Unit::kPlain), "0.875");
  EXPECT_EQ(human(17, Unit::kCount), "17");
  EXPECT_EQ(human(2.5, Unit::kCount), "2.50");
  EXPECT_EQ(human(3'086'250, Unit::kMoney), "3.09 M");
  EXPECT_EQ(human(1111, Unit::kKilowattHours), "1.11 MWh");
}

TEST(Human, AnIntervalHasTheUnitOfItsMean) {
  EXPECT_EQ(human(4320, Unit::kSeconds, 360), "1.20±0.10 h");
  EXPECT_EQ(human(17, Unit::kCount, 0.5), "17.0±0.5");
  EXPECT_EQ(human(4320, Unit::kSeconds, 0), "1.20 h");
}

TEST(DisplayWidth, CountsCharactersNotBytes) {
  EXPECT_EQ(display_width("1.20±0.10 h"), 11u);
  EXPECT_EQ(display_width("…"), 1u);
}

TEST(Wrapped, BreaksAtSpaces) {
  EXPECT_EQ(wrapped("! one two three", 9, "  "), "! one two\n  three\n");
  EXPECT_EQ(wrapped("unbreakable", 4), "unbreakable\n");
}

}  // namespace
}  // namespace tandem
