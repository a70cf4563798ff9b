#include "reports/findings.h"

#include <gtest/gtest.h>

#include "reports/run_metrics.h"
#include "tests/unit/reports/told_run.h"

namespace tandem {
namespace {

/// A run told to both, as tandem hears it.
struct Heard {
  RunMetrics metrics;
  Findings findings;
  Recorders recorders{{&metrics, &findings}};
  ToldRun run;
  explicit Heard(const RunHeader& header) : run(recorders, header) {}
  explicit Heard(std::uint32_t devices) : Heard(header_of(devices, one_tenant())) {}

  std::vector<Finding> all() const { return findings.result(metrics.result()); }
  /// The finding of a kind; one without a kind if there is none.
  Finding of(const std::string& kind) const {
    for (const Finding& finding : all()) {
      if (finding.kind == kind) return finding;
    }
    return {};
  }
};

Job job(std::uint32_t id, std::uint32_t devices, Duration estimate, DeviceTypes types = kAnyType) {
  Job job;
  job.id = JobId{id};
  job.name = "job-" + std::to_string(id);
  job.demand.devices = devices;
  job.demand.types = types;
  job.estimate = estimate;
  return job;
}

// Preemption loops.

/// Turns of 10 s: 10 - `work` s of starting, `work` s of computing, of which 1 s is lost.
void take_turns(Heard& heard, int turns, Duration work) {
  heard.run.at(0s).submit(0, 2);
  for (int i = 0; i < turns; ++i) {
    const Duration begin = i * 10s;
    heard.run.at(begin).start(0, 2);
    heard.run.at(begin + 10s - work).started(0);
    heard.run.at(begin + 10s).stop(0, StopCause::kPreempted, 1s);
  }
}

TEST(PreemptionLoop, CostsMoreThanItDoes) {
  Heard heard(2);
  take_turns(heard, 5, 5s);  // 4 s of each 10 are useful.
  const Finding finding = heard.of("preemption-loop");
  EXPECT_EQ(finding.severity, Severity::kCritical);
  EXPECT_EQ(finding.count, 1u);
  EXPECT_EQ(finding.jobs, std::vector<std::string>{"job-0"});
  EXPECT_EQ(finding.summary,
            "1 job was preempted 5 times for less work than that cost; worst: job-0 of ann, 2 "
            "devices, 5 times, 20.0 s of work in 50.0 s");
}

TEST(PreemptionLoop, FourTimesAreNoLoop) {
  Heard heard(2);
  take_turns(heard, 4, 5s);
  EXPECT_EQ(heard.of("preemption-loop").kind, "");
}

TEST(PreemptionLoop, NorIsSharingThatPays) {
  Heard heard(2);
  take_turns(heard, 20, 6s);  // Half of each turn is useful.
  EXPECT_EQ(heard.of("preemption-loop").kind, "");
}

TEST(PreemptionLoop, NodesThatFailAreNotTheScheduler) {
  Heard heard(2);
  heard.run.at(0s).submit(0, 2);
  for (int i = 0; i < 9; ++i) {
    heard.run.at(i * 10s).run(0, 2);
    heard.run.at(i * 10s + 5s).stop(0, StopCause::kNodeDown, 5s);
  }
  EXPECT_EQ(heard.of("preemption-loop").kind, "");
}

TEST(PreemptionLoop, IsRememberedWhenItsJobHasEnded) {
  Heard heard(2);
  take_turns(heard, 6, 2s);
  heard.run.at(100s).run(0, 2);
  heard.run.at(900s).finish(0);
  EXPECT_EQ(heard.of("preemption-loop").count, 1u);
}

// Saturation.

/// 21 jobs on one device, one each 10 s, of which `done` compute for 30 s; the others are estimated
/// at that.
void one_each_ten_seconds(Heard& heard, std::uint32_t done) {
  for (std::uint32_t i = 0; i <= 20; ++i) {
    heard.run.at(i * 10s).event(Submitted{job(i, 1, 30s)});
  }
  for (std::uint32_t i = 0; i < done; ++i) {
    heard.run.at(200s + i * 30s).run(i, 1);
    heard.run.at(230s + i * 30s).finish(i);
  }
}

TEST(Saturation, MoreWorkThanDevices) {
  // 20 jobs of 30 s in 200 s on 2 devices: 1.5. The last job is of the time after that.
  Heard heard(2);
  one_each_ten_seconds(heard, 21);
  const Finding finding = heard.of("saturation");
  EXPECT_EQ(finding.severity, Severity::kCritical);
  EXPECT_EQ(finding.count, 1u);
  EXPECT_EQ(finding.summary,
            "offered load 1.5 of the cluster: the queue grows without bound, by 1.67 min of work "
            "so far; at least 1 more device is needed");
}

TEST(Saturation, EstimatesStandForJobsThatDidNotEnd) {
  Heard whole(2);
  Heard cut(2);
  one_each_ten_seconds(whole, 21);
  one_each_ten_seconds(cut, 10);
  EXPECT_EQ(cut.of("saturation").summary, whole.of("saturation").summary);
}

TEST(Saturation, EnoughDevicesAreNoFinding) {
  Heard heard(3);  // A load of exactly 1.
  one_each_ten_seconds(heard, 21);
  EXPECT_EQ(heard.of("saturation").kind, "");
}

TEST(Saturation, BatchIsNoLoad) {
  Heard heard(2);
  heard.run.at(0s);
  for (std::uint32_t i = 0; i < 50; ++i) heard.run.event(Submitted{job(i, 2, 30s)});
  EXPECT_EQ(heard.of("saturation").kind, "") << "all at once";
  heard.run.at(100s);
  for (std::uint32_t i = 50; i < 99; ++i) heard.run.event(Submitted{job(i, 2, 30s)});
  EXPECT_EQ(heard.of("saturation").kind, "") << "all within four run times";
}

TEST(Saturation, OneTypeOfSeveral) {
  // 4 devices of each type; 2 * 30 s each 10 s for the jobs that accept only the second: 6 of 4.
  RunHeader header = header_of(4, one_tenant());
  header.cluster.add_node("node-1", header.cluster.add_type("rare"), 4);
  Heard heard(header);
  for (std::uint32_t i = 0; i <= 20; ++i) {
    heard.run.at(i * 10s).event(Submitted{job(i, 2, 30s, DeviceTypes{2})});
  }
  const std::vector<Finding> found = heard.all();
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found[0].summary,
            "offered load 1.5 of the rare devices: the queue grows without bound, by 1.67 min of "
            "work so far; at least 2 more devices are needed");
  EXPECT_EQ(found[0].count, 2u);
}

// Infeasible jobs.

TEST(Rejections, AreGroupedByTheirReason) {
  Heard heard(4);
  heard.run.at(0s).submit(0, 1).submit(1, 8).reject(1, "needs 8 devices, there are 4");
  heard.run.submit(2, 2).reject(2, "lacks memory");
  heard.run.submit(3, 900).reject(3, "needs 900 devices, there are 4");
  const Finding finding = heard.of("infeasible");
  EXPECT_EQ(finding.severity, Severity::kWarning);
  EXPECT_EQ(finding.count, 3u);
  EXPECT_EQ(finding.jobs, (std::vector<std::string>{"job-1", "job-2", "job-3"}));
  EXPECT_EQ(finding.summary,
            "3 of 4 jobs can never run here and were rejected: job-1 (and 1 like it) needs 8 "
            "devices, there are 4; job-2 lacks memory");
}

// Starvation.

TEST(LongWaits, BeyondTenMedians) {
  Heard heard(4);
  heard.run.at(0s).submit(0, 1).submit(1, 1).submit(2, 1).submit_named(3, "poor", 1);
  heard.run.at(1s).run(0, 1, 0).run(1, 1, 1).run(2, 1, 2);
  heard.run.at(11s).run(3, 1, 3);
  heard.run.at(20s).finish(0).finish(1).finish(2).finish(3);
  const Finding finding = heard.of("starvation");
  EXPECT_EQ(finding.severity, Severity::kWarning);
  EXPECT_EQ(finding.count, 1u);
  EXPECT_EQ(finding.jobs.front(), "poor");
  EXPECT_EQ(finding.summary,
            "1 of 4 jobs waited over ten times the median of 1.00 s; longest: poor of ann, 1 "
            "device, 11.0 s");
}

TEST(LongWaits, JobsThatNeverStarted) {
  Heard heard(4);
  heard.run.at(0s).submit(0, 4).run(0, 4).submit(1, 2);
  heard.run.at(100s).finish(0);
  heard.run.at(7200s);
  const Finding finding = heard.of("starvation");
  EXPECT_EQ(finding.severity, Severity::kWarning);
  EXPECT_EQ(finding.count, 1u);
  EXPECT_EQ(finding.summary,
            "1 job had not started when the run ended; longest: job-1 of ann, 2 devices, 2.00 h");
}

TEST(LongWaits, EqualWaitsAreNoFinding) {
  Heard heard(1);
  heard.run.at(0s).submit(0, 1).submit(1, 1);
  heard.run.at(10s).run(0, 1).finish(0).run(1, 1).finish(1);
  EXPECT_EQ(heard.of("starvation").kind, "");
}

// Stranded gangs.

/// Job 0 holds 3 of 4 devices for 100 s; the wide job 1 waits for all 4, and job 2, which asks for
/// one and runs for `run`, waits behind it.
void blocked_head(Heard& heard, Duration run) {
  heard.run.at(0s).submit(0, 3).run(0, 3).submit(1, 4).submit(2, 1);
  heard.run.at(100s).finish(0).run(1, 4);
  heard.run.at(110s).finish(1).run(2, 1);
  heard.run.at(110s + run).finish(2);
}

TEST(StrandedGangs, WaitBesideFreeDevices) {
  // Job 2 has its device beside it until job 1 takes all: 100 s. Waits are 100 + 110 s.
  Heard heard(4);
  blocked_head(heard, 99s);
  const Finding finding = heard.of("stranded-gangs");
  EXPECT_EQ(finding.severity, Severity::kWarning);
  EXPECT_EQ(finding.count, 1u);
  EXPECT_EQ(finding.jobs, std::vector<std::string>{"job-2"});
  EXPECT_EQ(finding.summary,
            "1 of 3 gangs waited longer than it ran, beside enough free devices (0.028 gang-hours, "
            "47.6 % of all waiting); longest: job-2 of ann, 1 device, 1.67 min");
}

TEST(StrandedGangs, NotIfTheyRunForLonger) {
  Heard heard(4);
  blocked_head(heard, 100s);
  EXPECT_EQ(heard.of("stranded-gangs").kind, "");
}

TEST(StrandedGangs, NodesThatAreDownHaveNoFreeDevices) {
  RunHeader header = header_of(4, one_tenant());
  header.cluster.add_node("node-1", DeviceTypeId{0}, 4);
  Heard heard(header);
  heard.run.at(0s).event(NodeDown{NodeId{1}}).submit(0, 4).run(0, 4).submit(1, 4);
  heard.run.at(100s).event(NodeUp{NodeId{1}});
  heard.run.at(105s).run(1, 4, 4);
  heard.run.at(106s).finish(0).finish(1);
  EXPECT_EQ(heard.of("stranded-gangs").kind, "") << "5 s are free of trouble";
}

TEST(StrandedGangs, StoppedOnesToo) {
  // It waits beside its devices for 50 s, and for 11 s after it was stopped.
  Heard heard(4);
  heard.run.at(0s).event(Submitted{job(0, 4, 60s)});
  heard.run.at(50s).run(0, 4);
  heard.run.at(60s).stop(0, StopCause::kPreempted);
  heard.run.at(71s);
  EXPECT_EQ(heard.of("stranded-gangs").summary,
            "1 of 1 gang waited longer than it ran, beside enough free devices (0.017 gang-hours, "
            "100 % of all waiting); longest: job-0 of ann, 4 devices, 1.02 min");
}

TEST(Findings, WorstComeFirst) {
  Heard heard(2);
  heard.run.at(0s).submit(99, 8).reject(99);
  one_each_ten_seconds(heard, 21);
  const std::vector<Finding> found = heard.all();
  ASSERT_GE(found.size(), 2u);
  EXPECT_EQ(found[0].kind, "saturation");
  EXPECT_EQ(found[1].kind, "infeasible");
}

TEST(Findings, QuietRunHasNone) {
  Heard heard(4);
  heard.run.at(0s).submit(0, 2).run(0, 2);
  heard.run.at(100s).submit(1, 4);
  heard.run.at(110s).finish(0).run(1, 4);
  heard.run.at(200s).finish(1);
  EXPECT_TRUE(heard.all().empty());
  EXPECT_TRUE(Heard(4).all().empty());
}

}  // namespace
}  // namespace tandem
