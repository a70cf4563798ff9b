// What single orders and backfills promise on top of the laws of all.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "tests/support/law_checker.h"
#include "tests/support/random.h"
#include "tests/support/random_scenario.h"
#include "tests/support/runs.h"

namespace tandem {
namespace {

/// Counts jobs that start while one submitted earlier, or with a smaller id, waits.
class Overtaking final : public LawChecker {
 public:
  void action(const Action& action) override {
    const auto* start = std::get_if<Start>(&action);
    if (start != nullptr && waiting_.begin()->first < start->job) ++overtaken;
    LawChecker::action(action);
  }
  int overtaken = 0;
};

TEST(StrictFifo, NeverOvertakes) {
  // A job held back by its quota waits in front of the queue, and a gang that lost a node is ahead.
  const Mix mix{.failures = false, .quotas = false};
  int first_fit = 0;
  for (std::uint64_t seed = 1; seed <= seeds(500); ++seed) {
    for (const char* policy : {"fifo", "fifo+spread"}) {
      Overtaking strict;
      run(random_scenario(seed, mix), policy, &strict);
      ASSERT_EQ(strict.overtaken, 0) << "seed " << seed << " " << policy;
    }
    Overtaking other;
    run(random_scenario(seed, mix), "first-fit", &other);
    first_fit += other.overtaken;
  }
  EXPECT_GT(first_fit, 100) << "the workloads give no occasion";
}

/// Computes the shadow time of every job when it first is the head of the queue and does not fit,
/// from the account of the laws alone, and wants it to start by then.
class ShadowWatch final : public LawChecker {
 public:
  void begin_step(Time now) override {
    note_head();
    LawChecker::begin_step(now);
  }
  void action(const Action& action) override {
    if (const auto* start = std::get_if<Start>(&action)) {
      if (waiting_.begin()->first < start->job) {
        note_head();
        ++backfilled;
      }
      const auto shadow = shadows_.find(start->job);
      require(shadow == shadows_.end() || now() <= shadow->second,
              fmt::format("job {} starts after its shadow time", start->job.value));
      watched += shadow != shadows_.end();
    }
    LawChecker::action(action);
  }
  int backfilled = 0;
  int watched = 0;

 private:
  using Accounts = std::vector<NodeAccount>;

  bool fits(const Demand& demand, const Accounts& free) const {
    std::map<std::uint32_t, std::int64_t> by_type;
    for (const NodeAccount& node : free) {
      const bool accepted = demand.devices == 0 || (demand.types >> node.type & 1) != 0;
      if (!accepted) continue;
      std::int64_t ranks = demand.devices == 0 ? 1 : static_cast<std::int64_t>(node.devices.size());
      while (ranks > 0 && (ranks * demand.cpus_per_rank.count > node.cpus ||
                           ranks * demand.memory_per_rank.count > node.memory)) {
        --ranks;
      }
      const bool alone = demand.one_node || demand.devices == 0;
      std::int64_t& sum = by_type[node.type];
      sum = alone ? std::max(sum, ranks) : sum + ranks;
      if (sum >= demand.ranks()) return true;
    }
    return false;
  }

  std::optional<Time> shadow_of(const Demand& demand) const {
    Accounts free = free_;
    std::multimap<Time, const Holding*> ends;
    for (const auto& [job, holding] : holding_) {
      ends.emplace(holding.since + holding.job.estimate, &holding);
    }
    for (auto next = ends.begin(); next != ends.end();) {
      const Time end = next->first;
      for (; next != ends.end() && next->first == end; ++next) give_back(*next->second, free);
      if (fits(demand, free)) return end;
    }
    return std::nullopt;
  }

  void give_back(const Holding& holding, Accounts& free) const {
    for (const auto& [node, ranks] : holding.ranks) {
      free[node].cpus += ranks * holding.job.demand.cpus_per_rank.count;
      free[node].memory += ranks * holding.job.demand.memory_per_rank.count;
    }
    for (const DeviceId device : holding.devices) {
      std::uint32_t node = 0;
      std::uint32_t first = 0;
      while (device.value >= first + header_.cluster.nodes()[node].device_count) {
        first += header_.cluster.nodes()[node++].device_count;
      }
      free[node].devices.insert(device.value);
    }
  }

  void note_head() {
    if (waiting_.empty()) return;
    const auto& [job, head] = *waiting_.begin();
    if (shadows_.count(job) > 0 || fits(head.demand, free_)) return;
    if (const auto shadow = shadow_of(head.demand)) shadows_.emplace(job, *shadow);
  }

  std::map<JobId, Time> shadows_;
};

void easy_keeps_shadows(const Mix& mix) {
  int backfilled = 0;
  int watched = 0;
  for (std::uint64_t seed = 1; seed <= seeds(1000); ++seed) {
    for (const char* policy : {"easy", "easy+spread"}) {
      ShadowWatch watch;
      run(random_scenario(seed, mix), policy, &watch);
      ASSERT_EQ(watch.broken(), "") << "seed " << seed << " " << policy;
      backfilled += watch.backfilled;
      watched += watch.watched;
    }
  }
  EXPECT_GT(backfilled, 1000 / 5) << "the workloads give no occasion";
  EXPECT_GT(watched, 1000 / 5) << "the workloads give no occasion";
}

constexpr Mix kExactAndSteady{
    .failures = false, .quotas = false, .interval = false, .wrong_estimates = false};

TEST(Easy, NeverDelaysTheHeadBeyondItsFirstShadowTimeOnOneType) {
  Mix mix = kExactAndSteady;
  mix.types = mix.rooms = false;
  easy_keeps_shadows(mix);
}

TEST(Easy, NeverDelaysTheHeadBeyondItsFirstShadowTimeWithTypesAndRooms) {
  easy_keeps_shadows(kExactAndSteady);
}

TEST(FirstFit, DelaysTheHeadBeyondItsShadowTime) {
  // The watch can see a delay.
  int delayed = 0;
  for (std::uint64_t seed = 1; seed <= seeds(200); ++seed) {
    ShadowWatch watch;
    run(random_scenario(seed, kExactAndSteady), "first-fit", &watch);
    delayed += !watch.broken().empty();
  }
  EXPECT_GT(delayed, 5);
}

TEST(PriorityAging, WaitOfTheLeastUrgentIsBoundedAsStated) {
  // One device. Job 0 holds it; job 1 is of base priority 0; urgent jobs come one a second and run
  // for one second, so that without aging job 1 would wait until they stop coming.
  for (const int gap : {1, 3, 10}) {
    for (const int weight : {10, 17, 40}) {
      const double max_age_s = 60;
      std::vector<JobRow> rows{{0, 1, 1, gap}, {0, 1, 1, 0}};
      for (int i = 1; i < 200; ++i) rows.push_back({double(i), 1, 1, gap});
      const std::string policy = fmt::format("priority-aging:weight={}:max_age=60s", weight);
      const std::string order = starts(scenario_of(nodes(1, 1), rows), policy) + " ";
      const double bound = max_age_s * gap / weight;
      // Urgent jobs are fresh when they are compared with it: it starts at the first second from
      // the bound on. At equality the older goes first.
      const std::string expected = fmt::format(" 1@{} ", static_cast<int>(std::ceil(bound)));
      EXPECT_NE(order.find(expected), std::string::npos)
          << "gap " << gap << " weight " << weight << ": no" << expected << "in " << order;
    }
  }
}

TEST(PriorityAging, SaysItsBound) {
  const std::vector<JobRow> rows{{0, 1, 1, 2}, {0, 1, 1, 12}, {0, 1, 1, 5}};
  const Scenario scenario = scenario_of(nodes(1, 1), rows);
  EXPECT_EQ(run(scenario, "priority-aging:weight=40:max_age=60s", nullptr).promise,
            "a job of base priority 2 goes before fresh ones of 12 once it has "
            "waited 15 s");
  EXPECT_EQ(run(scenario, "priority-aging:weight=9:max_age=60s", nullptr).promise,
            "a job of base priority 2 may wait for ever behind fresh ones of 12: "
            "weight 9 is less than the gap of 10");
}

TEST(PriorityAging, WithoutEnoughWeightTheLeastUrgentWaitsUntilNoMoreCome) {
  std::vector<JobRow> rows{{0, 1, 1, 10}, {0, 1, 1, 0}};
  for (int i = 1; i < 200; ++i) rows.push_back({double(i), 1, 1, 10});
  const std::string order =
      starts(scenario_of(nodes(1, 1), rows), "priority-aging:weight=9:max_age=60s");
  EXPECT_TRUE(order.ends_with(" 1@200")) << order;
}

}  // namespace
}  // namespace tandem
