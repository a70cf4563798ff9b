// Orders that look at tenants: what each of them gets.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "policies/orders/exponential_draws.h"
#include "tests/support/runs.h"

namespace tandem {
namespace {

using Rows = std::vector<JobRow>;

JobRow job_of(std::uint32_t tenant, double submit_s = 0, double run_s = 1,
              std::uint32_t devices = 1) {
  return {submit_s, run_s, devices, 0, -1, tenant};
}

/// With tenants called a, b, c … of these shares.
Scenario shared(Cluster cluster, const Rows& rows, const std::vector<double>& shares) {
  Scenario scenario = scenario_of(std::move(cluster), rows);
  scenario.tenants = {};
  for (const double share : shares) {
    scenario.tenants.add(std::string(1, static_cast<char>('a' + scenario.tenants.size())), {},
                         share);
  }
  return scenario;
}

/// Tenants in the order of starts, "abca", and how many devices each holds.
class Tally final : public Recorder {
 public:
  void begin_run(const RunHeader& header) override { header_ = header; }
  void begin_step(Time) override {}
  void event(const Event& event) override {
    if (const auto* submitted = std::get_if<Submitted>(&event)) jobs_.push_back(submitted->job);
    if (const auto* stopped = std::get_if<Stopped>(&event)) let_go(stopped->job);
    if (const auto* finished = std::get_if<Finished>(&event)) let_go(finished->job);
  }
  void action(const Action& action) override {
    const auto* start = std::get_if<Start>(&action);
    if (start == nullptr) return;
    const Job& job = jobs_[start->job.value];
    order += header_.tenants.at(job.tenant).name.back();
    held[job.tenant.value] += job.demand.devices;
    most_held[job.tenant.value] = std::max(most_held[job.tenant.value], held[job.tenant.value]);
  }
  std::string order;
  std::map<std::uint32_t, std::uint32_t> held;
  std::map<std::uint32_t, std::uint32_t> most_held;

 private:
  void let_go(JobId job) { held[jobs_[job.value].tenant.value] -= jobs_[job.value].demand.devices; }

  RunHeader header_;
  std::vector<Job> jobs_;
};

Tally tally(const Scenario& scenario, const std::string& policy) {
  Tally tally;
  run(scenario, policy, &tally);
  return tally;
}

/// `count` jobs of one device and second for each of so many tenants; those of the first go first
/// at ties.
Rows many_jobs(int count, std::uint32_t tenants) {
  Rows rows;
  for (std::uint32_t tenant = 0; tenant < tenants; ++tenant) {
    for (int i = 0; i < count; ++i) rows.push_back(job_of(tenant));
  }
  return rows;
}

TEST(Stride, DealsOutTheFigureOfThePaper) {
  // Tickets 3 : 2 : 1; all are tied after 6 starts.
  const Scenario scenario = shared(nodes(1, 1), many_jobs(12, 3), {3, 2, 1});
  EXPECT_EQ(tally(scenario, "stride").order.substr(0, 18), "abcabaabcabaabcaba");
}

TEST(Stride, CountsDevices) {
  // Gangs of b have two devices: of equal shares it starts half as many.
  Rows rows = many_jobs(30, 2);
  for (JobRow& row : rows) row.devices = 1 + row.tenant;
  const std::string order = tally(shared(nodes(1, 2), rows, {1, 1}), "stride").order;
  EXPECT_EQ(std::ranges::count(order.substr(0, 30), 'a'), 20) << order;
}

TEST(Stride, NobodySavesUpTurns) {
  // b comes after a has had 20 turns, and shares from then on.
  Rows rows = many_jobs(40, 1);
  for (int i = 0; i < 10; ++i) rows.push_back(job_of(1, 19.5));
  const std::string order = tally(shared(nodes(1, 1), rows, {1, 1}), "stride").order;
  EXPECT_EQ(order.substr(0, 28), std::string(20, 'a') + "abababab");
}

TEST(Lottery, WinsFollowTickets) {
  const Scenario scenario = shared(nodes(1, 1), many_jobs(4000, 3), {3, 2, 1});
  const std::string order = tally(scenario, "lottery").order.substr(0, 6000);
  const auto wins = [&](char tenant) { return double(std::ranges::count(order, tenant)); };
  // Three standard deviations of so many independent draws.
  EXPECT_NEAR(wins('a'), 3000, 3 * std::sqrt(6000 * 1 / 2. * 1 / 2.));
  EXPECT_NEAR(wins('b'), 2000, 3 * std::sqrt(6000 * 1 / 3. * 2 / 3.));
  EXPECT_NEAR(wins('c'), 1000, 3 * std::sqrt(6000 * 1 / 6. * 5 / 6.));
  // Independent: after a win of a the next is as likely.
  std::size_t pairs = 0;
  for (std::size_t i = 1; i < order.size(); ++i) pairs += order[i - 1] == 'a' && order[i] == 'a';
  EXPECT_NEAR(static_cast<double>(pairs), 1500, 4 * std::sqrt(6000 * 1 / 4. * 3 / 4.));
  EXPECT_NE(tally(scenario, "lottery:seed=2").order.substr(0, 6000), order);
}

TEST(Lottery, WhoComesBackDrawsLikeEverybody) {
  // Now and then b submits one job, which competes with one of a's.
  Rows rows = many_jobs(4000, 1);
  for (int i = 0; i < 400; ++i) rows.push_back(job_of(1, 0.5 + 5.0 * i));
  const std::string order = tally(shared(nodes(1, 1), rows, {1, 1}), "lottery").order;
  // Its job comes in the middle of turn 5 i; it wins turn 5 i + 1 at even odds.
  int first = 0;
  for (std::size_t i = 0; i < 400; ++i) first += order[5 * i + 1] == 'b';
  EXPECT_NEAR(first, 200, 4 * std::sqrt(400 / 4.));
}

TEST(ExponentialDraws, MinusLog2IsExactToTheLastBit) {
  constexpr std::uint64_t kOne = std::uint64_t{1} << 24U;
  EXPECT_EQ(minus_log2(1), 64 * kOne);
  EXPECT_EQ(minus_log2(std::uint64_t{1} << 63U), kOne);
  // log2 3 = 1.5849625007211561...
  EXPECT_EQ(minus_log2(std::uint64_t{3} << 62U),
            kOne - static_cast<std::uint64_t>(0.5849625007211561 * double(kOne)));
  EXPECT_EQ(minus_log2(~std::uint64_t{0}), 1U);
}

TEST(ExponentialDraws, HaveTheMomentsOfAnExponential) {
  constexpr int kDraws = 100'000;
  double sum = 0;
  double squares = 0;
  for (int n = 0; n < kDraws; ++n) {
    const double draw = double(exponential_draw(7, 3, static_cast<std::uint64_t>(n))) / 0x1p24;
    sum += draw * std::log(2);
    squares += draw * draw * std::log(2) * std::log(2);
  }
  EXPECT_NEAR(sum / kDraws, 1, 4 * std::sqrt(1. / kDraws));
  EXPECT_NEAR(squares / kDraws, 2, 4 * std::sqrt(20. / kDraws));
}

/// Jobs without devices, each on the one node: so many cores and bytes of memory.
Scenario cpu_jobs(MilliCpus cpus, Bytes memory, const std::vector<Demand>& demands,
                  const std::vector<std::uint32_t>& tenants, const std::vector<double>& shares) {
  Cluster cluster;
  cluster.add_node("n", cluster.add_type("none"), 0, cpus, memory);
  Rows rows;
  for (const std::uint32_t tenant : tenants) rows.push_back(job_of(tenant, 0, 100));
  auto arrivals = arrivals_of(rows);
  for (Arrival& arrival : arrivals) arrival.job.demand = demands[arrival.job.tenant.value];
  Scenario scenario = shared(cluster, {}, shares);
  scenario.arrivals = scenario_of(cluster, arrivals).arrivals;
  return scenario;
}

Demand task(std::int64_t cores, std::int64_t bytes) {
  Demand demand;
  demand.devices = 0;
  demand.cpus_per_rank = {1000 * cores};
  demand.memory_per_rank = {bytes};
  return demand;
}

TEST(Drf, WorkedExampleOfThePaper) {
  // 9 CPUs and 18 GB; a task of A takes <1, 4>, one of B <3, 1>: B, A, A, B, A, and both have 2/3
  // of what they use most of.
  const std::vector<std::uint32_t> tenants{1, 1, 1, 1, 1, 0, 0, 0, 0, 0};
  const Scenario scenario = cpu_jobs({9000}, {18}, {task(1, 4), task(3, 1)}, tenants, {1, 1});
  for (const char* policy : {"drf", "drf+per-tenant"}) {
    Tally tasks;
    run(scenario, policy, &tasks);
    EXPECT_EQ(tasks.order.substr(0, 5), "baaba") << policy;
  }
  EXPECT_EQ(starts(scenario, "drf").substr(0, 19), "0@0 5@0 6@0 1@0 7@0");
}

TEST(Drf, WeightsCount) {
  // Tasks of a and b are alike; a has twice the shares.
  std::vector<std::uint32_t> tenants;
  for (std::uint32_t i = 0; i < 24; ++i) tenants.push_back(i % 2);
  const Scenario scenario = cpu_jobs({12000}, {24}, {task(1, 2), task(1, 2)}, tenants, {2, 1});
  const std::string order = tally(scenario, "drf").order.substr(0, 12);
  EXPECT_EQ(std::ranges::count(order, 'a'), 8) << order;
}

TEST(Drf, WhatIsNotCountedDoesNotCount) {
  // A node that states no memory has enough of it: a's tasks take more memory, b's more CPUs.
  std::vector<std::uint32_t> tenants;
  for (std::uint32_t i = 0; i < 16; ++i) tenants.push_back(i % 2);
  const Scenario scenario =
      cpu_jobs({9000}, {kUncounted}, {task(1, kUncounted / 100), task(3, 1)}, tenants, {1, 1});
  EXPECT_EQ(tally(scenario, "drf+per-tenant").order.substr(0, 5), "abaab")
      << "3 CPUs are 3 times 1";
}

TEST(PerTenant, PassesOverATenantWhoseNextJobDoesNotFit) {
  // b holds nothing, but its first job does not fit beside a's.
  const Rows rows{job_of(0, 0, 10, 3), job_of(1, 1, 5, 2), job_of(1, 1, 5, 1), job_of(0, 2, 5, 1)};
  const Scenario scenario = shared(nodes(1, 4), rows, {1, 1});
  EXPECT_EQ(starts(scenario, "drf"), "0@0 1@10 3@10 2@10");
  EXPECT_EQ(starts(scenario, "drf+per-tenant"), "0@0 3@2 1@10 2@10");
  EXPECT_EQ(starts(scenario, "drf+first-fit"), "0@0 2@1 3@6 1@10");
  // Whatever the order: here all jobs are in one lane.
  EXPECT_EQ(starts(scenario, "fifo+per-tenant"), "0@0 3@2 1@10 2@10");
}

TEST(MaxMin, DividesWhatIsFreeInOneDecision) {
  // The trap: looked at once a decision, a would get a third of the four devices.
  const Rows rows{job_of(0, 0, 10), job_of(0, 0, 10), job_of(0, 0, 10), job_of(0, 0, 10),
                  job_of(1, 0, 10), job_of(1, 0, 10), job_of(1, 0, 10), job_of(1, 0, 10)};
  Tally tally;
  run(shared(nodes(1, 4), rows, {1, 1}), "max-min", &tally);
  EXPECT_EQ(tally.most_held[0], 2U);
  EXPECT_EQ(tally.most_held[1], 2U);
  // Also as devices come free one by one.
  Rows uneven = rows;
  for (std::size_t i = 0; i < uneven.size(); ++i) uneven[i].run_s = 10 + static_cast<double>(i);
  run(shared(nodes(1, 4), uneven, {1, 1}), "max-min", &tally);
  EXPECT_EQ(tally.most_held[0], 2U);
  EXPECT_EQ(tally.most_held[1], 2U);
}

TEST(MaxMin, HierarchicalWorkedExample) {
  // 300 devices; C1 {1A: 1, 1B: 1, 1C: 3} and C2 {2A} of equal weight.
  std::vector<JobRow> rows;
  Scenario scenario = scenario_of(nodes(30, 10), rows);
  scenario.tenants = {};
  const TenantId c1 = scenario.tenants.add("C1");
  const TenantId c2 = scenario.tenants.add("C2");
  const std::vector<TenantId> leaves{
      scenario.tenants.add("C1/1A", c1, 1), scenario.tenants.add("C1/1B", c1, 1),
      scenario.tenants.add("C1/1C", c1, 3), scenario.tenants.add("C2/2A", c2, 1)};
  for (int i = 0; i < 300; ++i) {
    for (const TenantId leaf : leaves) rows.push_back(job_of(leaf.value, 0, 10));
  }
  scenario.arrivals = scenario_of(nodes(30, 10), rows).arrivals;
  Tally tally;
  run(scenario, "max-min", &tally);
  const std::vector<std::uint32_t> expected{30, 30, 90, 150};
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    // The first 300 starts are those at 0: all jobs are alike, so nobody ever holds more.
    EXPECT_GE(tally.most_held[leaves[i].value], expected[i]) << i;
  }
  const std::string at_start = tally.order.substr(0, 300);
  EXPECT_EQ(std::ranges::count(at_start, 'C'), 90);
  EXPECT_EQ(std::ranges::count(at_start, 'B'), 30);
  EXPECT_EQ(std::ranges::count(at_start, 'A'), 30 + 150);
}

Scenario with_guarantee(const Rows& rows) {
  Scenario scenario = shared(nodes(1, 4), rows, {1, 1});
  scenario.tenants.guarantee({0}, 3);
  return scenario;
}

TEST(MaxMin, WhoIsBelowItsGuaranteeGoesFirst) {
  Rows rows;
  for (int i = 0; i < 4; ++i) rows.push_back(job_of(1, 0, 10));
  for (int i = 0; i < 4; ++i) rows.push_back(job_of(0, 0, 10));
  // Three for a; then both hold nothing beyond their guarantees, and b's job came first. At 10
  // all devices come free at once.
  EXPECT_EQ(tally(with_guarantee(rows), "max-min").order, "aaababbb");
}

TEST(MaxMin, GuaranteesAreLentAndTakenBack) {
  // b has all four devices while a has nothing to run. At 5 a takes back its three, and no more.
  Rows rows;
  for (int i = 0; i < 4; ++i) rows.push_back(job_of(1, 0, 20));
  for (int i = 0; i < 4; ++i) rows.push_back(job_of(0, 5, 10));
  EXPECT_EQ(starts(with_guarantee(rows), "max-min"), "0@0 1@0 2@0 3@0 4@20 5@20 6@20 7@20");
  EXPECT_EQ(starts(with_guarantee(rows), "max-min+preempt:by=quota:min_runtime=1s"),
            "0@0 1@0 2@0 3@0 4@5 5@5 6@5 7@15 1@15 2@15 3@20");
}

TEST(MaxMin, TakesFromWhoHoldsMore) {
  // Level with what it would have, 2 : 2, nobody is stopped any more.
  Rows rows;
  for (int i = 0; i < 4; ++i) rows.push_back(job_of(1, 0, 20));
  for (int i = 0; i < 4; ++i) rows.push_back(job_of(0, 5, 20));
  for (const char* order : {"max-min", "drf"}) {
    EXPECT_EQ(
        starts(shared(nodes(1, 4), rows, {1, 1}), std::string(order) + "+preempt:min_runtime=1s"),
        "0@0 1@0 2@0 3@0 4@5 5@5 2@20 3@20 6@25 7@25")
        << order;
  }
}

std::string reason_of_last_start(const Scenario& scenario, const std::string& policy) {
  std::string reason;
  for (const std::string& line : lines_of(journal_of(scenario, policy))) {
    if (line.starts_with("- start ")) reason = line.substr(line.find("priority"));
  }
  return reason;
}

TEST(Multifactor, ReasonsListEveryTerm) {
  // At 10 job 1 has waited for 5 of 20 s. Its tenant, with half of the shares, has used all there
  // was: F = 2^-2. It wants 3 of 4 devices and 6 of 8 cores.
  Cluster cluster;
  cluster.add_node("n", cluster.add_type("d"), 4, {8000}, {kUncounted});
  auto jobs = arrivals_of({{0, 10, 4}, {5, 10, 3, 604}});
  jobs[1].job.demand.cpus_per_rank = {2000};
  jobs[1].job.qos_ppm = 500'000;
  jobs[1].job.partition_ppm = 250'000;
  Scenario scenario = shared(cluster, {}, {1, 1});
  scenario.arrivals = scenario_of(cluster, jobs).arrivals;
  const std::string weights =
      "w_age=400:max_age=20s:w_fair_share=2000:w_size=100:w_qos=8:"
      "w_partition=40:calc_period=0s:half_life=none";
  EXPECT_EQ(reason_of_last_start(scenario, "multifactor:" + weights),
            "priority 1293 = age 100 + fair-share 500 + size 75 + qos 4 + partition 10 + base 604");
}

TEST(Multifactor, SizeFavoursLargeOrSmall) {
  const Rows rows{{0, 10, 4}, {1, 10, 1}, {1, 10, 3}, {1, 10, 2}};
  const std::string only_size = "multifactor:w_fair_share=0:w_age=0:w_size=1000";
  const Scenario scenario = scenario_of(nodes(1, 4), rows);
  EXPECT_EQ(starts(scenario, only_size), "0@0 2@10 3@20 1@20");
  EXPECT_EQ(starts(scenario, only_size + ":favor=small"), "0@0 1@10 3@10 2@20");
}

TEST(Multifactor, EachTermDecides) {
  auto jobs = arrivals_of({{0, 10}, {1, 10}, {2, 10}, {3, 10}, {4, 10, 1, 300}});
  jobs[2].job.qos_ppm = 1'000'000;
  jobs[3].job.partition_ppm = 500'000;
  const Scenario scenario = scenario_of(nodes(1, 1), jobs);
  EXPECT_EQ(starts(scenario, "multifactor:w_fair_share=0:w_qos=200:w_partition=500"),
            "0@0 4@10 3@20 2@30 1@40");
  // A second of age is 250 points, up to 3 s: 1 has 750 more than fresh jobs.
  EXPECT_EQ(starts(scenario, "multifactor:w_fair_share=0:w_age=750:max_age=3s"),
            "0@0 4@10 1@20 2@30 3@40");
}

TEST(Multifactor, AgesLikePriorityAging) {
  const Rows rows{{0, 61, 1}, {1, 10, 1, 0}, {39, 10, 1, 1}, {61, 10, 1, 3}, {62, 9, 1, 2}};
  for (const char* age : {"20s", "60s", "300s"}) {
    EXPECT_EQ(starts(scenario_of(nodes(1, 1), rows),
                     std::string("multifactor:w_fair_share=0:w_age=3:max_age=") + age),
              starts(scenario_of(nodes(1, 1), rows),
                     std::string("priority-aging:weight=3:max_age=") + age))
        << age;
  }
}

TEST(Multifactor, FairShareDecidesLikeFairShare) {
  const Rows rows{job_of(0, 0, 10), job_of(0, 1, 10), job_of(1, 2, 10), job_of(1, 2, 3),
                  job_of(0, 3, 4)};
  const Scenario scenario = shared(nodes(1, 1), rows, {1, 2});
  for (const char* settings : {"half_life=none:calc_period=0s", "half_life=20s:calc_period=7s"}) {
    EXPECT_EQ(
        starts(scenario, std::string("multifactor:w_age=0:w_fair_share=1000000000:") + settings),
        starts(scenario, std::string("fair-share:") + settings))
        << settings;
  }
}

}  // namespace
}  // namespace tandem
