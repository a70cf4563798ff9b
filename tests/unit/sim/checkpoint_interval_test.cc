// The formulas for checkpoints, and what they promise against what happens.
#include "sim/checkpoint_interval.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <iterator>
#include <numeric>
#include <sstream>
#include <string>
#include <variant>
#include <vector>

#include "sim/child_processes.h"
#include "tests/support/runs.h"

namespace tandem {
namespace {

using std::chrono::hours;

TEST(CheckpointInterval, Young) {
  // Saving takes 5 minutes, failures come once a day: every two hours.
  EXPECT_DOUBLE_EQ(young_interval_s(300, 86'400), 7'200);
}

TEST(CheckpointInterval, Daly) {
  // The same: sqrt(d / 2M) = 1/24, so 7200 (1 + 1/72 + 1/5184) - 300.
  EXPECT_NEAR(daly_interval_s(300, 86'400), 7'200 * (1 + 1 / 72.0 + 1 / 5184.0) - 300, 1e-9);
  EXPECT_DOUBLE_EQ(daly_interval_s(300, 100), 100) << "saving takes longer than it lasts";
}

TEST(CheckpointInterval, DalysIsTheBestOfHisModel) {
  for (const double cost : {10.0, 300.0, 3000.0}) {
    for (const double mtbf : {3600.0, 86'400.0, 1e7}) {
      const auto time = [&](double interval) { return daly_time_s(1e6, interval, cost, 60, mtbf); };
      const double best = daly_interval_s(cost, mtbf);
      double least = time(best);
      for (double interval = best / 10; interval < best * 10; interval *= 1.01) {
        least = std::min(least, time(interval));
      }
      EXPECT_LT(time(best), least * (cost < mtbf / 2 ? 1.0002 : 1.05)) << cost << " " << mtbf;
    }
  }
}

TEST(CheckpointInterval, OfAGang) {
  FailureSettings failures;
  EXPECT_EQ(gang_mtbf(failures, 8, 2), std::nullopt);
  failures.node_mtbf = hours{800};
  EXPECT_EQ(gang_mtbf(failures, 8, 2), hours{100});
  failures.rack_mtbf = hours{200};
  EXPECT_EQ(gang_mtbf(failures, 8, 2), hours{50});
  EXPECT_EQ(checkpoint_interval(failures, hours{24}, seconds(300)), std::nullopt);
  failures.checkpoint_rule = CheckpointRule::kYoung;
  EXPECT_EQ(checkpoint_interval(failures, hours{24}, seconds(300)), hours{2});
  EXPECT_EQ(checkpoint_interval(failures, std::nullopt, seconds(300)), std::nullopt);
}

/// When jobs end.
class Ends final : public Recorder {
 public:
  void begin_run(const RunHeader&) override {}
  void begin_step(Time now) override { now_ = now; }
  void event(const Event& event) override {
    if (std::holds_alternative<Finished>(event)) text += fmt::format("{} ", to_seconds(now_));
  }
  void action(const Action&) override {}
  std::string text;

 private:
  Time now_;
};

/// Times in seconds in which jobs of so much work, one on each node, get done. A node sends and
/// reads 1 GB/s.
std::vector<double> times(const FailureSettings& failures, double work_s, double cost_s,
                          double restart_s, std::uint32_t jobs) {
  const auto outcomes =
      run_children({[&](const ReportProgress&) {
                     std::vector<JobRow> rows(jobs, {0, work_s, 1});
                     auto arrivals = arrivals_of(rows);
                     for (Arrival& arrival : arrivals) {
                       arrival.state = {static_cast<std::int64_t>(cost_s * 1e9)};
                     }
                     Scenario scenario = scenario_of(nodes(jobs, 1), arrivals);
                     scenario.network = {8e9, 1, 1, 0};
                     scenario.failures = failures;
                     scenario.preemption.costs = {{.restart = seconds(restart_s - cost_s)}};
                     Ends ends;
                     run(scenario, "fifo", &ends, In::kSimulated);
                     return ends.text;
                   }},
                   1, [](std::size_t, double) {});
  EXPECT_EQ(outcomes[0].error, "");
  std::istringstream text(outcomes[0].result.value_or(""));
  return {std::istream_iterator<double>(text), {}};
}

TEST(CheckpointInterval, DalysFormulaSaysWhatHappens) {
  // Saving 60 s, restart 90 s with reading, a failure every hour. The last piece is not saved.
  constexpr double kCost = 60;
  constexpr double kRestart = 90;
  constexpr double kMtbf = 3600;
  constexpr double kInterval = 600;
  constexpr int kPieces = 50;
  FailureSettings failures;
  failures.node_mtbf = seconds(kMtbf);
  failures.repair = Duration{1};
  failures.checkpoint_interval = seconds(kInterval);
  constexpr std::uint32_t kJobs = 400;
  const auto found = times(failures, kPieces * kInterval, kCost, kRestart, kJobs);
  ASSERT_EQ(found.size(), kJobs);
  const double expected =
      daly_time_s((kPieces - 1) * kInterval, kInterval, kCost, kRestart, kMtbf) +
      daly_time_s(kInterval, kInterval, 0, kRestart, kMtbf);
  const double n = kJobs;
  const double mean = std::accumulate(found.begin(), found.end(), 0.0) / n;
  double squares = 0;
  for (const double time : found) squares += (time - mean) * (time - mean);
  EXPECT_NEAR(mean, expected, 2.576 * std::sqrt(squares / (n - 1) / n));
}

}  // namespace
}  // namespace tandem
