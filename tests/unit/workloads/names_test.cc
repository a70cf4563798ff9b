#include "workloads/traces/names.h"

#include <gtest/gtest.h>

namespace tandem {
namespace {

TEST(IsName, WantsTextWithoutSpaceAndControl) {
  EXPECT_TRUE(is_name("job-1"));
  EXPECT_TRUE(is_name("\"quoted\",name"));
  EXPECT_TRUE(is_name("m\xC3\xBCller"));
  for (const std::string_view text :
       {std::string_view(""), std::string_view("a b"), std::string_view("a\tb"),
        std::string_view("a\nb"), std::string_view("\x7F"), std::string_view("a\0b", 3)}) {
    EXPECT_FALSE(is_name(text)) << shown(text);
  }
}

TEST(IsUtf8, KnowsWhatIsNone) {
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8("\xE2\x82\xAC"));      // Euro.
  EXPECT_TRUE(is_utf8("\xF0\x9F\x98\x80"));  // Beyond 16 bits.
  EXPECT_FALSE(is_utf8("\x80"));             // Continues nothing.
  EXPECT_FALSE(is_utf8("\xC3"));             // Cut off.
  EXPECT_FALSE(is_utf8("\xC0\xAF"));         // Longer than needed.
  EXPECT_FALSE(is_utf8("\xE0\x80\xAF"));
  EXPECT_FALSE(is_utf8("\xF0\x80\x80\xAF"));
  EXPECT_FALSE(is_utf8("\xED\xA0\x80"));      // Half of a surrogate pair.
  EXPECT_FALSE(is_utf8("\xF4\x90\x80\x80"));  // Beyond the last character.
  EXPECT_FALSE(is_utf8("\xFF"));
  EXPECT_FALSE(is_name("caf\xE9"));  // Latin-1.
}

TEST(Shown, IsAlwaysPrintable) {
  EXPECT_EQ(shown("eight"), "'eight'");
  EXPECT_EQ(shown(""), "''");
  EXPECT_EQ(shown("a b"), "'a b'");
  EXPECT_EQ(shown(std::string_view("a\0\x1B[1m", 6)), "'a\\x00\\x1b[1m'");
  EXPECT_EQ(shown("m\xC3\xBCller"), "'m\xC3\xBCller'");
  EXPECT_EQ(shown("caf\xE9"), "'caf\\xe9'");
}

TEST(Shown, IsShort) {
  EXPECT_EQ(shown(std::string(100, 'x')), "'" + std::string(40, 'x') + "...'");
  // The cut falls between characters.
  EXPECT_EQ(shown(std::string(39, 'x') + "\xC3\xBC\xC3\xBC"), "'" + std::string(39, 'x') + "...'");
}

TEST(LowerCase, ChangesOnlyAscii) { EXPECT_EQ(lower_case("V100M16-\xC3\x9C"), "v100m16-\xC3\x9C"); }

}  // namespace
}  // namespace tandem
