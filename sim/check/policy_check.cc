#include "sim/check/policy_check.h"

#include <fmt/format.h>

#include <sstream>

#include "policies/core/error.h"
#include "policies/core/journal.h"
#include "policies/core/replay_world.h"
#include "policies/registry.h"
#include "sim/check/law_checker.h"
#include "sim/check/random_scenario.h"
#include "sim/simulation.h"

namespace tandem {
namespace {

/// The journal of a run that `laws` watches. Throws what simulate() throws.
std::string journal_of(const Scenario& scenario, const std::string& policy, std::uint64_t seed,
                       LawChecker& laws) {
  std::string journal;
  JournalWriter writer([&](std::string_view text) { journal += text; });
  Recorders both({&laws, &writer});
  simulate(scenario, {policy, seed, "check"}, both, [](double) {});
  writer.finish();
  return journal;
}

/// Throws ReplayMismatch if a decision does not come again.
void replay(const std::string& journal) {
  std::istringstream in(journal);
  JournalReader reader([&](std::string& line) { return bool(std::getline(in, line)); }, "journal");
  const RunHeader& header = reader.header();
  Scheduler scheduler(
      header, make_policy(header.policy, {header.cluster, header.tenants, header.models}), nullptr);
  ReplayWorld world(reader);
  drive(world, scheduler);
}

/// What is broken in one workload; empty if nothing is.
std::string broken_in(const std::string& policy, std::uint64_t seed) {
  try {
    const Scenario scenario = random_scenario(seed);
    LawChecker laws;
    const std::string journal = journal_of(scenario, policy, seed, laws);
    if (std::string broken = laws.broken(); !broken.empty()) return broken;
    LawChecker again;
    if (journal_of(scenario, policy, seed, again) != journal) {
      return "determinism: two runs of the same workload differ";
    }
    replay(journal);
  } catch (const RuleBroken& broken) {
    return broken.what();
  } catch (const StuckError& stuck) {
    return std::string("progress: ") + stuck.what();
  } catch (const ReplayMismatch& mismatch) {
    return std::string("replay: ") + mismatch.what();
  }
  return {};
}

}  // namespace

PolicyCheck check_policy(const std::string& policy, std::uint64_t workloads) {
  PolicyCheck check;
  while (check.workloads < workloads && check.broken.empty()) {
    check.seed = ++check.workloads;
    check.broken = broken_in(policy, check.seed);
  }
  return check;
}

}  // namespace tandem
