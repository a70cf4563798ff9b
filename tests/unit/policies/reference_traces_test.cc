// Figures that other simulators, written by others, agree on.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/support/runs.h"
#include "tests/support/shared_traces.h"
#include "workloads/overrun.h"
#include "workloads/traces/trace.h"

namespace tandem {
namespace {

Scenario scenario_of_trace(const std::string& name, Estimates estimates) {
  const Trace trace = read_trace(shared_trace(name), TraceFormat::kSwf, estimates);
  std::vector<JobRow> rows(trace.jobs.size());
  std::vector<Arrival> arrivals = arrivals_of(rows);
  for (std::size_t i = 0; i < arrivals.size(); ++i) {
    const TraceJob& job = trace.jobs[i];
    arrivals[i].job.submitted = job.submitted;
    arrivals[i].job.estimate = job.estimate;
    arrivals[i].job.demand.devices = job.devices;
    arrivals[i].run_time = job.run_time;
    settle_estimate(arrivals[i], Overrun::kRaise);
  }
  return scenario_of(nodes(1, *trace.machine_devices), std::move(arrivals));
}

/// Sums over all jobs, from what a recorder hears.
class Waits final : public Recorder {
 public:
  void begin_run(const RunHeader&) override {}
  void begin_step(Time now) override { now_ = now; }
  void event(const Event& event) override {
    if (std::holds_alternative<Submitted>(event)) {
      jobs_.push_back({now_, now_});
    } else if (const auto* finished = std::get_if<Finished>(&event)) {
      const auto [submit, start] = jobs_[finished->job.value];
      const double wait = to_seconds(start - submit);
      const double run = to_seconds(now_ - start);
      wait_ += wait;
      bounded_slowdown_ += std::max(1.0, (wait + run) / std::max(run, 10.0));
      ++finished_;
    }
  }
  void action(const Action& action) override {
    if (const auto* start = std::get_if<Start>(&action)) jobs_[start->job.value].second = now_;
  }
  double mean_wait() const { return wait_ / finished_; }
  double mean_bounded_slowdown() const { return bounded_slowdown_ / finished_; }
  double finished() const { return finished_; }

 private:
  Time now_;
  std::vector<std::pair<Time, Time>> jobs_;  ///< Submission and start.
  double wait_ = 0;
  double bounded_slowdown_ = 0;
  double finished_ = 0;
};

Waits waits(const Scenario& scenario, const std::string& policy) {
  Waits recorder;
  run(scenario, policy, &recorder);
  return recorder;
}

TEST(ReferenceTraces, Lublin256) {
  const char* const name = "swf/lublin_256.swf";
  TANDEM_NEEDS_SHARED_TRACE(name);
  const Scenario scenario = scenario_of_trace(name, Estimates::kExact);
  EXPECT_NEAR(waits(scenario, "fifo").mean_wait(), 2'388'443.760, 0.001);
  EXPECT_NEAR(waits(scenario, "first-fit").mean_wait(), 63'772.640, 0.001);
  EXPECT_NEAR(waits(scenario, "sjf:size=oracle+first-fit").mean_wait(), 47'503.316, 0.001);
  EXPECT_NEAR(waits(scenario, "easy").mean_wait(), 97'155.995, 0.001);
}

TEST(ReferenceTraces, KthSp2) {
  const char* const name = "swf/KTH-SP2-1996-2.1-cln.swf";
  TANDEM_NEEDS_SHARED_TRACE(name);
  const Waits by_users = waits(scenario_of_trace(name, Estimates::kUser), "easy");
  EXPECT_EQ(by_users.finished(), 28'475);
  EXPECT_NEAR(by_users.mean_bounded_slowdown(), 90.6, 0.05);
  const Waits exact = waits(scenario_of_trace(name, Estimates::kExact), "easy");
  EXPECT_NEAR(exact.mean_bounded_slowdown(), 71.6, 0.05);
}

}  // namespace
}  // namespace tandem
