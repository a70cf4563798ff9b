// What gates fail on: read, refused with the place, and decided by intervals.
#include "reports/comparing/condition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "reports/comparing/verdict.h"
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
  EXPECT_TRUE(relative.is_above);
  EXPECT_TRUE(relative.is_strict);
  EXPECT_EQ(relative.subject(), Condition::Subject::kRelative);
  EXPECT_DOUBLE_EQ(relative.bound.amount, 0.02);
  const Condition absolute = read("wait.p95>=+1.5 min");
  EXPECT_EQ(absolute.subject(), Condition::Subject::kAbsolute);
  EXPECT_FALSE(absolute.is_strict);
  EXPECT_DOUBLE_EQ(absolute.bound.amount, 90);
  const Condition level = read("utilization < 80%");
  EXPECT_EQ(level.subject(), Condition::Subject::kLevel);
  EXPECT_FALSE(level.is_above);
  EXPECT_DOUBLE_EQ(level.bound.amount, 0.8);
  EXPECT_DOUBLE_EQ(read("cost > +1000 USD").bound.amount, 1000);
  EXPECT_DOUBLE_EQ(read("energy > +1.5 MWh").bound.amount, 1500);
  EXPECT_DOUBLE_EQ(read("utilization < -2 pp").bound.amount, -0.02);
  EXPECT_DOUBLE_EQ(read("chat.ttft.p99 > 800 ms").bound.amount, 0.8);
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
      {"jct.mean > +inf %", "--fail-on:1:13: expected a number"}};
  for (const auto& [text, message] : cases) {
    EXPECT_THAT(error_of([&] { read(text); }), StartsWith(message)) << text;
  }
}

TEST(Condition, FiguresAndUnitsMustFit) {
  const auto figures = named_figures(sample_run("fifo", 1, 60));
  const auto error = [&](std::string_view text) {
    return error_of([&] { check_condition(read(text), figures); });
  };
  EXPECT_NO_THROW(check_condition(read("jct.mean > +2 %"), figures));
  EXPECT_NO_THROW(check_condition(read("tenants.bob.wait.mean > +30 s"), figures));
  EXPECT_THAT(error("jtc.mean > +2 %"),
              StartsWith("--fail-on:1:1: unknown figure 'jtc.mean' (did you mean 'jct.mean'?)"));
  EXPECT_THAT(error("jct.mean > 2 %"), HasSubstr("a change carries its sign: '+2 %'"));
  EXPECT_THAT(error("utilization < -3 s"), StartsWith("--fail-on:1:15: utilization cannot be"));
  EXPECT_THAT(error("wait.mean > +3"), HasSubstr("'30 s' or '5 min'"));
}

PairedEstimate changed(double low, double high) {
  PairedEstimate estimate;
  estimate.value = {100, 100 + (low + high) / 2};
  estimate.difference = Interval{low, high};
  estimate.relative = Interval{low / 100, high / 100};
  estimate.head = Interval{100 + low, 100 + high};
  return estimate;
}

TEST(Condition, FailsOnlyIfTheWholeIntervalSaysSo) {
  EXPECT_EQ(outcome_of(read("x > +2 %"), changed(3, 5)), GateOutcome::kFails);
  EXPECT_EQ(outcome_of(read("x > +2 %"), changed(1, 5)), GateOutcome::kInconclusive);
  EXPECT_EQ(outcome_of(read("x > +2 %"), changed(-1, 1)), GateOutcome::kPasses);
  EXPECT_EQ(outcome_of(read("x > +2 %"), changed(1, 2)), GateOutcome::kPasses);
  EXPECT_EQ(outcome_of(read("x >= +2 %"), changed(1, 2)), GateOutcome::kInconclusive);
  EXPECT_EQ(outcome_of(read("x < -2 %"), changed(-5, -3)), GateOutcome::kFails);
  EXPECT_EQ(outcome_of(read("x > +2 s"), changed(3, 5)), GateOutcome::kFails);
  EXPECT_EQ(outcome_of(read("x > 104 s"), changed(3, 5)), GateOutcome::kInconclusive);
  EXPECT_EQ(outcome_of(read("x > 102 s"), changed(3, 5)), GateOutcome::kFails);
}

TEST(Condition, WithoutAnIntervalNobodyCanSayThatItFails) {
  PairedEstimate estimate;
  estimate.value = {100, 110};
  EXPECT_EQ(outcome_of(read("x > +2 %"), estimate), GateOutcome::kInconclusive);
  EXPECT_EQ(outcome_of(read("x > +20 %"), estimate), GateOutcome::kPasses);
}

TEST(Condition, SomethingAgainstNothingIsInfinitelyMore) {
  PairedEstimate estimate;
  estimate.value = {0, 3};
  estimate.difference = Interval{2, 4};
  EXPECT_EQ(outcome_of(read("x > +50 %"), estimate), GateOutcome::kFails);
  estimate.difference = Interval{-1, 4};
  EXPECT_EQ(outcome_of(read("x > +50 %"), estimate), GateOutcome::kInconclusive);
}

TEST(Verdict, ComesFromWhereTheIntervalLies) {
  const MinimumEffect two_percent{0.02, true};
  const auto verdict = [&](double low, double high, Better better) {
    return *verdict_of(changed(low, high), two_percent, better);
  };
  EXPECT_EQ(verdict(3, 5, Better::kLess), Verdict::kWorse);
  EXPECT_EQ(verdict(3, 5, Better::kMore), Verdict::kBetter);
  EXPECT_EQ(verdict(-5, -3, Better::kLess), Verdict::kBetter);
  EXPECT_EQ(verdict(-5, -3, Better::kMore), Verdict::kWorse);
  EXPECT_EQ(verdict(-1, 1.9, Better::kLess), Verdict::kSame);
  EXPECT_EQ(verdict(1, 1.9, Better::kLess), Verdict::kSame);
  EXPECT_EQ(verdict(-1, 2, Better::kLess), Verdict::kInconclusive);
  EXPECT_EQ(verdict(1, 5, Better::kLess), Verdict::kInconclusive);
  EXPECT_EQ(verdict(0, 0, Better::kLess), Verdict::kSame);
  EXPECT_FALSE(verdict_of(changed(3, 5), two_percent, Better::kNeither));
  EXPECT_EQ(verdict_of(changed(3, 5), {4, false}, Better::kLess), Verdict::kInconclusive);
}

TEST(MinimumEffects, HaveAFloorByUnit) {
  MinimumEffects effects;
  EXPECT_EQ(effects.of("wait.mean", Unit::kSeconds, false, 3600), (MinimumEffect{0.02, true}));
  EXPECT_EQ(effects.of("wait.mean", Unit::kSeconds, false, 3), (MinimumEffect{1, false}));
  EXPECT_EQ(effects.of("chat.ttft.p95", Unit::kSeconds, true, 0.2), (MinimumEffect{0.02, true}));
  EXPECT_EQ(effects.of("jobs.failed", Unit::kCount, false, 0), (MinimumEffect{0.5, false}));
  effects.set("wait.mean", parse_bound("30 s", {}));
  EXPECT_EQ(effects.of("wait.mean", Unit::kSeconds, false, 3), (MinimumEffect{30, false}));
}

}  // namespace
}  // namespace tandem
