#include "sim/simulation.h"

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <utility>

#include "policies/core/scheduler.h"
#include "policies/registry.h"
#include "sim/simulated_world.h"
#include "workloads/run_header.h"

namespace tandem {
namespace {

/// Looks at the world now and then, to tell how far it has come.
class Watched final : public World {
 public:
  Watched(SimulatedWorld& world, const std::function<void(double)>& progress)
      : world_(world), progress_(progress) {}

  std::optional<Step> next(std::optional<Time> deadline) override {
    constexpr std::uint64_t kSteps = 8192;
    if (++steps_ % kSteps == 0) {
      if (expected_ == 0) expected_ = world_.expected();  // Generators may have to count.
      if (expected_ > 0) {
        progress_(static_cast<double>(world_.arrived()) / static_cast<double>(expected_));
      }
    }
    return world_.next(deadline);
  }
  void apply(const Action& action) override { world_.apply(action); }

 private:
  SimulatedWorld& world_;
  const std::function<void(double)>& progress_;
  std::uint64_t steps_ = 0;
  std::uint64_t expected_ = 0;  ///< 0: not asked yet.
};

}  // namespace

std::vector<std::string> simulate(const Scenario& scenario, const Simulation& simulation,
                                  Recorder& recorder, const std::function<void(double)>& progress,
                                  ServiceRecorder* requests) {
  auto policy =
      make_policy(simulation.policy, {scenario.cluster, scenario.tenants, scenario.models});
  SimulatedWorld world(scenario, simulation.seed, policy->needs_oracle(), requests);
  Scheduler scheduler(header_of(scenario, simulation.policy, simulation.seed, simulation.build),
                      std::move(policy), &recorder);
  Watched watched(world, progress);
  drive(watched, scheduler);

  const JobCounts& counts = scheduler.counts();
  if (counts.queued > 0) {
    throw StuckError(fmt::format(
        "policy {} leaves {} jobs waiting although nothing runs and nothing more will happen",
        simulation.policy, counts.queued));
  }
  std::vector<std::string> notes;
  std::string promise =
      scheduler.policy().promise(scheduler.lowest_priority(), scheduler.highest_priority());
  if (!promise.empty()) notes.push_back(std::move(promise));
  if (world.changes_missed() > 0) {
    notes.push_back(fmt::format("{} changes named jobs that were not waiting or running then",
                                world.changes_missed()));
  }
  return notes;
}

}  // namespace tandem
