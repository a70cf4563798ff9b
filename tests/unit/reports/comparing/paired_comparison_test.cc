// Whole comparisons of made-up results: what is paired, what is said, what a gate makes of it.
#include "reports/comparing/paired_comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "reports/comparing/comparison_text.h"
#include "reports/comparing/suite_report.h"
#include "tests/support/error_of.h"
#include "tests/unit/reports/sample_results.h"

namespace tandem {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

/// Runs with seeds from 1 whose mean wait is about `wait`, with the same noise for equal seeds.
ComparedResult result(const std::string& policy, double wait, std::uint64_t seeds) {
  ComparedResult made;
  made.path = "out";
  made.scenario = {"lab", "0123", {}};
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const double noise = static_cast<double>(seed * 7 % 5);
    made.runs.push_back(sample_run(policy, seed, wait + noise));
  }
  return made;
}

PairedComparison compare(ComparedResult base, ComparedResult head,
                         const std::vector<std::string>& fail_on = {}) {
  ComparisonSettings settings;
  for (const std::string& text : fail_on) {
    settings.conditions.push_back(parse_condition(text, {"--fail-on", 1, 1}));
  }
  return compare_paired(std::move(base), std::move(head), settings);
}

const ComparedFigure& figure(const PairedComparison& comparison, const std::string& name) {
  for (const ComparedFigure& compared : comparison.policies.at(0).figures) {
    if (compared.figure.name == name) return compared;
  }
  throw std::out_of_range(name);
}

TEST(PairedComparison, EqualResultsAreTheSame) {
  const auto comparison = compare(result("fifo", 600, 8), result("fifo", 600, 8));
  EXPECT_EQ(comparison.outcome(), GateOutcome::kPasses);
  EXPECT_THAT(verdict_line(comparison), StartsWith("PASSED: BASE and HEAD have equal figures"));
  for (const ComparedFigure& compared : comparison.policies[0].figures) {
    EXPECT_EQ(compared.verdict.value_or(Verdict::kSame), Verdict::kSame) << compared.figure.name;
  }
  EXPECT_THAT(comparison.notes, IsEmpty());
}

TEST(PairedComparison, SeedsAreWhatIsDrawnFromIfThereAreEnough) {
  const auto comparison = compare(result("fifo", 600, 8), result("fifo", 660, 8));
  const ComparedFigure& wait = figure(comparison, "wait.mean");
  EXPECT_EQ(wait.drawn_from, DrawnFrom::kRuns);
  EXPECT_EQ(wait.units, 8U);
  EXPECT_NEAR(wait.estimate.value.difference(), 60, 1e-9);
  EXPECT_EQ(wait.verdict, Verdict::kWorse);
  EXPECT_EQ(comparison.outcome(), GateOutcome::kFails);
  EXPECT_THAT(verdict_line(comparison), StartsWith("FAILED: "));
  EXPECT_EQ(exit_code_of(comparison.outcome()), 1);
}

TEST(PairedComparison, ConditionsReplaceTheDefaultGate) {
  const auto gate = [&](const std::string& condition) {
    return compare(result("fifo", 600, 8), result("fifo", 660, 8), {condition}).outcome();
  };
  EXPECT_EQ(gate("wait.mean > +5 %"), GateOutcome::kFails);
  EXPECT_EQ(gate("wait.mean > +50 %"), GateOutcome::kPasses);
  EXPECT_EQ(gate("wait.mean > +59 s"), GateOutcome::kFails);
  EXPECT_EQ(gate("utilization < 90 %"), GateOutcome::kPasses);
  EXPECT_EQ(gate("utilization < 95 %"), GateOutcome::kFails);
}

TEST(PairedComparison, OneSeedWithoutJobsHasNoIntervals) {
  const auto comparison = compare(result("fifo", 600, 1), result("fifo", 660, 1));
  const ComparedFigure& wait = figure(comparison, "wait.mean");
  EXPECT_EQ(wait.drawn_from, DrawnFrom::kOneRun);
  EXPECT_FALSE(wait.estimate.difference);
  EXPECT_EQ(wait.verdict, Verdict::kInconclusive);
  EXPECT_EQ(comparison.outcome(), GateOutcome::kInconclusive);
  EXPECT_EQ(exit_code_of(comparison.outcome()), 4);
  // Whoever says that these runs are all there is needs no interval.
  ComparisonSettings exact;
  exact.is_exact = true;
  const auto facts = compare_paired(result("fifo", 600, 1), result("fifo", 660, 1), exact);
  EXPECT_EQ(facts.outcome(), GateOutcome::kFails);
}

/// A table of 400 jobs, each of which waits `wait` and a little that goes up and down.
SampleTable jobs(double wait) {
  SampleTable table{{"research/ann", "bob"}, {}};
  for (int i = 0; i < 400; ++i) {
    Sample& job = table.samples.emplace_back();
    job.id = std::to_string(i);
    job.group = static_cast<std::uint32_t>(i % 2);
    job.at_s = i;
    job.values = {wait + i * 37 % 11, wait + 100 + i * 37 % 11};
  }
  return table;
}

TEST(PairedComparison, StretchesAreWhatIsDrawnFromIfSeedsAreFew) {
  ComparedResult base = result("fifo", 600, 2);
  ComparedResult head = result("fifo", 660, 2);
  base.samples = [](const RunResult&, OverSamples::Table) { return jobs(600); };
  head.samples = [](const RunResult&, OverSamples::Table) { return jobs(660); };
  const auto comparison = compare(std::move(base), std::move(head));
  const ComparedFigure& wait = figure(comparison, "wait.mean");
  EXPECT_EQ(wait.drawn_from, DrawnFrom::kStretches);
  EXPECT_EQ(wait.units, 16U);
  EXPECT_EQ(wait.verdict, Verdict::kWorse);
  EXPECT_EQ(figure(comparison, "research/ann.wait.mean").units, 16U);
  const ComparedFigure& utilization = figure(comparison, "utilization");
  EXPECT_EQ(utilization.drawn_from, DrawnFrom::kRuns);
  ASSERT_TRUE(comparison.policies[0].jobs);
  EXPECT_EQ(comparison.policies[0].jobs->common, 800U);
  EXPECT_EQ(comparison.policies[0].jobs->wait_longer, 800U);
  EXPECT_EQ(comparison.policies[0].jobs->most_delayed.size(), 3U);
}

TEST(PairedComparison, CopiesOfOneRunCountOnce) {
  ComparedResult base = result("fifo", 600, 1);
  ComparedResult head = result("fifo", 660, 1);
  for (ComparedResult* side : {&base, &head}) {
    for (std::uint64_t seed = 2; seed <= 20; ++seed) {
      side->runs.push_back(side->runs[0]);
      side->runs.back().seed = seed;
      side->runs.back().engine.wall_s = static_cast<double>(seed);
    }
  }
  const auto comparison = compare(std::move(base), std::move(head));
  EXPECT_THAT(comparison.notes, Contains(HasSubstr("all 20 seeds gave the same run")));
  EXPECT_EQ(comparison.outcome(), GateOutcome::kInconclusive);
}

TEST(PairedComparison, SaysWhatDiffers) {
  ComparedResult base = result("fifo", 600, 8);
  ComparedResult head = result("fifo", 600, 7);
  head.scenario.hash = "4567";
  head.runs.push_back(sample_run("easy", 1, 100));
  head.runs[0].energy_kwh = std::nullopt;
  const auto comparison = compare(std::move(base), std::move(head));
  EXPECT_THAT(
      comparison.notes,
      ElementsAre(HasSubstr("the scenarios differ: lab (0123) in BASE, lab (4567) in HEAD"),
                  "only in HEAD: easy", HasSubstr("left out are 1 run of BASE and 0 of HEAD"),
                  HasSubstr("only one of BASE and HEAD has energy in every run: left out")));
}

TEST(PairedComparison, TwoPoliciesAreComparedIfThereIsOneOfEach) {
  const auto comparison = compare(result("fifo", 600, 8), result("easy", 60, 8));
  EXPECT_EQ(comparison.policies[0].name(), "fifo -> easy");
  EXPECT_THAT(comparison.notes, Contains(HasSubstr("the policies differ: fifo in BASE")));
  EXPECT_EQ(comparison.outcome(), GateOutcome::kPasses);
}

TEST(PairedComparison, RefusesWhatCannotBePaired) {
  ComparedResult other = result("easy", 60, 2);
  other.runs.push_back(sample_run("sjf", 1, 100));
  EXPECT_THAT(error_of([&] { compare(result("fifo", 600, 2), other); }),
              HasSubstr("no policy is in both: out has fifo, out has easy, sjf"));
  ComparedResult later = result("fifo", 60, 1);
  later.runs[0].seed = 9;
  EXPECT_THAT(error_of([&] { compare(result("fifo", 600, 2), later); }),
              HasSubstr("fifo has no seed in both"));
  EXPECT_THAT(error_of([&] { compare(result("fifo", 600, 2), result("fifo", 600, 2), {"x > 1"}); }),
              StartsWith("--fail-on:1:1: unknown figure 'x'"));
  ComparedResult unpriced = result("fifo", 600, 2);
  unpriced.runs[1].cost = std::nullopt;
  EXPECT_THAT(error_of([&] { compare(result("fifo", 600, 2), unpriced, {"cost > +2 %"}); }),
              StartsWith("--fail-on:1:1: not every run under fifo has cost"));
}

TEST(PairedComparison, FilesAreWellFormed) {
  ComparedResult base = result("fifo", 600, 8);
  ComparedResult head = result("fifo", 660, 8);
  head.scenario.name = "a<b>&\"c\"";
  SuiteReport report{head.scenario.name, {}, false};
  report.cases.push_back({report.name, compare(base, head, {"wait.mean > +5 %"})});
  const std::string xml = comparison_junit(report.name, report.cases);
  EXPECT_THAT(xml, HasSubstr("<testsuites name=\"a&lt;b&gt;&amp;&quot;c&quot;\">"));
  EXPECT_THAT(xml, HasSubstr("tests=\"1\" failures=\"1\" errors=\"0\""));
  EXPECT_THAT(xml, HasSubstr("name=\"wait.mean &gt; +5 %\">\n      <failure type=\"fails\""));
  const std::string markdown = suite_markdown(report);
  EXPECT_THAT(markdown, StartsWith("**FAILED: wait.mean under fifo: +"));
  EXPECT_THAT(markdown, HasSubstr("<details><summary>fifo: all figures, 8 seeds</summary>"));
  const auto json = to_json(report);
  EXPECT_EQ(json.at("schema"), "tandem.compare/1");
  EXPECT_EQ(json.at("exit_code"), 1);
  EXPECT_EQ(json.at("gates").at(0).at("outcome"), "fails");
  const std::string csv = comparison_csv(report.cases);
  EXPECT_THAT(csv, HasSubstr("\n\"a<b>&\"\"c\"\"\",fifo,wait.mean,s,602.125,662.125,60,60,60,"));
}

}  // namespace
}  // namespace tandem
