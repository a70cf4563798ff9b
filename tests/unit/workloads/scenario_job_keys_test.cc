// What jobs say of themselves: shares, elasticity, deadlines, states, estimates that are too low.
#include <gtest/gtest.h>

#include "tests/unit/workloads/scenario_text.h"

namespace tandem {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

std::string job(const std::string& settings) {
  return with_jobs("  - job: { name: a, duration: 1 h, " + settings + " }");
}
Arrival arrival(const std::string& settings) { return all_arrivals(load(job(settings))).front(); }

const std::string kTicks =
    "  - generate: { count: 4, arrival: { every: 1 h }, duration: { deterministic: 1 h }, ";

TEST(JobKeys, ReachTheJob) {
  const Arrival made = arrival(
      "share: 0.2504, preemptible: false, deadline: 4 h, state: 80 GB, kind: release, devices: 1, "
      "submit: 2 h");
  EXPECT_EQ(made.job.demand.device_share, 250U);
  EXPECT_FALSE(made.job.preemptible);
  EXPECT_EQ(made.job.deadline, Time{hours{6}});
  EXPECT_EQ(made.state, Bytes{80'000'000'000});
  EXPECT_EQ(made.job.kind, JobKind::kRelease);
  const Arrival plain = arrival("priority: 1");
  EXPECT_EQ(plain.job.demand.device_share, kWholeDevice);
  EXPECT_TRUE(plain.job.preemptible);
  EXPECT_EQ(plain.job.deadline, kForever);
  EXPECT_EQ(plain.job.elastic, nullptr);
}

TEST(JobKeys, DataAndReleasesNeedNoDeviceUnlessTheySay) {
  EXPECT_EQ(arrival("kind: data").job.demand.devices, 0U);
  EXPECT_EQ(arrival("kind: release").job.demand.devices, 0U);
  EXPECT_EQ(arrival("kind: data, devices: 2").job.demand.devices, 2U);
  EXPECT_EQ(arrival("kind: evaluate").job.demand.devices, 1U);
}

TEST(JobKeys, ElasticHasARangeAndSpeedups) {
  const Job made =
      arrival("devices: 4, elastic: { min: 2, max: 16, speedup: { 8: 3.4, 2: 1, 4: 1.9 } }").job;
  ASSERT_NE(made.elastic, nullptr);
  EXPECT_EQ(made.least_devices(), 2U);
  EXPECT_EQ(made.most_devices(), 16U);
  EXPECT_EQ(made.elastic->speedup_ppm(2), 1'000'000U);
  EXPECT_EQ(made.elastic->speedup_ppm(3), 1'450'000U);
  EXPECT_EQ(made.elastic->speedup_ppm(16), 3'400'000U);
  EXPECT_EQ(arrival("elastic: { min: 1, max: 2 }").job.elastic->speedup_ppm(2), 2'000'000U);
}

TEST(JobKeys, WorkForDrawnJobsToo) {
  const auto made =
      all_arrivals(load(with_jobs(
          kTicks + "devices: 2, elastic: { min: 1, max: 2 }, preemptible: false, deadline: 30 min, "
                   "state: 1 GB, kind: evaluate }")));
  ASSERT_EQ(made.size(), 4U);
  EXPECT_EQ(made[3].job.deadline, made[3].job.submitted + minutes{30});
  EXPECT_EQ(made[3].job.elastic->least, 1U);
  EXPECT_FALSE(made[3].job.preemptible);
  EXPECT_EQ(made[3].state, Bytes{1'000'000'000});
}

TEST(JobKeys, ALoadCountsPartsOfDevices) {
  const auto gap = [](const std::string& share) {
    const auto made = all_arrivals(load(
        with_jobs("  - generate: { count: 2, arrival: { gamma: { cv: 1 } }, load: 0.5, duration: { "
                  "deterministic: 1 h }" +
                  share + " }")));
    return to_seconds(made[1].job.submitted - made[0].job.submitted);
  };
  EXPECT_NEAR(gap(", share: 0.25"), gap("") / 4, 1e-6);
}

TEST(JobKeys, MistakesAreExplained) {
  expect_error(job("share: 0.5, devices: 2"),
               "s.yaml:7:43: share: a part of a device is for jobs with 'devices: 1', not 2");
  expect_error(job("share: 0.5, elastic: { min: 1, max: 2 }"), "an elastic job has whole devices");
  expect_error(job("share: 0"), "'0' is out of range: it must be from 0.001 to 1");
  expect_error(job("elastic: { min: 4, max: 2 }"), "elastic: min 4 is more than max 2");
  expect_error(job("devices: 8, elastic: { min: 1, max: 4 }"),
               "s.yaml:7:57: elastic: 'devices: 8' is not from min 1 to max 4");
  expect_error(job("elastic: { min: 1, max: 4, speedup: { 1: 2, 4: 1 } }"),
               "speedup: 4 devices must not be slower than 1");
  expect_error(job("elastic: { min: 1, max: 4, speedup: { 1: 1, +1: 1 } }"), "not be slower");
  expect_error(job("elastic: { min: 1 }"), "the key 'max' is missing");
  expect_error(job("kind: relase"), "unknown value 'relase' (did you mean 'release'?)");
  expect_error(with_jobs(kTicks + "devices: { 1: 1, 4: 1 }, share: 0.5 }"),
               "for jobs with 'devices: 1', not 4");
  expect_error(with_jobs(kTicks + "devices: { 1: 1, 4: 1 }, elastic: { min: 1, max: 2 } }"),
               "'devices: 4' is not from min 1 to max 2");
}

// --- What a wrong estimate does.

std::string overrun(const std::string& rule, const std::string& jobs) {
  return with_jobs(jobs, rule.empty() ? "" : "  overrun: " + rule);
}
const std::string kShort = "  - job: { name: a, duration: 2 h, estimate: 1 h }";
const std::string kHalf = kTicks + "estimate: { factor: 0.5 } }";

TEST(Overrun, RaisesTheEstimate) {
  const Scenario scenario = load(overrun("raise", kShort));
  const Arrival made = all_arrivals(scenario).front();
  EXPECT_EQ(made.job.estimate, hours{2});
  EXPECT_EQ(made.run_time, hours{2});
  EXPECT_FALSE(made.killed);
  EXPECT_EQ(scenario.warnings,
            std::vector<std::string>{
                "raised the estimate of 1 job to the run time (workload.overrun: raise)"});
  EXPECT_EQ(all_arrivals(load(overrun("", kHalf)))[0].job.estimate, hours{1});
}

TEST(Overrun, KillsAtTheEstimate) {
  const Scenario scenario = load(overrun("kill", kShort));
  const Arrival made = all_arrivals(scenario).front();
  EXPECT_EQ(made.job.estimate, hours{1});
  EXPECT_EQ(made.run_time, hours{1});
  EXPECT_TRUE(made.killed);
  EXPECT_EQ(scenario.warnings.size(), 1U);
  const Arrival drawn = all_arrivals(load(overrun("kill", kHalf)))[0];
  EXPECT_EQ(drawn.run_time, minutes{30});
  EXPECT_TRUE(drawn.killed);
  const Arrival right =
      all_arrivals(load(overrun("kill", kTicks + "estimate: { factor: 2 } }")))[0];
  EXPECT_EQ(right.run_time, hours{1});
  EXPECT_FALSE(right.killed);
}

TEST(Overrun, LetsTheJobRunOn) {
  const Arrival made = all_arrivals(load(overrun("run", kShort))).front();
  EXPECT_EQ(made.job.estimate, hours{1});
  EXPECT_EQ(made.run_time, hours{2});
  EXPECT_FALSE(made.killed);
  EXPECT_EQ(all_arrivals(load(overrun("run", kHalf)))[0].job.estimate, minutes{30});
}

TEST(Overrun, MistakesAreExplained) {
  expect_error(overrun("", kShort),
               "s.yaml:7:46: the estimate '1 h' is below the duration '2 h'; say what becomes of "
               "such a job: workload.overrun is raise, kill or run");
  expect_error(overrun("kil", kShort), "unknown value 'kil' (did you mean 'kill'?)");
}

}  // namespace
}  // namespace tandem
