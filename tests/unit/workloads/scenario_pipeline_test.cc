// Jobs that wait for each other: pipelines, slices, circles, critical paths.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>

#include "tests/unit/workloads/scenario_text.h"

namespace tandem {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

std::string job(const std::string& name, const std::string& settings = "") {
  return "  - job: { name: " + name + ", duration: 1 h" + settings + " }\n";
}

/// "a b(a) c(a,b)": all arrivals with what they wait for.
std::string waiting(const Scenario& scenario) {
  std::string text;
  std::vector<std::string> names;
  for (const Arrival& arrival : all_arrivals(scenario)) {
    EXPECT_EQ(arrival.job.id.value, names.size());
    names.push_back(arrival.job.name);
    text += (text.empty() ? "" : " ") + arrival.job.name;
    for (std::size_t i = 0; i < arrival.after.size(); ++i) {
      EXPECT_LT(arrival.after[i], arrival.job.id);
      text += (i == 0 ? "(" : ",") + names.at(arrival.after[i].value);
    }
    if (!arrival.after.empty()) text += ")";
  }
  return text;
}

std::map<std::string, Arrival> by_name(const Scenario& scenario) {
  std::map<std::string, Arrival> arrivals;
  for (Arrival& arrival : all_arrivals(scenario)) arrivals.emplace(arrival.job.name, arrival);
  return arrivals;
}

const std::string kPipeline =
    "  - pipeline:\n"
    "      name: p\n"
    "      submit: 1 h\n"
    "      priority: 7\n"
    "      stages:\n"
    "      - { name: prep, kind: data, devices: 0, duration: 1 h }\n"
    "      - { name: train, depends_on: [prep], devices: 8, duration: 10 h }\n"
    "      - { name: eval, depends_on: [train], slices: 3, duration: 2 h, overhead: 5 min, "
    "kind: evaluate }\n"
    "      - { name: release, kind: release, depends_on: [eval], priority: 9 }\n";

TEST(Pipeline, BecomesJobsThatWaitForEachOther) {
  const Scenario scenario = load(with_jobs(kPipeline));
  EXPECT_EQ(waiting(scenario),
            "p/prep p/train(p/prep) p/eval-0(p/train) p/eval-1(p/train) p/eval-2(p/train) "
            "p/release(p/eval-0,p/eval-1,p/eval-2)");
  const auto jobs = by_name(scenario);
  const Arrival& slice = jobs.at("p/eval-1");
  EXPECT_EQ(slice.run_time, minutes{45});
  EXPECT_EQ(slice.job.estimate, minutes{45});
  EXPECT_EQ(slice.job.kind, JobKind::kEvaluate);
  EXPECT_EQ(slice.job.submitted, Time{hours{1}});
  EXPECT_EQ(slice.job.priority, 7);
  EXPECT_EQ(jobs.at("p/release").job.priority, 9);
  EXPECT_EQ(jobs.at("p/release").job.demand.devices, 0U);
  EXPECT_EQ(jobs.at("p/release").run_time, Duration::zero());
}

TEST(Pipeline, IsKnownToTheScenarioAndToItsJobs) {
  const std::string twice =
      "  - pipeline: { name: q, count: 2, stages: [{ name: a, duration: 1 h, overhead: 1 h }] }\n";
  const Scenario scenario = load(with_jobs(job("alone") + kPipeline + twice));
  ASSERT_EQ(scenario.pipelines.size(), 2U);
  EXPECT_EQ(scenario.pipeline_places, (std::vector<std::size_t>{1, 2}));
  EXPECT_EQ(scenario.pipelines[0], (Pipeline{"p",
                                             0,
                                             {{"prep", 0, hours{1}, {}},
                                              {"train", 0, hours{10}, {}},
                                              {"eval", 3, minutes{45}, minutes{5}},
                                              {"release", 0, {}, {}}}}));
  EXPECT_EQ(scenario.pipelines[1], (Pipeline{"q", 2, {{"a", 0, hours{2}, hours{1}}}}));
  const auto jobs = by_name(scenario);
  EXPECT_EQ(jobs.at("p/eval-1").part, (PipelinePart{{0}, 0, 2, 1}));
  EXPECT_EQ(jobs.at("q-1/a").part, (PipelinePart{{1}, 1, 0, 0}));
  EXPECT_EQ(jobs.at("alone").part, std::nullopt);
}

TEST(Pipeline, KnowsItsCriticalPaths) {
  const auto jobs = by_name(load(with_jobs(kPipeline + job("alone"))));
  EXPECT_EQ(jobs.at("p/release").job.critical_path, Duration::zero());
  EXPECT_EQ(jobs.at("p/eval-0").job.critical_path, minutes{45});
  EXPECT_EQ(jobs.at("p/train").job.critical_path, hours{10} + minutes{45});
  EXPECT_EQ(jobs.at("p/prep").job.critical_path, hours{11} + minutes{45});
  EXPECT_EQ(jobs.at("alone").job.critical_path, Duration::zero());
}

TEST(Pipeline, IsSubmittedAgainAndAgain) {
  const std::string text =
      "  - pipeline: { name: p, count: 3, every: 2 h, stages: [{ name: a, duration: 1 h }, "
      "{ name: b, depends_on: [a] }] }\n";
  const Scenario scenario = load(with_jobs(text));
  EXPECT_EQ(waiting(scenario), "p-0/a p-0/b(p-0/a) p-1/a p-1/b(p-1/a) p-2/a p-2/b(p-2/a)");
  EXPECT_EQ(by_name(scenario).at("p-2/b").job.submitted, Time{hours{4}});
}

TEST(DependsOn, PutsWhatIsWaitedForFirstWithinAnInstant) {
  EXPECT_EQ(waiting(load(with_jobs(job("c", ", depends_on: [b]") + job("x") +
                                   job("b", ", depends_on: [a]") + job("a")))),
            "x a b(a) c(b)");
}

TEST(DependsOn, ReachesAcrossSourcesAndPipelines) {
  const std::string ticks =
      "  - generate: { name: g, count: 2, arrival: { every: 1 h }, duration: { deterministic: 1 s "
      "} }\n";
  EXPECT_EQ(waiting(load(with_jobs(job("late", ", submit: 3 h, depends_on: [p/eval, first]") +
                                   ticks + kPipeline + job("first")))),
            "g-0 first g-1 p/prep p/train(p/prep) p/eval-0(p/train) p/eval-1(p/train) "
            "p/eval-2(p/train) p/release(p/eval-0,p/eval-1,p/eval-2) "
            "late(first,p/eval-0,p/eval-1,p/eval-2)");
}

TEST(DependsOn, TakesTheLongestOfSeveralPaths) {
  const auto jobs =
      by_name(load(with_jobs(job("a") + job("b", ", depends_on: [a], estimate: 9 h") +
                             job("c", ", depends_on: [a]") + job("d", ", depends_on: [b, c]"))));
  EXPECT_EQ(jobs.at("a").job.critical_path, hours{11});
  EXPECT_EQ(jobs.at("c").job.critical_path, hours{2});
}

TEST(DependsOn, MistakesAreExplained) {
  expect_error(with_jobs(job("prep") + job("train", ", depends_on: [prpe]")),
               "s.yaml:8:53: depends_on: unknown job 'prpe' (did you mean 'prep'?)");
  expect_error(
      with_jobs(job("prep", ", depends_on: [train]") + job("train", ", depends_on: [prep]")),
      "jobs wait for each other in a circle: prep -> train -> prep");
  expect_error(
      with_jobs(job("prep", ", depends_on: [train]") + job("train", ", depends_on: [prep]")),
      "s.yaml:8:53: jobs wait");
  expect_error(with_jobs(job("a", ", depends_on: [a]")), "in a circle: a -> a");
  expect_error(with_jobs(job("a", ", submit: 2 h") + job("b", ", submit: 1 h, depends_on: [a]")),
               "s.yaml:8:62: job 'b' is submitted at 3600 s, before 'a', which it depends on, at "
               "7200 s");
  expect_error(with_jobs(job("a", ", depends_on: []")), "the list is empty");
  expect_error(with_jobs(job("a", ", depends_on: b")), "expected a list");
}

TEST(Pipeline, MistakesAreExplained) {
  const auto stages = [](const std::string& list) {
    return with_jobs("  - pipeline: { name: p, stages: [" + list + "] }");
  };
  expect_error(stages("{ name: prep }, { name: b, depends_on: [perp] }"),
               "depends_on: unknown job 'perp' (did you mean 'prep'?)");
  expect_error(stages("{ name: a, depends_on: [c] }, { name: b, depends_on: [a] }, { name: c, "
                      "depends_on: [b] }"),
               "in a circle: p/a -> p/c -> p/b -> p/a");
  expect_error(stages("{ name: a }, { name: a }"), "there are two stages 'a'");
  expect_error(with_jobs("  - pipeline: { name: p, stages: [{ name: a }] }\n"
                         "  - pipeline: { name: p, stages: [{ name: b }] }"),
               "s.yaml:8:23: there are two pipelines 'p'");
  expect_error(stages(""), "the list is empty");
  expect_error(stages("{ name: a, slices: 0 }"), "it must be from 1 to 10000");
  expect_error(with_jobs("  - pipeline: { name: p }"), "the key 'stages' is missing");
  expect_error(stages("{ name: a, submit: 1 h }"), "unknown key 'submit'");
  expect_error(with_jobs("  - pipeline: { name: p, stages: [{ name: a }] }\n" + job("p/a")),
               "there are two jobs 'p/a'");
  expect_error(
      with_jobs("  - pipeline: { name: p, count: 1000, every: 1 year, stages: [{ name: a }] "
                "}"),
      "after more than 50 years");
  expect_error(stages("{ name: a, slices: 10000 }, { name: b, slices: 10000, depends_on: [a] }"),
               "more than 1000000 dependencies");
}

}  // namespace
}  // namespace tandem
