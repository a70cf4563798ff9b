#include "tests/support/runs.h"

#include <fmt/format.h>

#include <cmath>
#include <sstream>
#include <utility>

#include "policies/core/journal.h"
#include "policies/core/replay_world.h"
#include "policies/core/scheduler.h"
#include "policies/registry.h"
#include "sim/simulated_world.h"
#include "sim/simulation.h"
#include "tests/support/error_of.h"
#include "tests/support/fake_world.h"
#include "workloads/run_header.h"

namespace tandem {
namespace {

class StartList final : public Recorder {
 public:
  void begin_run(const RunHeader&) override {}
  void begin_step(Time now) override { now_ = now; }
  void event(const Event&) override {}
  void action(const Action& action) override {
    const auto* start = std::get_if<Start>(&action);
    if (start == nullptr) return;
    text_ += fmt::format("{}{}@{}", text_.empty() ? "" : " ", start->job.value, to_seconds(now_));
  }
  const std::string& text() const { return text_; }

 private:
  Time now_;
  std::string text_;
};

std::vector<std::string> names_of(PartKind kind) {
  std::vector<std::string> names;
  for (const PartInfo& part : policy_parts()) {
    if (part.kind == kind) names.push_back(part.name);
  }
  return names;
}

/// The order with gangs that are stopped as soon as can be.
void add_preemptive(const std::string& order, std::vector<std::string>& policies) {
  policies.push_back(order + "+easy+preempt:min_runtime=2s");
  const std::string at_once = order + "+none+preempt:min_runtime=0s";
  const bool settles = error_of([&] { canonical_policy(at_once); }) == "no error";
  policies.push_back(settles ? at_once : order + "+none+preempt:min_runtime=2s");
}

/// Every order strict, backfilled and preempting; every other part under two orders that differ in
/// all that matters to it. All products would be thousands and find no more.
std::vector<std::string> make_every_policy() {
  std::vector<std::string> orders = names_of(PartKind::kOrder);
  orders.insert(orders.end(),
                {"priority-aging:weight=5:max_age=12s", "sjf:size=oracle",
                 "fair-share:half_life=20s:calc_period=0s",
                 "fair-share:algorithm=fair-tree:half_life=20s:calc_period=7s",
                 "sjf:size=predicted", "srpt:size=predicted", "las:quantum=3s",
                 "2d-las:thresholds=3s/9s:promote=2", "gittins:history=20:quantum=2s:period=9s",
                 "gittins:services=2s/5s/40s:quantum=1s", "round-robin:quantum=3s",
                 "multifactor:w_size=700:w_qos=5:favor=small:max_age=12s", "lottery:seed=2"});
  std::vector<std::string> backfills = names_of(PartKind::kBackfill);
  backfills.insert(backfills.end(), {"conservative:compression=shift", "slack:slack=0.3"});
  std::vector<std::string> policies{"gavel:round=3s", "gavel:goal=makespan:round=5s",
                                    "gavel:goal=finish-time:round=3s"};
  for (const std::string& order : orders) {
    policies.push_back(order + "+none");
    policies.push_back(order + "+easy");
    add_preemptive(order, policies);
    policies.push_back(order + "+first-fit+preempt:min_runtime=1s+elastic:pause=2s");
  }
  for (const std::string order : {"fifo", "fair-share:half_life=20s:calc_period=0s"}) {
    for (const std::string& backfill : backfills) {
      policies.push_back(order + "+" + backfill + "+spread");
      policies.push_back(order + "+" + backfill + "+preempt:by=priority:min_runtime=0s");
    }
    for (const std::string& placement : names_of(PartKind::kPlacement)) {
      policies.push_back(order + "+none+" + placement);
      policies.push_back(order + "+largest+" + placement + "+elastic:pause=0s");
    }
    policies.push_back(order + "+preempt:by=quota:min_runtime=0s");
    policies.push_back(order + "+easy+preempt:by=quota:min_runtime=1s+elastic:pause=2s");
    policies.push_back(order + "+elastic:pause=1s");
  }
  return policies;
}

}  // namespace

RunEnd run(const Scenario& scenario, const std::string& policy, Recorder* recorder, In world,
           std::uint64_t seed) {
  auto made = make_policy(policy, {scenario.cluster, scenario.tenants, scenario.models});
  const bool oracle = made->needs_oracle();
  Scheduler scheduler(header_of(scenario, policy, seed, "test"), std::move(made), recorder);
  if (world == In::kFake) {
    FakeWorld fake(scenario, seed, oracle);
    drive(fake, scheduler);
  } else {
    SimulatedWorld simulated(scenario, seed, oracle);
    drive(simulated, scheduler);
  }
  return {scheduler.counts(),
          scheduler.policy().promise(scheduler.lowest_priority(), scheduler.highest_priority())};
}

std::string journal_of(const Scenario& scenario, const std::string& policy, In world,
                       std::uint64_t seed) {
  std::string journal;
  JournalWriter writer([&](std::string_view text) { journal += text; });
  run(scenario, policy, &writer, world, seed);
  writer.flush();
  return journal;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::string replay_of(const std::string& journal) {
  std::istringstream in(journal);
  JournalReader reader([&](std::string& line) { return bool(std::getline(in, line)); }, "journal");
  std::string again;
  JournalWriter writer([&](std::string_view text) { again += text; });
  const RunHeader& header = reader.header();
  Scheduler scheduler(
      header, make_policy(header.policy, {header.cluster, header.tenants, header.models}), &writer);
  ReplayWorld world(reader);
  drive(world, scheduler);
  writer.flush();
  return again;
}

std::string starts(const Scenario& scenario, const std::string& policy) {
  StartList list;
  run(scenario, policy, &list);
  return list.text();
}

const std::vector<std::string>& every_policy() {
  static const std::vector<std::string> policies = make_every_policy();
  return policies;
}

}  // namespace tandem
