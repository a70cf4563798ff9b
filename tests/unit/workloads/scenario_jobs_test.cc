// Jobs of traces and lists, names, changes, files and the scenario's hash.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "tests/unit/workloads/scenario_text.h"

namespace tandem {
namespace {

/// A folder of its own, gone after the test.
class ScenarioFiles : public testing::Test {
 protected:
  ScenarioFiles() {
    std::string name = (std::filesystem::temp_directory_path() / "tandem-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~ScenarioFiles() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
  }
  Scenario load_here(const std::string& jobs) const { return load(with_jobs(jobs), {}, folder_); }

  std::filesystem::path folder_;
};

const std::string kTrace =
    "job_id,submit_time,num_gpu,duration,walltime,user,priority\n"
    "a,0,2,100,200,ann,5\n"
    "b,50,4,100,100,bob,0\n";

TEST_F(ScenarioFiles, TracesKeepTheirIdsIfAlone) {
  write("t.csv", kTrace);
  const auto arrivals = all_arrivals(load_here("  - trace: { file: t.csv }"));
  ASSERT_EQ(arrivals.size(), 2u);
  EXPECT_EQ(arrivals[0].job.name, "a");
  EXPECT_EQ(arrivals[0].job.priority, 5);
  EXPECT_EQ(arrivals[0].job.estimate, std::chrono::seconds{200});
  EXPECT_EQ(arrivals[1].job.submitted, Time{std::chrono::seconds{50}});
  const auto both = all_arrivals(
      load_here("  - trace: { file: t.csv }\n  - trace: { file: t.csv, format: native, name: x, "
                "tenant: me, priority: 7, estimates: exact }"));
  ASSERT_EQ(both.size(), 4u);
  EXPECT_EQ(both[0].job.name, "t0-a");
  EXPECT_EQ(both[1].job.name, "x-a");
  EXPECT_EQ(both[1].job.priority, 7);
  EXPECT_EQ(both[1].job.estimate, std::chrono::seconds{100});
}

TEST_F(ScenarioFiles, TracesStretchToALoad) {
  write("t.csv", kTrace);
  // 600 device-seconds on 16 devices: a load of 1 takes 37.5 s instead of 50 s.
  const auto arrivals = all_arrivals(load_here("  - trace: { file: t.csv, load: 1 }"));
  EXPECT_EQ(arrivals[1].job.submitted, Time{std::chrono::milliseconds{37'500}});
}

TEST_F(ScenarioFiles, ABareTraceIsAScenario) {
  write("it's a trace.csv", kTrace);
  const std::string text = scenario_of_trace(folder_ / "it's a trace.csv", 32);
  const Scenario scenario = load(text);
  EXPECT_EQ(scenario.name, "it's-a-trace");
  EXPECT_EQ(scenario.cluster.device_count(), 32u);
  EXPECT_EQ(scenario.policies.size(), 2u);
  EXPECT_FALSE(scenario.random);
  EXPECT_EQ(all_arrivals(scenario).size(), 2u);
  EXPECT_THROW(scenario_of_trace(folder_ / "it's a trace.csv", 0), InputError);
}

TEST_F(ScenarioFiles, DurationsMayComeFromAFile) {
  write("d.txt", "# measured\n10\n30 s\n\n");
  const std::string job =
      "  - generate: { count: 100, arrival: { every: 1 s }, duration: { empirical: { file: d.txt } "
      "} }";
  for (const Arrival& arrival : all_arrivals(load_here(job))) {
    EXPECT_TRUE(arrival.run_time == std::chrono::seconds{10} ||
                arrival.run_time == std::chrono::seconds{30});
  }
  write("d.txt", "10\nsoon\n");
  EXPECT_THROW(load_here(job), InputError);
}

TEST_F(ScenarioFiles, TheHashFollowsContentNotStyle) {
  write("t.csv", kTrace);
  const std::string jobs = "  - trace: { file: t.csv }";
  const std::string hash = load_here(jobs).hash;
  EXPECT_EQ(hash.size(), 16u);
  EXPECT_EQ(load_here("  - trace:\n      file: 't.csv'  # the same").hash, hash);
  EXPECT_NE(load(with_jobs(jobs), {{"name", "other"}}, folder_).hash, hash);
  write("t.csv", kTrace + "c,60,1,10,10,ann,0\n");
  EXPECT_NE(load_here(jobs).hash, hash);
}

TEST_F(ScenarioFiles, WhatIsNoScenarioFileSaysSo) {
  const auto error = [](const std::filesystem::path& path) {
    try {
      read_scenario_file(path);
    } catch (const InputError& wrong) {
      return std::string(wrong.what());
    }
    return std::string();
  };
  EXPECT_NE(error(folder_).find("this is a folder"), std::string::npos);
  EXPECT_NE(error(folder_ / "none").find("there is no such file"), std::string::npos);
  EXPECT_NE(error("/dev/null").find("not a regular file"), std::string::npos);
  write("big.yaml", std::string((16 << 20) + 1, '#'));
  EXPECT_NE(error(folder_ / "big.yaml").find("at most 16 MiB"), std::string::npos);
  write("ok.yaml", "a: 1\n");
  EXPECT_EQ(read_scenario_file(folder_ / "ok.yaml"), "a: 1\n");
}

TEST(ScenarioJobs, TypesBecomeAMask) {
  const auto types = [](const std::string& list) {
    return all_arrivals(
               load(with_jobs("  - job: { name: j, duration: 1 h, types: " + list + " }")))[0]
        .job.demand.types;
  };
  EXPECT_EQ(types("[h100-sxm]"), 1u);
  EXPECT_EQ(types("[a100-sxm-80g]"), 0u);  // Known, but not here: the scheduler rejects the job.
  expect_error(
      with_jobs("  - job: { name: j, duration: 1 h, types: [h100-sxn] }"),
      "device type 'h100-sxn' is neither in the cluster nor in the catalogue (did you mean "
      "'h100-sxm'?)");
}

TEST(ScenarioJobs, NamesAreUnique) {
  const std::string tick =
      "  - generate: { name: g, count: 5, arrival: { every: 1 s }, duration: { deterministic: 1 s "
      "} }";
  const auto job = [](const std::string& name) {
    return "  - job: { name: " + name + ", duration: 1 h }\n";
  };
  expect_error(with_jobs(job("a") + job("a")), "there are two jobs 'a'");
  expect_error(with_jobs(job("g-4") + tick), "the job name 'g-4' is also one of a generator's");
  EXPECT_EQ(error_of(with_jobs(job("g-5") + job("g-04") + tick)), "");
  expect_error(with_jobs(tick + "\n" + tick), "two sources of jobs named 'g'");
}

TEST(ScenarioJobs, MistakesOfGeneratorsAreExplained) {
  const auto generate = [](const std::string& settings) {
    return with_jobs("  - generate: { duration: { exponential: 1 s }, " + settings + " }");
  };
  expect_error(generate("arrival: { poisson: 1/s }"), "needs 'count' or 'until'");
  expect_error(generate("count: 1, arrival: poisson"), "'arrival' has no rate");
  expect_error(generate("count: 1, arrival: { gamma: { rate: 1/s, cv: 1 } }, load: 1"),
               "drop either");
  expect_error(generate("count: 1, arrival: poisson, load: 1, devices: 0"), "jobs without devices");
  expect_error(generate("count: 1, arrival: poisson, load: 1, types: [a100-sxm-80g]"),
               "without fitting devices");
  expect_error(generate("count: 1, arrival: { poisson: 1/s }, devices: { 1: 0 }"), "weights are 0");
  expect_error(generate("count: 1, arrival: { poisson: 1/s }, devices: { -1: 1 }"), "out of range");
  expect_error(generate("count: 99999999, arrival: { poisson: 1/day }"), "more than 50 years");
  expect_error(generate("until: 1 year, arrival: { poisson: 1000/s }"), "more than 50000000 jobs");
  expect_error(with_jobs("  - job: { name: a, duration: 2 h, estimate: 1 h }"),
               "the estimate '1 h' is below the duration '2 h'");
}

TEST(ScenarioChanges, AreSortedAndNamed) {
  const std::string jobs =
      "  - job: { name: one, duration: 1 h }\n"
      "  - generate: { name: g, count: 5, arrival: { every: 1 s }, duration: { deterministic: 1 s "
      "} }";
  const Scenario scenario = load(with_jobs(jobs,
                                           "  changes:\n  - { at: 2 h, job: one, cancel: true }\n  "
                                           "- { at: 1 h, job: g-4, priority: 9 }"));
  ASSERT_EQ(scenario.changes.size(), 2u);
  EXPECT_EQ(scenario.changes[0].job, "g-4");
  EXPECT_EQ(scenario.changes[0].priority, 9);
  EXPECT_FALSE(scenario.changes[1].priority.has_value());
  expect_error(with_jobs(jobs, "  changes: [{ at: 2 h, job: onee, cancel: true }]"),
               "unknown job 'onee' (did you mean 'one'?)");
  expect_error(with_jobs(jobs, "  changes: [{ at: 2 h, job: g-5, cancel: true }]"), "unknown job");
  expect_error(with_jobs(jobs, "  changes: [{ at: 2 h, job: one, cancel: false }]"),
               "changes nothing");
}

}  // namespace
}  // namespace tandem
