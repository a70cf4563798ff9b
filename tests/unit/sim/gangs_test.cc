// What gangs do between their events: they save themselves, and hang until somebody notices.
#include "sim/gangs.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "sim/child_processes.h"
#include "tests/support/runs.h"
#include "tests/support/temporary_file.h"
#include "workloads/scenario.h"

namespace tandem {
namespace {

/// The journal's steps. In a process of its own: there is one network in a process.
std::string steps(const Scenario& scenario, const std::string& policy) {
  const auto outcomes =
      run_children({[&](const ReportProgress&) { return journal_of(scenario, policy); }}, 1,
                   [](std::size_t, double) {});
  EXPECT_EQ(outcomes[0].error, "");
  const std::string journal = outcomes[0].result.value_or("");
  return journal.substr(journal.find("@ "));
}

TEST(Gangs, ADeadGangHangsUntilItIsNoticed) {
  Scenario scenario = scenario_of(nodes(2, 1), std::vector<JobRow>{{0, 10, 1}});
  scenario.failures.outages.push_back({{0}, at_second(4), at_second(20)});
  scenario.failures.detection = seconds(3);
  EXPECT_EQ(steps(scenario, "fifo"),
            "@ 0\n+ submit 0 0 train 1 0 10000000000 j0\n- start 0 0 submitted first\n"
            "@ 0\n+ start 0\n"
            "@ 7000000000\n+ progress 0 0 3000000000\n+ stop 0 node-down 4000000000\n+ down 0\n"
            "- start 0 1 lost a node, goes before gangs that never started\n"
            "@ 7000000000\n+ start 0\n"
            "@ 17000000000\n+ finish 0\n");
}

TEST(Gangs, WhoStartsOnADeadNodeHangsToo) {
  Scenario scenario = scenario_of(nodes(1, 1), std::vector<JobRow>{{5, 10, 1}});
  scenario.failures.outages.push_back({{0}, at_second(4), at_second(20)});
  scenario.failures.detection = seconds(3);
  EXPECT_EQ(steps(scenario, "fifo"),
            "@ 5000000000\n+ submit 0 0 train 1 0 10000000000 j0\n- start 0 0 submitted first\n"
            "@ 7000000000\n+ stop 0 node-down 0\n+ down 0\n"
            "@ 23000000000\n+ up 0\n- start 0 0 lost a node, goes before gangs that never started\n"
            "@ 23000000000\n+ start 0\n"
            "@ 33000000000\n+ finish 0\n");
}

TEST(Gangs, CheckpointsTakeTheTimeOfTheirTransfer) {
  // 2 GB at 1 GB/s: computes until 5, saves until 7, computes until 12, saves until 14, ends at 16.
  auto jobs = arrivals_of({{0, 12, 1}});
  jobs[0].state = {2'000'000'000};
  Scenario scenario = scenario_of(nodes(1, 1), jobs);
  scenario.network = {8e9, 1, 1, 0};
  scenario.failures.checkpoint_interval = seconds(5);
  EXPECT_EQ(steps(scenario, "fifo"),
            "@ 0\n+ submit 0 0 train 1 0 12000000000 j0\n- start 0 0 submitted first\n"
            "@ 0\n+ start 0\n"
            "@ 16000000000\n+ progress 0 12000000000 4000000000\n+ finish 0\n");
}

TEST(Gangs, TwoThatSaveThemselvesShareTheStorage) {
  // Both want to write 2 GB at 5 s, to a store that takes 1 GB/s: until 9.
  auto jobs = arrivals_of({{0, 8, 1}, {0, 8, 1}});
  for (Arrival& job : jobs) job.state = {2'000'000'000};
  Scenario scenario = scenario_of(nodes(2, 1), jobs);
  scenario.network = {8e9, 1, 1, 8e9};
  scenario.failures.checkpoint_interval = seconds(5);
  const std::string found = steps(scenario, "fifo");
  EXPECT_NE(found.find("@ 12000000000\n+ progress 0 8000000000 4000000000\n"
                       "+ progress 1 8000000000 4000000000\n+ finish 0\n+ finish 1\n"),
            std::string::npos)
      << found;
}

TEST(Gangs, AStateIsSavedAndReadThroughTheNetwork) {
  // Stopped at 5 s, saves 2 GB until 7; the other runs until 10; reads until 12, ends at 17.
  auto jobs = arrivals_of({{0, 10, 1, 0}, {5, 3, 1, 1}});
  jobs[0].state = {2'000'000'000};
  Scenario scenario = scenario_of(nodes(1, 1), jobs);
  scenario.network = {8e9, 1, 1, 0};
  const std::string found = steps(scenario, "fifo+preempt:by=priority:min_runtime=0s");
  EXPECT_NE(found.find("@ 7000000000\n+ progress 0 5000000000 2000000000\n"
                       "+ stop 0 preempted 0\n"),
            std::string::npos)
      << found;
  EXPECT_NE(found.find("@ 17000000000\n+ finish 0\n"), std::string::npos) << found;
}

/// Two gangs of two nodes in a cluster of two racks, 4 to 1: `train` each, on nodes by `policy`.
Scenario two_trainings(const std::string& fidelity) {
  const std::string train =
      "model: llama-2-7b, steps: 100, batch: 16, parallel: { dp: 16, zero: 3 }, recompute: full, "
      "state: 0 B }\n";
  return load_scenario(
      "tandem: 1\nname: two\ncluster:\n"
      "  nodes: [{ name: h, count: 4, rack: 2, devices: { type: h100-sxm, count: 8 } }]\n"
      "  network: { topology: fat-tree, nic: 25 Gbps, nics_per_node: 8, oversubscription: 4, "
      "fidelity: " +
          fidelity +
          " }\n"
          "workload:\n  jobs:\n  - train: { name: a, " +
          train + "  - train: { name: b, " + train,
      "two.yaml", {}, {});
}

/// Seconds until both have ended.
double makespan(const std::string& fidelity, const std::string& policy) {
  const std::string found = steps(two_trainings(fidelity), policy);
  return std::stod(found.substr(found.rfind("@ ") + 2)) / 1e9;
}

TEST(Gangs, TrainingsOnOneUplinkSlowEachOtherDown) {
  // Packed, each has a rack; spread over all four nodes, both cross both uplinks, which are as fast
  // as the cards that one of them has on a node.
  const double apart = makespan("L1", "fifo+topology");
  EXPECT_DOUBLE_EQ(apart, makespan("L0", "fifo+topology"));
  const double alone = makespan("L0", "fifo+spread");
  const double shared = makespan("L1", "fifo+spread");
  EXPECT_GT(shared, 1.2 * alone);
  EXPECT_LT(shared, 2.01 * alone);
  EXPECT_LT(apart, shared);
}

TEST(Gangs, WhoIsLeftAloneGoesOnFaster) {
  // The second job has half the steps; when it has ended the first has the uplinks for itself.
  // Their rates are the same until then.
  Scenario scenario = two_trainings("L1");
  const std::string both = steps(scenario, "fifo+spread");
  const auto whole = scenario.arrivals;
  scenario.arrivals = [whole](std::uint64_t seed) {
    std::vector<Arrival> arrivals;
    const auto source = whole(seed);
    while (auto arrival = source->next()) arrivals.push_back(*std::move(arrival));
    arrivals[1].run_time = arrivals[1].job.estimate = arrivals[1].run_time / 2;
    return scenario_of(nodes(1, 1), std::move(arrivals)).arrivals(seed);
  };
  const std::string halved = steps(scenario, "fifo+spread");
  const auto end_of = [](const std::string& text, const std::string& line) {
    const auto at = text.rfind("@ ", text.find(line));
    return std::stod(text.substr(at + 2)) / 1e9;
  };
  const double together = end_of(both, "+ finish 0");
  const double alone = makespan("L0", "fifo+spread");
  EXPECT_NEAR(end_of(halved, "+ finish 1"), together / 2, 0.01 * together);
  EXPECT_NEAR(end_of(halved, "+ finish 0"), together / 2 + alone / 2, 0.01 * together);
  EXPECT_NE(halved.find("+ progress 0 "), std::string::npos) << "told, as time does not tell it";
}

/// Seconds of a step of one of them, spread over four nodes, with `share` of its cards.
double step_s(const Scenario& scenario, double share) {
  return scenario.arrivals(1)->next()->training->step_s({0}, 16, 4, share);
}

TEST(Gangs, IterationsOneByOneTakeWhatTheyTakeAlone) {
  const double apart = makespan("L2", "fifo+topology");
  EXPECT_NEAR(apart, makespan("L0", "fifo+topology"), 1e-4 * apart);
  EXPECT_NEAR(makespan("L3", "fifo+topology"), apart, 1e-4 * apart);
}

TEST(Gangs, EqualIterationsThatBeginTogetherStayTogether) {
  // Both always send at one time and have half of the uplinks.
  const double together = makespan("L2", "fifo+spread");
  EXPECT_NEAR(together, 100 * step_s(two_trainings("L2"), 0.5), 1e-4 * together);
  EXPECT_NEAR(makespan("L3", "fifo+spread"), together, 1e-4 * together);
}

TEST(Gangs, WhoIsStoppedEndsItsIteration) {
  Scenario scenario = two_trainings("L2");
  const double step = step_s(scenario, 1);
  const auto whole = scenario.arrivals;
  scenario.arrivals = [whole, step](std::uint64_t seed) {
    std::vector<Arrival> arrivals;
    const auto source = whole(seed);
    while (auto arrival = source->next()) arrivals.push_back(*std::move(arrival));
    // Comes in the middle of the third iteration, wants all devices.
    arrivals[1].job.submitted = at_second(2.5 * step);
    arrivals[1].job.priority = 1;
    arrivals[1].job.demand.devices = 32;
    arrivals[1].training = nullptr;
    return scenario_of(nodes(1, 1), std::move(arrivals)).arrivals(seed);
  };
  const std::string found = steps(scenario, "fifo+spread+preempt:by=priority:min_runtime=0s");
  const auto stop = found.find("+ stop 0 preempted 0\n");
  ASSERT_NE(stop, std::string::npos) << found;
  const double stopped = std::stod(found.substr(found.rfind("@ ", stop) + 2)) / 1e9;
  EXPECT_NEAR(stopped, 3 * step, 1e-3 * step);
  const auto progress = found.rfind("+ progress 0 ", stop);
  const double work = std::stod(found.substr(progress + 13)) / 1e9;
  const double own = whole(1)->next()->training->own_step_s();
  EXPECT_NEAR(work, 3 * own, 1e-6 * own);
}

TEST(Gangs, WhoIsResizedEndsItsIteration) {
  Scenario scenario = two_trainings("L2");
  const double step = step_s(scenario, 1);
  const auto whole = scenario.arrivals;
  scenario.arrivals = [whole, step](std::uint64_t seed) {
    std::vector<Arrival> arrivals;
    const auto source = whole(seed);
    while (auto arrival = source->next()) arrivals.push_back(*std::move(arrival));
    arrivals[0].job.elastic = std::make_shared<Elastic>(Elastic{8, 16, {8, 16}, {}});
    // Comes in the middle of the third iteration, wants all that the first can do without.
    arrivals[1].job.submitted = at_second(2.5 * step);
    arrivals[1].job.demand.devices = 24;
    arrivals[1].training = nullptr;
    return scenario_of(nodes(1, 1), std::move(arrivals)).arrivals(seed);
  };
  const std::string found = steps(scenario, "fifo+spread+elastic:pause=1h");
  const auto resized = found.find("+ resize 0\n");
  ASSERT_NE(resized, std::string::npos) << found;
  const double time = std::stod(found.substr(found.rfind("@ ", resized) + 2)) / 1e9;
  EXPECT_NEAR(time, 3 * step, 1e-3 * step);
  const auto progress = found.rfind("+ progress 0 ", resized);
  const double own = whole(1)->next()->training->own_step_s();
  EXPECT_NEAR(std::stod(found.substr(progress + 13)) / 1e9, 3 * own, 1e-6 * own);
}

TEST(Gangs, AFailureTakesIterationsSinceTheLastCheckpoint) {
  // Checkpoints cost nothing here: after 2.5 steps two are saved; the node dies after 4.2.
  Scenario scenario = two_trainings("L2");
  const double step = step_s(scenario, 1);
  const auto whole = scenario.arrivals;
  scenario.arrivals = [whole](std::uint64_t seed) {
    return scenario_of(nodes(1, 1), std::vector<Arrival>{*whole(seed)->next()}).arrivals(seed);
  };
  scenario.failures.checkpoint_interval = seconds(2.5 * step);
  scenario.failures.outages.push_back({{0}, at_second(4.2 * step), at_second(1e6)});
  const std::string found = steps(scenario, "fifo+spread");
  const auto progress = found.find("+ progress 0 ");
  ASSERT_NE(progress, std::string::npos) << found;
  const double own = whole(1)->next()->training->own_step_s();
  EXPECT_NEAR(std::stod(found.substr(progress + 13)) / 1e9, 2 * own, 1e-6 * own);
  const auto stop = found.find("+ stop 0 node-down ");
  EXPECT_NEAR(std::stod(found.substr(stop + 19)) / 1e9, 1.7 * step, 1e-3 * step);
}

/// Job 0 runs 10 s, and job 1, which is urgent, 3 s from `second` on; both want the only device.
Scenario urgent_at(double second, const GangCosts& costs) {
  Scenario scenario = scenario_of(nodes(1, 1), {{0, 10, 1, 0}, {second, 3, 1, 1}});
  scenario.preemption.costs = {costs};
  return scenario;
}
const std::string kUrgent = "fifo+preempt:by=priority:min_runtime=0s";

/// What happens, without what is decided: "1 start 0, 4 stop 0 preempted 0", times in seconds.
std::string events(const Scenario& scenario, const std::string& policy) {
  std::string text;
  std::string time;
  for (const std::string& line : lines_of(steps(scenario, policy))) {
    if (line.starts_with("@ ")) time = fmt::format("{}", std::stod(line.substr(2)) / 1e9);
    if (!line.starts_with("+ ") || line.starts_with("+ submit")) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", time, line.substr(2));
  }
  return text;
}

TEST(Gangs, StartingAndStoppingTakeTheirTime) {
  // Computes from 1 to 5, lets go until 8; the other starts until 9; then 1 + 2 s, and 6 s are
  // left.
  EXPECT_EQ(events(urgent_at(5, {seconds(1), seconds(2), seconds(3)}), kUrgent),
            "1 start 0, 8 progress 0 4000000000 3000000000, 8 stop 0 preempted 0, 9 start 1, "
            "12 finish 1, 15 start 0, 21 finish 0");
}

TEST(Gangs, WhoIsStoppedWhileItStartsLetsGoAtOnce) {
  // Has not computed: its second start is its first, and nothing is read.
  EXPECT_EQ(events(urgent_at(2, {seconds(5), seconds(7), seconds(1)}), kUrgent),
            "3 stop 0 preempted 0, 8 start 1, 11 finish 1, 16 start 0, 26 finish 0");
}

TEST(Gangs, WithoutSavingIsLostWhatWasDoneBeforeItLetsGo) {
  Scenario scenario = urgent_at(5, {seconds(1), seconds(2), seconds(3)});
  scenario.preemption.save = false;
  EXPECT_EQ(events(scenario, kUrgent),
            "1 start 0, 8 progress 0 0 3000000000, 8 stop 0 preempted 4000000000, 9 start 1, "
            "12 finish 1, 15 start 0, 25 finish 0");
}

TEST(Gangs, ANodeThatDiesWhileAGangLetsGoTakesNothing) {
  // Who lost a node goes ahead, and is stopped again at once, for 3 s.
  Scenario scenario = urgent_at(5, {seconds(1), seconds(2), seconds(3)});
  scenario.failures.outages.push_back({{0}, at_second(7), at_second(20)});
  EXPECT_EQ(events(scenario, kUrgent),
            "1 start 0, 7 progress 0 4000000000 2000000000, 7 stop 0 node-down 0, 7 down 0, 20 up "
            "0, 23 stop 0 preempted 0, 24 start 1, 27 finish 1, 30 start 0, 36 finish 0");
}

/// A device of which one gang was measured, or several.
std::string measured(const std::string& steps) {
  return "devices:\n- { name: mine, title: Mine, memory: 1 GB, memory_bytes_per_s: 1, sources: "
         "[me],\n    measured: { start: 2 s, load: 1 s, save: 0.5 s, stop: 0.25 s, steps: [" +
         steps + "] } }\n";
}

TEST(Gangs, WhoWasMeasuredEndsItsStepFirst) {
  const TemporaryFile profile(
      "profile.yaml",
      measured("{ model: llama-1m, batch: 8, sequence: 128, precision: fp32, seconds: 1 }"));
  const Scenario scenario = load_scenario(
      "tandem: 1\nname: one\ncatalog: [" + profile.path().string() +
          "]\ncluster:\n  nodes: [{ name: m, devices: { type: mine } }]\nworkload:\n  jobs:\n"
          "  - train: { name: a, model: llama-1m, steps: 10, batch: 8, sequence: 128, parallel: "
          "{}, precision: fp32 }\n"
          "  - job: { name: b, submit: 5.3 s, duration: 1 s, devices: 1, priority: 1 }\n",
      "one.yaml", {}, {});
  // Ten steps and a checkpoint: 1.05 s each. The fourth ends at 2 + 4 * 1.05; then it is saved.
  EXPECT_EQ(events(scenario, kUrgent),
            "2 start 0, 6.95 progress 0 4200000000 750000000, 6.95 stop 0 preempted 0, 8.95 start "
            "1, 9.95 finish 1, 12.95 start 0, 19.25 finish 0");
}

/// Job 0, of 20 s on the two devices that there are, does with one while job 1 runs for 3 s.
Scenario makes_room_at(double second) {
  auto jobs = arrivals_of({{0, 20, 2}, {second, 3, 1}});
  jobs[0].job.elastic = std::make_shared<Elastic>(Elastic{1, 2, {}, {}});
  return scenario_of(nodes(1, 2), jobs);
}
const std::string kShrinks = "fifo+elastic:pause=1h";

TEST(Gangs, AResizeTakesAStopAndAStart) {
  // Computes from 1 to 5, lets go until 8, starts again until 11, and has 16 s left at half pace.
  Scenario scenario = makes_room_at(5);
  scenario.preemption.costs = {{seconds(1), seconds(2), seconds(3)}};
  EXPECT_EQ(events(scenario, kShrinks),
            "1 start 0, 11 resize 0, 12 start 1, 15 finish 1, 43 finish 0");
}

TEST(Gangs, ANodeThatDiesInAResizeTakesNothing) {
  // Dies while it lets go, is back at 20, and starts again until 23: it keeps what it had done when
  // it was told to shrink, and is told so again.
  Scenario scenario = makes_room_at(5);
  scenario.preemption.costs = {{seconds(1), seconds(2), seconds(3)}};
  scenario.failures.outages.push_back({{0}, at_second(7), at_second(20)});
  EXPECT_EQ(events(scenario, "fifo"),
            "1 start 0, 7 stop 0 node-down 6000000000, 7 down 0, 20 up 0, 23 start 0, 43 finish 0, "
            "44 start 1, 47 finish 1");
  EXPECT_EQ(events(scenario, kShrinks),
            "1 start 0, 7 stop 0 node-down 0, 7 down 0, 20 up 0, 23 start 0, 29 resize 0, 30 start "
            "1, 33 finish 1, 61 finish 0");
}

TEST(Gangs, WhoWasMeasuredIsResizedAtTheEndOfAStep) {
  const TemporaryFile profile(
      "profile.yaml",
      measured("{ model: llama-1m, batch: 8, sequence: 128, precision: fp32, seconds: 1.05 }, "
               "{ model: llama-1m, batch: 8, sequence: 128, precision: fp32, dp: 2, seconds: 0.5 "
               "}"));
  const Scenario scenario = load_scenario(
      "tandem: 1\nname: one\ncatalog: [" + profile.path().string() +
          "]\ncluster:\n  nodes: [{ name: m, devices: { type: mine, count: 2 } }]\nworkload:\n  "
          "jobs:\n  - train: { name: a, model: llama-1m, steps: 10, batch: 8, sequence: 128, "
          "parallel: { dp: 2 }, precision: fp32, elastic: { min: 1, max: 2 } }\n"
          "  - job: { name: b, submit: 5.4 s, duration: 1 s, devices: 1 }\n",
      "one.yaml", {}, {});
  // A step and its part of the checkpoint takes 0.55 s on two devices: the seventh ends at 5.85 s.
  // Saving and letting go 0.75 s, starting 3 s; the other three take 1.1 s each.
  EXPECT_EQ(events(scenario, kShrinks),
            "2 start 0, 6.6 progress 0 3850000000 0, 9.6 resize 0, 11.6 start 1, 12.6 finish 1, "
            "12.9 finish 0");
}

}  // namespace
}  // namespace tandem
