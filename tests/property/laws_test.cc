// Laws of every policy: accounts, gangs, conservation, progress, replay.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "policies/core/replay_world.h"
#include "sim/check/admission_laws.h"
#include "sim/check/law_checker.h"
#include "sim/check/random_scenario.h"
#include "tests/support/random.h"
#include "tests/support/runs.h"

namespace tandem {
namespace {

/// How many ranks of a job an empty node takes.
std::int64_t ranks_on(const Scenario& scenario, const Job& job, const Node& node) {
  const Demand& demand = job.demand;
  std::int64_t ranks = demand.devices == 0 ? 1 : node.device_count;
  while (ranks * demand.cpus_per_rank.count > node.cpus.count) --ranks;
  while (ranks * demand.memory_per_rank.count > node.memory.count) --ranks;
  const bool alone = (scenario.models.at(job.model).excludes >> job.model.value & 1) != 0;
  return alone ? std::min<std::int64_t>(ranks, 1) : ranks;
}

/// Whether an empty cluster with every node up could run the job: said again, in other words than
/// the product's.
bool can_ever_run(const Scenario& scenario, const Job& job) {
  const Demand& demand = job.demand;
  const std::uint32_t least = job.elastic ? job.elastic->least : demand.devices;
  for (std::optional<TenantId> id = job.tenant; id; id = scenario.tenants.at(*id).parent) {
    // Quotas let an elastic job in at its preferred size.
    const auto quota = scenario.tenants.at(*id).quota;
    if (quota && demand.devices > *quota) return false;
  }
  std::vector<std::int64_t> whole(64);
  for (const Node& node : scenario.cluster.nodes()) {
    const std::int64_t ranks = ranks_on(scenario, job, node);
    if (demand.devices == 0 && ranks == 1) return true;
    const bool accepts =
        demand.accepts(node.type) && scenario.models.speed_ppm(job.model, node.type) > 0;
    if (demand.devices == 0 || !accepts) continue;
    std::int64_t& sum = whole[node.type.value];
    sum = demand.one_node ? std::max(sum, ranks) : sum + ranks;
    if (sum >= least) return true;
  }
  return false;
}

class EveryPolicy : public testing::TestWithParam<std::string> {};

TEST_P(EveryPolicy, KeepsTheLawsAndEndsEveryFeasibleJob) {
  for (std::uint64_t seed = 1; seed <= seeds(200); ++seed) {
    const Scenario scenario = random_scenario(seed);
    LawChecker laws;
    AdmissionLaws admission;
    Recorders both({&laws, &admission});
    const JobCounts counts = run(scenario, GetParam(), &both, In::kSimulated, seed).counts;
    ASSERT_EQ(laws.broken() + admission.broken(), "") << "seed " << seed;
    ASSERT_EQ(counts.submitted,
              counts.completed + counts.failed + counts.cancelled + counts.rejected)
        << "seed " << seed;
    const auto arrivals = scenario.arrivals(seed);
    while (const auto arrival = arrivals->next()) {
      const Job& job = arrival->job;
      const auto& rejected =
          can_ever_run(scenario, job) ? admission.rejected_otherwise() : admission.rejected();
      ASSERT_EQ(rejected.contains(job.id), !can_ever_run(scenario, job))
          << "seed " << seed << " job " << job.id.value;
    }
  }
}

TEST_P(EveryPolicy, EqualRunsGiveEqualBytes) {
  for (std::uint64_t seed = 1; seed <= seeds(50); ++seed) {
    const Scenario scenario = random_scenario(seed);
    const std::string first = journal_of(scenario, GetParam(), In::kSimulated, seed);
    ASSERT_TRUE(first == journal_of(scenario, GetParam(), In::kSimulated, seed)) << "seed " << seed;
  }
}

TEST_P(EveryPolicy, JournalReplaysToItself) {
  for (std::uint64_t seed = 1; seed <= seeds(50); ++seed) {
    const std::string journal = journal_of(random_scenario(seed), GetParam(), In::kSimulated, seed);
    ASSERT_TRUE(replay_of(journal) == journal) << "seed " << seed;
  }
}

std::string replay_error(const std::string& journal) {
  try {
    replay_of(journal);
  } catch (const ReplayMismatch& mismatch) {
    return mismatch.what();
  }
  return "no mismatch";
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

TEST_P(EveryPolicy, TamperedActionIsNamedByItsLine) {
  for (std::uint64_t seed = 1; seed <= seeds(20); ++seed) {
    const std::string journal = journal_of(random_scenario(seed), GetParam());
    std::vector<std::string> lines = lines_of(journal);
    std::vector<std::size_t> actions;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (lines[i].starts_with("- ")) actions.push_back(i);
    }
    ASSERT_FALSE(actions.empty()) << "seed " << seed;
    const std::size_t at = actions[Random(seed).below(static_cast<std::uint32_t>(actions.size()))];
    const std::string was = lines[at];
    lines[at] += "!";
    EXPECT_EQ(replay_error(joined(lines)),
              fmt::format("journal:{}: recorded '{}!', replay did '{}'", at + 1, was, was))
        << "seed " << seed;
    // Taken out, it is missed at that line or, in a step without other actions, at its step.
    lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(at));
    EXPECT_NE(replay_error(joined(lines)).find(fmt::format("replay did '{}'", was)),
              std::string::npos)
        << "seed " << seed;
  }
}

/// Where actions may begin to run.
class Ticks final : public Recorder {
 public:
  void begin_run(const RunHeader& header) override { interval_ = header.scheduling_interval; }
  void begin_step(Time now) override { now_ = now; }
  void event(const Event&) override {}
  void action(const Action& action) override {
    if (!std::holds_alternative<Start>(action)) return;
    ++starts;
    if (now_.time_since_epoch() % interval_ != Duration::zero()) ++off_ticks;
  }
  int starts = 0;
  int off_ticks = 0;

 private:
  Duration interval_{};
  Time now_;
};

TEST_P(EveryPolicy, StartsOnlyAtMultiplesOfTheInterval) {
  for (std::uint64_t seed = 1; seed <= seeds(30); ++seed) {
    Scenario scenario = random_scenario(seed);
    scenario.scheduling_interval = seconds(2.5);
    Ticks ticks;
    const JobCounts counts = run(scenario, GetParam(), &ticks, In::kSimulated, seed).counts;
    EXPECT_EQ(ticks.off_ticks, 0) << "seed " << seed;
    EXPECT_GE(ticks.starts, static_cast<int>(counts.completed)) << "seed " << seed;
    EXPECT_EQ(counts.queued, 0U) << "seed " << seed;
  }
}

/// No gang starts for the first time while one that lost a node waits.
class Returning final : public LawChecker {
 public:
  void event(const Event& event) override {
    if (const auto* stopped = std::get_if<Stopped>(&event)) {
      if (stopped->cause == StopCause::kNodeDown) returning_.insert(stopped->job);
    }
    if (const auto* cancelled = std::get_if<Cancelled>(&event)) returning_.erase(cancelled->job);
    LawChecker::event(event);
  }
  void action(const Action& action) override {
    if (const auto* start = std::get_if<Start>(&action)) {
      if (returning_.erase(start->job) > 0) {
        ++returned;
      } else {
        require(returning_.empty(), fmt::format("job {} starts ahead", start->job.value));
      }
    }
    LawChecker::action(action);
  }
  int returned = 0;

 private:
  std::set<JobId> returning_;
};

TEST_P(EveryPolicy, GangThatLostANodeGoesAheadOfThoseThatNeverStarted) {
  if (GetParam().find("+none+") == std::string::npos) return;  // The others may backfill.
  int returned = 0;
  for (std::uint64_t seed = 1; seed <= seeds(200); ++seed) {
    Returning laws;
    run(random_scenario(seed), GetParam(), &laws, In::kSimulated, seed);
    ASSERT_EQ(laws.broken(), "") << "seed " << seed;
    returned += laws.returned;
  }
  EXPECT_GT(returned, 20) << "the workloads do not try it";
}

INSTANTIATE_TEST_SUITE_P(All, EveryPolicy, testing::ValuesIn(every_policy()));

}  // namespace
}  // namespace tandem
