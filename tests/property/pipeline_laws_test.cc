// Laws of what is reported of pipelines, under every policy on random workloads.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "reports/run_metrics.h"
#include "sim/check/random_scenario.h"
#include "tests/support/random.h"
#include "tests/support/runs.h"

namespace tandem {
namespace {

/// When jobs were submitted and ended, and what they waited for: all of it, for the end.
class Lives final : public Recorder {
 public:
  struct Life {
    std::optional<PipelinePart> part;
    std::vector<JobId> after;
    Time submitted;
    Time ended;
  };

  void begin_run(const RunHeader&) override {}
  void begin_step(Time now) override { now_ = now; }
  void event(const Event& event) override {
    if (const auto* submitted = std::get_if<Submitted>(&event)) {
      of[submitted->job.id] = {submitted->part, submitted->after, now_, {}};
    } else if (const auto* finished = std::get_if<Finished>(&event)) {
      of[finished->job].ended = now_;
    }
  }
  void action(const Action&) override {}

  std::map<JobId, Life> of;

 private:
  Time now_;
};

/// Checks a completed run against the lives of its jobs.
void expect_consistent(const PipelineRun& run, const std::map<JobId, Lives::Life>& lives) {
  std::map<PipelinePart, const Lives::Life*> by_part;
  Time first = kForever;
  Time last;
  for (const auto& [id, life] : lives) {
    if (!life.part || life.part->pipeline != run.pipeline || life.part->run != run.number) continue;
    by_part[*life.part] = &life;
    first = std::min(first, life.submitted);
    last = std::max(last, life.ended);
  }
  EXPECT_EQ(run.makespan(), last - first);
  EXPECT_GE(run.makespan(), run.critical_path());
  for (const PipelineJob& job : run.jobs) {
    const Lives::Life& life = *by_part.at(job.part);
    Time ready = life.submitted;
    for (const JobId awaited : life.after) ready = std::max(ready, lives.at(awaited).ended);
    EXPECT_EQ(job.ready, ready);
    EXPECT_GE(*job.start, ready);
    EXPECT_GE(run.critical_path(), job.run);
  }
}

class PipelineLaws : public testing::TestWithParam<std::string> {};

TEST_P(PipelineLaws, MakespanIsNeverBelowTheCriticalPath) {
  std::uint64_t completed = 0;
  for (std::uint64_t seed = 1; seed <= seeds(60); ++seed) {
    const Scenario scenario = random_scenario(seed);
    if (scenario.pipelines.empty()) continue;
    std::vector<PipelineRun> runs;
    Lives lives;
    RunMetrics metrics;
    metrics.pipelines().set_listener([&](const PipelineRun& run) { runs.push_back(run); });
    Recorders both({&lives, &metrics});
    run(scenario, GetParam(), &both, In::kSimulated, seed);
    for (const PipelineRun& run : runs) {
      if (run.state != &JobCounts::completed) continue;
      ++completed;
      expect_consistent(run, lives.of);
    }
    for (const PipelineResult& result : metrics.result().pipelines) {
      EXPECT_TRUE(result.runs.conserved()) << "seed " << seed;
      EXPECT_EQ(result.runs.running + result.runs.queued, 0U) << "seed " << seed;
    }
    ASSERT_FALSE(HasFailure()) << "seed " << seed;
  }
  EXPECT_GE(completed, seeds(10)) << "the workloads do not try it";
}

INSTANTIATE_TEST_SUITE_P(EveryPolicy, PipelineLaws, testing::ValuesIn(every_policy()));

}  // namespace
}  // namespace tandem
