// Conditions: read, and refused with the place.
#include "reports/conditions/condition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "tests/support/error_of.h"
#include "tests/unit/reports/sample_results.h"

namespace tandem {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

Condition read(std::string_view text) { return parse_condition(text, {"--fail-on", 1, 1}); }

TEST(Condition, SaysFigureSideAndBound) {
  const Condition relative = read(" jct.mean  > +2 % ");
  EXPECT_EQ(relative.figure, "jct.mean");
  EXPECT_EQ(relative.comparison, Comparison::kMore);
  EXPECT_EQ(relative.subject(), Condition::Subject::kRelative);
  EXPECT_DOUBLE_EQ(relative.bound.amount, 0.02);
  const Condition absolute = read("wait.p95>=+1.5 min");
  EXPECT_EQ(absolute.subject(), Condition::Subject::kAbsolute);
  EXPECT_EQ(absolute.comparison, Comparison::kAtLeast);
  EXPECT_DOUBLE_EQ(absolute.bound.amount, 90);
  const Condition level = read("utilization < 80%");
  EXPECT_EQ(level.subject(), Condition::Subject::kLevel);
  EXPECT_EQ(level.comparison, Comparison::kLess);
  EXPECT_DOUBLE_EQ(level.bound.amount, 0.8);
  EXPECT_DOUBLE_EQ(read("cost > +1000 USD").bound.amount, 1000);
  EXPECT_DOUBLE_EQ(read("energy > +1.5 MWh").bound.amount, 1500);
  EXPECT_DOUBLE_EQ(read("utilization < -2 pp").bound.amount, -0.02);
  EXPECT_DOUBLE_EQ(read("chat.ttft.p99 > 800 ms").bound.amount, 0.8);
  EXPECT_DOUBLE_EQ(read("wait.p95<30min").bound.amount, 1800);
  EXPECT_DOUBLE_EQ(read("  wait.mean  <=  1.5 h ").bound.amount, 5400);
  EXPECT_DOUBLE_EQ(read("attainment >= 99 %").bound.amount, 0.99);
  EXPECT_DOUBLE_EQ(read("slowdown.p95 < 10").bound.amount, 10);
  EXPECT_EQ(read("wait_s_p95 > +2 %").figure, "wait.p95");
}

TEST(Condition, NamesTheColumnOfWhatIsWrong) {
  const std::pair<std::string, std::string> cases[] = {
      {"", "--fail-on:1:1: expected a condition such as"},
      {"> +2 %", "--fail-on:1:1: expected a condition"},
      {"jct.mean", "--fail-on:1:9: expected >, >=, < or <= behind 'jct.mean', found ''"},
      {"jct.mean = 2 %", "--fail-on:1:10: expected >, >=, < or <="},
      {"jct.mean > ", "--fail-on:1:12: expected a number with a unit"},
      {"jct.mean > +", "--fail-on:1:13: expected a number"},
      {"jct.mean > two", "--fail-on:1:12: expected a number with a unit"},
      {"jct.mean > +2 hh", "--fail-on:1:15: unknown unit 'hh'"},
      {"jct.mean > 1 h or so", "--fail-on:1:14: unknown unit 'h or so'"},
      {"jct.mean > 1e308 weeks", "--fail-on:1:12: the amount is too large"},
      {"jct.mean > +inf %", "--fail-on:1:13: expected a number"}};
  for (const auto& [text, message] : cases) {
    EXPECT_THAT(error_of([&] { read(text); }), StartsWith(message)) << text;
  }
}

TEST(Condition, FiguresAndUnitsMustFit) {
  const auto figures = named_figures(sample_run("fifo", 1, 60));
  const auto error = [&](std::string_view text) {
    return error_of([&] { figure_of(read(text), figures); });
  };
  EXPECT_EQ(figure_of(read("jct.mean > +2 %"), figures).name, "jct.mean");
  EXPECT_EQ(figure_of(read("bob.wait.mean > +30 s"), figures).name, "bob.wait.mean");
  EXPECT_EQ(figure_of(read("tenants.bob.wait.mean > +30 s"), figures).name, "bob.wait.mean");
  EXPECT_THAT(error("jtc.mean > +2 %"),
              StartsWith("--fail-on:1:1: unknown figure 'jtc.mean' (did you mean 'jct.mean'?)"));
  EXPECT_THAT(error("jct.mean > 2 %"), HasSubstr("a change carries its sign: '+2 %'"));
  EXPECT_THAT(error("slowdown.p95 < 3 s"), StartsWith("--fail-on:1:16: slowdown.p95 cannot be"));
  EXPECT_THAT(error("utilization >= 990 %"), StartsWith("--fail-on:1:16: a share is at most 100"));
  EXPECT_THAT(error("utilization >= 0.99"), HasSubstr("'80 %'"));
  EXPECT_THAT(error("utilization < -0.02"), HasSubstr("'2 pp'"));
  EXPECT_THAT(error("utilization < -3 s"), StartsWith("--fail-on:1:15: utilization cannot be"));
  EXPECT_THAT(error("wait.mean > +3"), HasSubstr("'30 s' or '5 min'"));
}

TEST(Condition, ComparesAsItSays) {
  EXPECT_FALSE(read("wait.p95 < 1 s").holds(1));
  EXPECT_TRUE(read("wait.p95 <= 1 s").holds(1));
  EXPECT_FALSE(read("utilization > 50 %").holds(0.5));
  EXPECT_TRUE(read("utilization >= 50 %").holds(0.5));
}

}  // namespace
}  // namespace tandem
