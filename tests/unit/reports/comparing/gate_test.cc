// What gates say of conditions, and the verdicts on figures: where an interval lies.
#include "reports/comparing/gate.h"

#include <gtest/gtest.h>

#include "reports/comparing/verdict.h"

namespace tandem {
namespace {

Condition read(std::string_view text) { return parse_condition(text, {"--fail-on", 1, 1}); }

NamedFigure figure(const std::string& name, Unit unit, bool is_latency = false) {
  NamedFigure made;
  made.name = made.full_name = name;
  made.unit = unit;
  made.is_latency = is_latency;
  return made;
}

PairedEstimate changed(double low, double high) {
  PairedEstimate estimate;
  estimate.value = {100, 100 + (low + high) / 2};
  estimate.difference = Interval{low, high};
  estimate.relative = Interval{low / 100, high / 100};
  estimate.head = Interval{100 + low, 100 + high};
  return estimate;
}

TEST(Gate, FailsOnlyIfTheWholeIntervalSaysSo) {
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

TEST(Gate, WithoutAnIntervalNobodyCanSayThatItFails) {
  PairedEstimate estimate;
  estimate.value = {100, 110};
  EXPECT_EQ(outcome_of(read("x > +2 %"), estimate), GateOutcome::kInconclusive);
  EXPECT_EQ(outcome_of(read("x > +20 %"), estimate), GateOutcome::kPasses);
}

TEST(Gate, SomethingAgainstNothingIsInfinitelyMore) {
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
  const NamedFigure wait = figure("wait.mean", Unit::kSeconds);
  EXPECT_EQ(effects.of(wait, 3600), (MinimumEffect{0.02, true}));
  EXPECT_EQ(effects.of(wait, 3), (MinimumEffect{1, false}));
  EXPECT_EQ(effects.of(figure("chat.ttft.p95", Unit::kSeconds, true), 0.2),
            (MinimumEffect{0.02, true}));
  EXPECT_EQ(effects.of(figure("jobs.failed", Unit::kCount), 0), (MinimumEffect{0.5, false}));
  effects.set("wait.mean", parse_bound("30 s", {}));
  EXPECT_EQ(effects.of(wait, 3), (MinimumEffect{30, false}));
  NamedFigure of_tenant = figure("red.wait.mean", Unit::kSeconds);
  of_tenant.full_name = "tenants.red.wait.mean";
  effects.set("tenants.red.wait.mean", parse_bound("5 %", {}));
  EXPECT_EQ(effects.of(of_tenant, 3), (MinimumEffect{0.05, true}));
}

}  // namespace
}  // namespace tandem
