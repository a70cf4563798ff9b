// Gavel against its own programme: who gets what, exactly and in rounds.

#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/runs.h"

namespace tandem {
namespace {

/// reference.md, section 1: T = [[40, 10], [12, 4], [100, 50]], one device of each type. Run times
/// are given for a device of throughput 100.
Scenario three_jobs(double run_s) {
  Cluster cluster;
  cluster.add_node("fast", cluster.add_type("fast"), 1);
  cluster.add_node("slow", cluster.add_type("slow"), 1);
  std::vector<Arrival> jobs = arrivals_of({{0, run_s, 1}, {0, run_s, 1}, {0, run_s, 1}});
  Scenario scenario = scenario_of(std::move(cluster), std::vector<Arrival>{});
  const std::pair<const char*, std::vector<std::uint32_t>> models[] = {
      {"a", {400'000, 100'000}}, {"b", {120'000, 40'000}}, {"c", {1'000'000, 500'000}}};
  for (std::size_t i = 0; i < 3; ++i) {
    jobs[i].job.model = scenario.models.add(models[i].first, models[i].second);
  }
  Scenario whole = scenario_of(scenario.cluster, std::move(jobs));
  whole.models = scenario.models;
  return whole;
}

/// When jobs end, and the shares they flow with at the beginning.
class Watch final : public Recorder {
 public:
  void begin_run(const RunHeader&) override {}
  void begin_step(Time now) override { now_ = now; }
  void event(const Event& event) override {
    if (const auto* finished = std::get_if<Finished>(&event)) {
      ends[finished->job.value] = to_seconds(now_);
    }
  }
  void action(const Action& action) override {
    const auto* share = std::get_if<Share>(&action);
    if (share != nullptr && now_ == kStartOfTime) shares[share->job.value] = share->time_ppm;
    preemptions += std::holds_alternative<Preempt>(action);
  }
  double ends[3] = {};
  std::vector<std::uint32_t> shares[3];
  int preemptions = 0;

 private:
  Time now_;
};

TEST(Gavel, IdealFlowsAtExactlyTheAllocationOfTheWorkedExample) {
  Watch watch;
  run(three_jobs(1000), "gavel:mechanism=ideal", &watch);
  const double throughput[3][2] = {{40, 10}, {12, 4}, {100, 50}};
  const double normal[3] = {25, 8, 75};  // T_eq: the mean over one device of each type.
  double least = 1e9;
  for (int job = 0; job < 3; ++job) {
    ASSERT_EQ(watch.shares[job].size(), 2U);
    const double rate =
        (throughput[job][0] * watch.shares[job][0] + throughput[job][1] * watch.shares[job][1]) /
        1e6;
    least = std::min(least, rate / normal[job]);
  }
  EXPECT_NEAR(least, 0.727273, 2e-5);
  // The third does 0.727273 * 75 steps a second at least, 100,000 in all; it ends first.
  EXPECT_LE(watch.ends[2], 1000 * 100 / (0.727273 * 75) + 1);
}

TEST(Gavel, RoundsComeCloseToIdealForJobsOfManyRounds) {
  Watch ideal;
  Watch rounds;
  run(three_jobs(100'000), "gavel:mechanism=ideal", &ideal);
  run(three_jobs(100'000), "gavel:round=60s", &rounds);
  for (int job = 0; job < 3; ++job) {
    EXPECT_NEAR(rounds.ends[job] / ideal.ends[job], 1, 0.02) << "job " << job;
  }
  EXPECT_GT(rounds.preemptions, 100);
}

TEST(Gavel, LeavesAGangAloneForARound) {
  Watch watch;
  run(three_jobs(50), "gavel:round=10000s", &watch);
  EXPECT_EQ(watch.preemptions, 0);
}

}  // namespace
}  // namespace tandem
