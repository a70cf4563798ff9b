// What single orders and backfills promise on top of the laws of all.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "sim/check/law_checker.h"
#include "sim/check/random_scenario.h"
#include "tests/support/random.h"
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
  // A job held back by its quota, a limit or other jobs waits in front of the queue, and a gang
  // that lost a node is ahead.
  const Mix mix{.failures = false, .quotas = false, .dependencies = false, .limits = false};
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

  /// How many ranks of a job a node takes, or a part of a device if that is what it asks for.
  std::int64_t ranks_on(const Job& job, const NodeAccount& node) const {
    const Demand& demand = job.demand;
    const ModelSet excludes = header_.models.at(job.model).excludes;
    for (const auto& [model, ranks] : node.models) {
      if ((excludes >> model & 1) != 0 && ranks > 0) return 0;
    }
    auto devices = static_cast<std::int64_t>(node.devices.size());
    for (const auto& [device, left] : node.parts) {
      if (demand.device_share < 1000 && left >= demand.device_share) devices = 1;
    }
    std::int64_t ranks = demand.devices == 0 ? 1 : devices;
    while (ranks > 0 && (ranks * demand.cpus_per_rank.count > node.cpus ||
                         ranks * demand.memory_per_rank.count > node.memory)) {
      --ranks;
    }
    return (excludes >> job.model.value & 1) != 0 ? std::min<std::int64_t>(ranks, 1) : ranks;
  }

  bool fits(const Job& job, const Accounts& free) const {
    const Demand& demand = job.demand;
    std::map<std::uint32_t, std::int64_t> by_type;
    for (const NodeAccount& node : free) {
      const bool accepted = demand.devices == 0 || (demand.types >> node.type & 1) != 0;
      if (!accepted) continue;
      const std::int64_t ranks = ranks_on(job, node);
      const bool alone = demand.one_node || demand.devices == 0;
      std::int64_t& sum = by_type[node.type];
      sum = alone ? std::max(sum, ranks) : sum + ranks;
      if (sum >= demand.ranks()) return true;
    }
    return false;
  }

  /// By the estimate, on the type where it runs.
  Duration run_time(const Holding& holding) const {
    if (holding.devices.empty()) return holding.job.estimate;
    const DeviceTypeId type{free_[node_of(holding.devices.front())].type};
    const std::int64_t speed = header_.models.speed_ppm(holding.job.model, type);
    return (holding.job.estimate * 1'000'000 + Duration{speed - 1}) / speed;
  }

  std::optional<Time> shadow_of(const Job& job) const {
    Accounts free = free_;
    std::multimap<Time, const Holding*> ends;
    for (const auto& [id, holding] : holding_) {
      ends.emplace(holding.since + run_time(holding), &holding);
    }
    for (auto next = ends.begin(); next != ends.end();) {
      const Time end = next->first;
      for (; next != ends.end() && next->first == end; ++next) give_back(*next->second, free);
      if (fits(job, free)) return end;
    }
    return std::nullopt;
  }

  void give_back(const Holding& holding, Accounts& free) const {
    const Job& job = holding.job;
    for (const auto& [node, ranks] : holding.ranks) {
      free[node].cpus += ranks * job.demand.cpus_per_rank.count;
      free[node].memory += ranks * job.demand.memory_per_rank.count;
      free[node].models[job.model.value] -= ranks;
    }
    for (const DeviceId device : holding.devices) {
      NodeAccount& node = free[node_of(device)];
      std::uint32_t& left = node.parts[device.value];
      left += job.demand.device_share;
      if (left < 1000) continue;
      node.parts.erase(device.value);
      node.devices.insert(device.value);
    }
  }

  void note_head() {
    if (waiting_.empty()) return;
    const auto& [job, head] = *waiting_.begin();
    if (shadows_.count(job) > 0 || fits(head, free_)) return;
    if (const auto shadow = shadow_of(head)) shadows_.emplace(job, *shadow);
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

/// Also without what the watch knows nothing of.
constexpr Mix kExactAndSteady{.failures = false,
                              .quotas = false,
                              .interval = false,
                              .wrong_estimates = false,
                              .elastic = false,
                              .dependencies = false,
                              .limits = false,
                              .starts = false};

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
