// A policy of one's own, driven by hand: the example of README.md and docs/policy.md. The class is
// quoted there word for word; a test compares.
#include <fmt/format.h>

#include <memory>
#include <string>

#include "policies/backfill/easy.h"
#include "policies/list_policy.h"
#include "policies/placement/packed.h"
#include "sim/simulated_world.h"

using namespace tandem;

namespace {

class WidestFirst final : public Order {
 public:
  Standing standing(const Claim& claim, Time) const override {
    return {.key = -Rank{claim.devices}};
  }
  std::string why(const Claim& claim, Time) const override {
    return fmt::format("widest gang, {} devices", claim.devices);
  }
};

constexpr const char* kScenario = R"(
tandem: 1
name: three-jobs
cluster: { nodes: [{ name: n, devices: { type: any, count: 8 } }] }
workload:
  jobs:
    - job: { name: small, devices: 2, duration: 1 h }
    - job: { name: middle, devices: 4, duration: 1 h }
    - job: { name: wide, devices: 6, duration: 1 h }
)";

/// Prints who starts when.
class Starts final : public Recorder {
 public:
  void begin_run(const RunHeader&) override {}
  void begin_step(Time now) override { now_ = now; }
  void event(const Event& event) override {
    if (const auto* submitted = std::get_if<Submitted>(&event)) {
      names_.push_back(submitted->job.name);
    }
  }
  void action(const Action& action) override {
    const auto& start = std::get<Start>(action);
    fmt::print("{} at {} s: {}\n", names_[start.job.value], to_seconds(now_), start.reason);
  }

 private:
  Time now_;
  std::vector<std::string> names_;
};

}  // namespace

int main() {
  const Scenario scenario = load_scenario(kScenario, "three-jobs", {}, {});
  RunHeader header;
  header.cluster = scenario.cluster;
  header.tenants = scenario.tenants;
  ListPolicy::Parts parts;
  parts.order = std::make_unique<WidestFirst>();
  parts.backfill = std::make_unique<Easy>(scenario.cluster);
  parts.placement = std::make_unique<Packed>();
  auto policy = std::make_unique<ListPolicy>(
      Surroundings{scenario.cluster, scenario.tenants, scenario.models}, std::move(parts));
  Starts starts;
  SimulatedWorld world(scenario, 1, policy->needs_oracle());
  Scheduler scheduler(header, std::move(policy), &starts);
  drive(world, scheduler);
}
