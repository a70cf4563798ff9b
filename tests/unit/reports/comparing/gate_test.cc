// What gates say of conditions, and the verdicts on figures: where an interval lies.
#include "reports/comparing/gate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/random/mersenne_twister.hpp>
#include <boost/random/normal_distribution.hpp>
#include <cmath>
#include <ranges>
#include <vector>

#include "reports/comparing/verdict.h"
#include "tests/support/random.h"

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

/// Against 100, of `freedom` degrees.
PairedEstimate estimated(double difference, double half_width, double freedom) {
  PairedEstimate estimate = changed(difference - half_width, difference + half_width);
  estimate.freedom = freedom;
  return estimate;
}

std::vector<GateOutcome> together(const std::vector<PairedEstimate>& estimates,
                                  const Condition& condition) {
  std::vector<HeldCondition> held;
  for (const PairedEstimate& estimate : estimates) held.push_back({&condition, &estimate});
  return outcomes_together(held);
}

TEST(Gate, IntervalsOfHigherConfidenceReachFurther) {
  // Tables of Student's t with 5 degrees of freedom: 2.571 at 97.5 %, 4.032 at 99.5 %.
  const PairedEstimate wide = at_confidence(estimated(10, 2.571, 5), 0.99);
  EXPECT_NEAR(wide.difference->low, 10 - 4.032, 0.002);
  EXPECT_NEAR(wide.difference->high, 10 + 4.032, 0.002);
  EXPECT_NEAR(wide.relative->low, 0.1 - 0.04032, 0.00002);
  EXPECT_NEAR(wide.head->high, 110 + 4.032, 0.002);
  EXPECT_EQ(at_confidence(exact_estimate({100, 110}), 0.99).difference, (Interval{10, 10}));
}

TEST(Gate, TheSurestOfThreeMustFailWithAThirdOfTheError) {
  using enum GateOutcome;
  const Condition condition = read("x > +0 s");
  // Half-widths as parts of t(5, 97.5 %) = 2.571 standard errors: at a third of the error they are
  // 1.373 times as wide, at half of it 1.230 times.
  const auto at = [](double half_widths) { return estimated(half_widths, 1, 5); };
  EXPECT_EQ(together({at(1.38), at(1.24), at(1.01)}, condition),
            (std::vector{kFails, kFails, kFails}));
  EXPECT_EQ(together({at(1.36), at(1.24), at(1.01)}, condition),
            (std::vector{kInconclusive, kInconclusive, kInconclusive}));
  EXPECT_EQ(together({at(1.22), at(1.38), at(1.01)}, condition),
            (std::vector{kInconclusive, kFails, kInconclusive}));
  EXPECT_EQ(together({at(1.38), at(0), at(-2)}, condition),
            (std::vector{kFails, kInconclusive, kPasses}));
  EXPECT_EQ(together({at(1.01)}, condition), (std::vector{kFails}));
  EXPECT_TRUE(together({}, condition).empty());
}

TEST(Gate, TogetherOnlyFailuresBecomeUnclear) {
  Random random(3);
  const Condition condition = read("x > +0 s");
  for (int round = 0; round < 500; ++round) {
    std::vector<PairedEstimate> estimates;
    for (std::uint32_t i = random.below(12); i > 0; --i) {
      estimates.push_back(
          estimated(static_cast<double>(random.between(-300, 600)) / 100, 1, 1 + random.below(30)));
    }
    const auto outcomes = together(estimates, condition);
    std::size_t kept = 0;
    for (std::size_t i = 0; i < estimates.size(); ++i) {
      const GateOutcome alone = outcome_of(condition, estimates[i]);
      kept += outcomes[i] == GateOutcome::kFails;
      if (outcomes[i] != alone) {
        EXPECT_EQ(alone, GateOutcome::kFails);
        EXPECT_EQ(outcomes[i], GateOutcome::kInconclusive);
      }
    }
    // Whatever fails does so at least where Bonferroni's correction says so.
    for (const PairedEstimate& estimate : estimates) {
      const double error = 0.05 / static_cast<double>(estimates.size());
      kept -= outcome_of(condition, at_confidence(estimate, 1 - error)) == GateOutcome::kFails;
    }
    EXPECT_LE(kept, estimates.size()) << "fewer than by Bonferroni in round " << round;
  }
}

/// The share of gates of `count` true hypotheses at the bound of which some fails.
double false_alarms(std::size_t count, bool is_together) {
  boost::random::mt19937_64 random(4);
  boost::random::normal_distribution<double> noise(0, 1);
  const Condition condition = read("x > +0 s");
  constexpr int kGates = 1000;
  constexpr int kSeeds = 8;
  int alarms = 0;
  for (int gate = 0; gate < kGates; ++gate) {
    std::vector<PairedEstimate> estimates;
    for (std::size_t i = 0; i < count; ++i) {
      double sum = 0, squares = 0;
      for (int seed = 0; seed < kSeeds; ++seed) {
        const double value = noise(random);
        sum += value;
        squares += value * value;
      }
      const double mean = sum / kSeeds;
      const double error = std::sqrt((squares - sum * mean) / (kSeeds - 1) / kSeeds);
      estimates.push_back(estimated(mean, 2.3646 * error, kSeeds - 1));  // t(7, 97.5 %)
    }
    const auto outcomes = together(estimates, condition);
    alarms += std::ranges::any_of(std::views::iota(std::size_t{0}, count), [&](std::size_t i) {
      const auto alone = outcome_of(condition, estimates[i]);
      return (is_together ? outcomes[i] : alone) == GateOutcome::kFails;
    });
  }
  return alarms / static_cast<double>(kGates);
}

TEST(Gate, TogetherTheyRaiseNoMoreFalseAlarmsThanOne) {
  // 2.5 % are promised; three standard errors of 1000 gates are 1.5 %.
  EXPECT_LE(false_alarms(1, true), 0.025 + 0.015);
  EXPECT_LE(false_alarms(20, true), 0.025 + 0.015);
  EXPECT_GT(false_alarms(20, false), 0.3) << "1 - 0.975^20 is 0.397";
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
