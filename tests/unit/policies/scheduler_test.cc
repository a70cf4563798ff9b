// The rules that policies and worlds are held to, each broken on purpose.

#include "policies/core/scheduler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "policies/core/error.h"
#include "policies/core/journal.h"
#include "policies/registry.h"
#include "tests/support/runs.h"

namespace tandem {
namespace {

/// Does what a test says.
class Scripted final : public Policy {
 public:
  using Script = std::function<void(const ClusterView&, Plan&)>;
  explicit Scripted(Script script) : script_(std::move(script)) {}
  void observe(const Event&, Time) override {}
  void schedule(const ClusterView& view, Plan& plan) override { script_(view, plan); }

 private:
  Script script_;
};

Job job(std::uint32_t id, std::uint32_t devices, std::uint32_t tenant = 0) {
  Job made;
  made.id = {id};
  made.name = "j";
  made.tenant = {tenant};
  made.demand.devices = devices;
  return made;
}

RunHeader header() {
  RunHeader header;
  header.cluster = nodes(2, 2);
  header.cluster.add_node("other", header.cluster.add_type("other"), 2, {1000}, {8});
  header.tenants.add("default");
  header.tenants.add("limited", {}, 1, 1);
  return header;
}

Allocation on(std::vector<NodeShare> nodes, std::vector<std::uint32_t> devices) {
  Allocation allocation{{}, std::move(nodes)};
  for (const std::uint32_t device : devices) allocation.devices.push_back({device});
  return allocation;
}

/// What a policy is told that does this in the step in which `jobs` are submitted.
std::string told(const std::vector<Job>& jobs, const Scripted::Script& script) {
  Scheduler scheduler(header(), std::make_unique<Scripted>(script), nullptr);
  Step step{at_second(1), {}};
  for (const Job& j : jobs) step.events.emplace_back(Submitted{j});
  try {
    scheduler.step(step);
  } catch (const RuleBroken& broken) {
    return broken.what();
  }
  return "nothing";
}

std::string told_for_start(const Job& j, const Allocation& allocation) {
  return told({j}, [&](const ClusterView&, Plan& plan) { plan.start(j, allocation, "test"); });
}

TEST(Rules, LawfulStart) {
  EXPECT_EQ(told_for_start(job(0, 3), on({{{0}, 2}, {{1}, 1}}, {0, 1, 2})), "nothing");
}

TEST(Rules, GangsHaveASizeOfTheirJob) {
  Job uneven = job(0, 3);
  uneven.elastic = std::make_shared<Elastic>(Elastic{1, 3, {1, 3}, {}});
  const Allocation three = on({{{0}, 2}, {{1}, 1}}, {0, 1, 2});
  const Allocation two = on({{{0}, 2}}, {0, 1});
  const std::string why = "rule gang-whole broken: 2 devices for job 0, which runs on 1, 3";
  EXPECT_EQ(told_for_start(uneven, three), "nothing");
  EXPECT_EQ(told_for_start(uneven, two), why);
  bool has_started = false;
  Scheduler scheduler(header(), std::make_unique<Scripted>([&](const ClusterView&, Plan& plan) {
                        if (has_started) return plan.resize(uneven, three, two, "test");
                        plan.start(uneven, three, "test");
                      }),
                      nullptr);
  Step submission{at_second(1), {Submitted{uneven}}};
  scheduler.step(submission);
  has_started = true;
  Step start{at_second(1), {Started{uneven.id}}};
  try {
    scheduler.step(start);
    FAIL() << "a size was accepted that it may not have";
  } catch (const RuleBroken& broken) {
    EXPECT_EQ(broken.what(), why);
  }
}

TEST(Rules, GangsAreWhole) {
  EXPECT_EQ(told_for_start(job(0, 3), on({{{0}, 2}}, {0, 1})),
            "rule gang-whole broken: 2 devices and 2 ranks for a gang of 3");
  EXPECT_EQ(told_for_start(job(0, 2), on({{{0}, 2}}, {0, 2})),
            "rule gang-whole broken: device 2 is not on n0");
  EXPECT_EQ(told_for_start(job(0, 1), on({{{0}, 1}}, {99})),
            "rule gang-whole broken: there is no device 99");
  EXPECT_EQ(told_for_start(job(0, 1), on({{{9}, 1}}, {0})),
            "rule gang-whole broken: there is no node 9");
}

TEST(Rules, NoDeviceTwice) {
  EXPECT_EQ(told_for_start(job(0, 2), on({{{0}, 2}}, {1, 1})),
            "rule device-free broken: device 1 is taken");
  const auto both = [](const ClusterView&, Plan& plan) {
    plan.start(job(0, 1), on({{{0}, 1}}, {0}), "test");
    plan.start(job(1, 1), on({{{0}, 1}}, {0}), "test");
  };
  EXPECT_EQ(told({job(0, 1), job(1, 1)}, both), "rule device-free broken: device 0 is taken");
}

TEST(Rules, TypesAreAcceptableAndNeverMixed) {
  Job picky = job(0, 1);
  picky.demand.types = 1;
  EXPECT_EQ(told_for_start(picky, on({{{2}, 1}}, {4})), "rule device-type broken: other on other");
  EXPECT_EQ(told_for_start(job(0, 2), on({{{1}, 1}, {{2}, 1}}, {2, 4})),
            "rule device-type broken: other on other");
}

TEST(Rules, OneNodeMeansOne) {
  Job pod = job(0, 2);
  pod.demand.one_node = true;
  EXPECT_EQ(told_for_start(pod, on({{{0}, 1}, {{1}, 1}}, {0, 2})),
            "rule one-node broken: 2 nodes given");
}

TEST(Rules, NodesHaveRoom) {
  Job wide = job(0, 2);
  wide.demand.cpus_per_rank = {600};
  EXPECT_EQ(told_for_start(wide, on({{{2}, 2}}, {4, 5})),
            "rule node-capacity broken: not enough room on other");
}

TEST(Rules, NodesAreUp) {
  Scheduler scheduler(header(), std::make_unique<Scripted>([](const ClusterView&, Plan& plan) {
                        plan.start(job(0, 1), on({{{0}, 1}}, {0}), "test");
                      }),
                      nullptr);
  Step step{at_second(1), {Submitted{job(0, 1)}, NodeDown{{0}}}};
  EXPECT_THROW(scheduler.step(step), RuleBroken);
}

TEST(Rules, OnlyWaitingJobsStart) {
  EXPECT_EQ(told({job(0, 1)},
                 [](const ClusterView&, Plan& plan) {
                   plan.start(job(7, 1), on({{{0}, 1}}, {0}), "test");
                 }),
            "rule only-waiting-jobs-start broken: job 7");
  EXPECT_EQ(told({job(0, 1)},
                 [](const ClusterView&, Plan& plan) {
                   plan.start(job(0, 1), on({{{0}, 1}}, {0}), "test");
                   plan.start(job(0, 1), on({{{0}, 1}}, {1}), "test");
                 }),
            "rule only-waiting-jobs-start broken: job 0");
}

TEST(Rules, OnlyRunningJobsStopAndOnlyWaitingOnesAreRejected) {
  EXPECT_EQ(told({job(0, 1)}, [](const ClusterView&, Plan& plan) { plan.preempt({0}, "test"); }),
            "rule only-running-jobs-stop broken: job 0");
  EXPECT_EQ(told({job(0, 1)},
                 [](const ClusterView&, Plan& plan) {
                   plan.start(job(0, 1), on({{{0}, 1}}, {0}), "test");
                   plan.reject({0}, "test");
                 }),
            "rule only-waiting-jobs-are-rejected broken: job 0");
}

TEST(Rules, QuotasHold) {
  EXPECT_EQ(told({job(0, 1, 1), job(1, 1, 1)},
                 [](const ClusterView&, Plan& plan) {
                   plan.start(job(0, 1, 1), on({{{0}, 1}}, {0}), "test");
                   plan.start(job(1, 1, 1), on({{{0}, 1}}, {1}), "test");
                 }),
            "rule quota broken: limited would hold 2 devices, its quota is 1");
}

TEST(Rules, WakingIsLater) {
  EXPECT_EQ(told({}, [](const ClusterView& view, Plan& plan) { plan.wake_at(view.now); }),
            "rule wake-later broken: the policy wants to be woken at this very instant");
}

TEST(Scheduler, WakesThePolicyWhenItAsked) {
  std::vector<double> called;
  Scheduler scheduler(header(),
                      std::make_unique<Scripted>([&](const ClusterView& view, Plan& plan) {
                        called.push_back(to_seconds(view.now));
                        plan.wake_at(view.now + seconds(30));
                        plan.wake_at(view.now + seconds(20));
                      }),
                      nullptr);
  Step step{at_second(1), {}};
  scheduler.step(step);
  EXPECT_EQ(scheduler.wake_time(), at_second(21));
}

/// What a world is told that reports this after job 0 was submitted at 1 s and started at once.
std::string told_world(const Event& event, double at_s = 2) {
  RunHeader head = header();
  Scheduler scheduler(head, make_policy("fifo", {head.cluster, head.tenants, head.models}),
                      nullptr);
  Step first{at_second(1), {Submitted{job(0, 2)}}};
  scheduler.step(first);
  Step second{at_second(at_s), {event}};
  try {
    scheduler.step(second);
  } catch (const WorldError& error) {
    return error.what();
  }
  return "nothing";
}

TEST(Scheduler, BelievesNoWorldBlindly) {
  EXPECT_EQ(told_world(Started{{0}}), "nothing");
  EXPECT_EQ(told_world(Started{{0}}, 0.5), "time went back from 1000000000 to 500000000 ns");
  EXPECT_EQ(told_world(Finished{{3}}), "end of job 3, which is not active");
  EXPECT_EQ(told_world(Submitted{job(0, 1)}), "job 0 submitted twice");
  EXPECT_EQ(told_world(NodeUp{{0}}), "node 0 comes up twice");
  EXPECT_EQ(told_world(NodeDown{{0}}), "n0 is down but still holds a gang");
  EXPECT_EQ(told_world(Stopped{{0}, StopCause::kNodeDown, seconds(2)}),
            "job 0 lost 2000000000 ns of work, more than it had done");
  EXPECT_EQ(told_world(Stopped{{0}, StopCause::kNodeDown, seconds(-1)}),
            "job 0 lost -1000000000 ns of work, more than it had done");
  EXPECT_EQ(told_world(Stopped{{0}, StopCause::kNodeDown, seconds(1)}), "nothing");
}

TEST(Scheduler, DropsOrdersForJobsThatEndedInTheSameStep) {
  // Job 0 finishes, 5 is too wide, 3 is withdrawn twice, 4 waits for it.
  RunHeader head = header();
  std::string text;
  JournalWriter writer([&](std::string_view more) { text += more; });
  Scheduler scheduler(head, make_policy("fifo", {head.cluster, head.tenants, head.models}),
                      &writer);
  Step first{at_second(1), {Submitted{job(0, 4)}}};
  scheduler.step(first);
  Step second{at_second(2), {Started{{0}}, Submitted{job(3, 1)}, Submitted{job(4, 1), {JobId{3}}}}};
  scheduler.step(second);
  Step third{
      at_second(3),
      {Finished{{0}}, PriorityChanged{{0}, 7}, Cancelled{{0}}, Submitted{job(5, 5)}, Cancelled{{5}},
       Cancelled{{3}}, Cancelled{{3}}, PriorityChanged{{5}, 1}, Cancelled{{4}}}};
  scheduler.step(third);
  writer.flush();
  const JobCounts& counts = scheduler.counts();
  EXPECT_EQ(counts.completed, 1);
  EXPECT_EQ(counts.rejected, 2);
  EXPECT_EQ(counts.cancelled, 1);
  EXPECT_EQ(text.find("priority"), std::string::npos) << text;
  Step fourth{at_second(4), {Cancelled{{3}}}};
  EXPECT_THROW(scheduler.step(fourth), WorldError) << "by then the world knows";
}

TEST(Scheduler, OracleOrderWantsTrueRunTimes) {
  RunHeader head = header();
  Scheduler scheduler(
      head, make_policy("sjf:size=oracle", {head.cluster, head.tenants, head.models}), nullptr);
  Step step{at_second(1), {Submitted{job(0, 1)}}};
  EXPECT_THROW(scheduler.step(step), WorldError);
}

TEST(Scheduler, RejectsWhatCanNeverRunWithAReason) {
  RunHeader head = header();
  Job wide = job(0, 5);
  Job limited = job(1, 2, 1);
  Job heavy = job(2, 1);
  heavy.demand.types = 2;
  heavy.demand.memory_per_rank = {9};
  Scheduler scheduler(head, make_policy("fifo", {head.cluster, head.tenants, head.models}),
                      nullptr);
  Step step{at_second(1), {Submitted{wide}, Submitted{limited}, Submitted{heavy}}};
  std::vector<std::string> reasons;
  for (const Action& action : scheduler.step(step)) {
    reasons.push_back(std::get<Reject>(action).reason);
  }
  EXPECT_EQ(reasons, (std::vector<std::string>{
                         "needs 5 devices of one acceptable type, the whole cluster has 4",
                         "needs 2 devices, the quota of limited is 1",
                         "the nodes, even when empty, lack devices, CPUs or memory for its 1 "
                         "rank(s)"}));
}

TEST(Scheduler, EventsOfOneInstantAreHandledInAFixedOrder) {
  // Whatever order a world reports them in.
  RunHeader head = header();
  const std::vector<Event> events{Submitted{job(0, 1)}, Submitted{job(1, 1)}, NodeUp{{1}}};
  std::vector<std::string> journals;
  for (const bool reversed : {false, true}) {
    std::string text;
    JournalWriter writer([&](std::string_view more) { text += more; });
    Scheduler scheduler(head, make_policy("fifo", {head.cluster, head.tenants, head.models}),
                        &writer);
    Step down{at_second(0), {NodeDown{{1}}}};
    scheduler.step(down);
    Step step{at_second(1), events};
    if (reversed) std::ranges::reverse(step.events);
    scheduler.step(step);
    writer.flush();
    journals.push_back(text);
  }
  EXPECT_EQ(journals[0], journals[1]);
}

}  // namespace
}  // namespace tandem
