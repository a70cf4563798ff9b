#include "policies/registry.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/error_of.h"
#include "tests/support/runs.h"

namespace tandem {
namespace {

std::string error_for(const std::string& policy) {
  return error_of([&] { canonical_policy(policy); });
}

TEST(Registry, EveryCompositionCanBeMade) {
  for (const std::string& policy : every_policy()) EXPECT_EQ(canonical_policy(policy), policy);
}

TEST(Registry, ShortNamesAreCompositions) {
  EXPECT_EQ(canonical_policy("easy"), "easy");
  EXPECT_EQ(canonical_policy("first-fit + spread"), "first-fit+spread");
  const Scenario scenario =
      scenario_of(nodes(1, 4), std::vector<JobRow>{{0, 10, 2}, {0, 10, 4}, {0, 10, 2}});
  EXPECT_EQ(starts(scenario, "easy"), starts(scenario, "fifo+easy"));
}

TEST(Registry, EveryPartIsDescribed) {
  for (const PartInfo& part : policy_parts()) {
    EXPECT_FALSE(part.summary.empty()) << part.name;
    EXPECT_EQ(part.stands_for.empty(), part.kind != PartKind::kShortName) << part.name;
    for (const ParameterInfo& parameter : part.parameters) {
      EXPECT_FALSE(parameter.meaning.empty()) << part.name << ":" << parameter.name;
    }
  }
}

TEST(Registry, UnknownNamesAreMet) {
  EXPECT_EQ(error_for("fif"), "unknown policy 'fif' (did you mean 'fifo'?)");
  EXPECT_EQ(error_for("fifo+eazy"), "unknown policy part 'eazy' (did you mean 'easy'?)");
  EXPECT_TRUE(error_for("packed").starts_with("unknown policy 'packed' (one of: fifo, "));
  EXPECT_EQ(error_for(""), "a policy has no name");
  EXPECT_TRUE(error_for("fifo+").starts_with("unknown policy part '' (one of: none, first-fit, "));
}

TEST(Registry, BackfillParametersAreChecked) {
  EXPECT_EQ(canonical_policy("fifo+slack:slack=0"), "fifo+slack:slack=0");
  EXPECT_EQ(error_for("fifo+slack:slack=-1"),
            "policy parameter slack:slack=-1: expected a number, 0 or more");
  EXPECT_EQ(error_for("fifo+conservative:compression=shifted"),
            "policy parameter conservative:compression=shifted is unknown (did you mean 'shift'?)");
}

TEST(Registry, PartsAreGivenOnce) {
  EXPECT_EQ(error_for("easy+first-fit"), "policy 'easy+first-fit' has two backfills");
  EXPECT_EQ(error_for("fifo+packed+spread"), "policy 'fifo+packed+spread' has two placements");
}

TEST(Registry, ParametersAreChecked) {
  EXPECT_EQ(error_for("fifo:weight=1"), "policy 'fifo' has no parameter 'weight' (it has none)");
  EXPECT_EQ(error_for("priority-aging:wieght=1"),
            "policy 'priority-aging' has no parameter 'wieght' (did you mean 'weight'?)");
  EXPECT_EQ(error_for("priority-aging:weight"),
            "policy part 'priority-aging:weight': expected key=value after ':', found 'weight'");
  EXPECT_EQ(error_for("priority-aging:weight=1:weight=2"),
            "policy part 'priority-aging:weight=1:weight=2': 'weight' is given twice");
  EXPECT_EQ(error_for("priority-aging:weight=0"),
            "policy parameter priority-aging:weight=0: expected a whole number from 1 to "
            "1000000000000");
  EXPECT_EQ(error_for("priority-aging:max_age=0s"),
            "policy parameter priority-aging:max_age=0s: expected a duration such as 7d or 90s");
  EXPECT_EQ(error_for("fair-share:half_life=7"),
            "policy parameter fair-share:half_life=7: expected a duration such as 7d or 90s");
  EXPECT_EQ(error_for("fair-share:damping=0"),
            "policy parameter fair-share:damping=0: expected a number above 0");
  EXPECT_EQ(error_for("sjf:size=orcale"),
            "policy parameter sjf:size=orcale is unknown (did you mean 'oracle'?)");
  EXPECT_EQ(error_for("easy:x=1"), "policy 'easy' has no parameters; write 'fifo+easy' with them");
}

}  // namespace
}  // namespace tandem
