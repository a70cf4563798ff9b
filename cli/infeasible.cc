#include "cli/infeasible.h"

#include <fmt/format.h>

#include "cli/terminal.h"
#include "policies/core/feasibility.h"
#include "workloads/traces/names.h"

namespace tandem {

std::string Infeasible::text() const {
  return fmt::format("{} of {} can never run here, the first is {}", count,
                     counted(submitted, "job"), first);
}

Infeasible find_infeasible(const Scenario& scenario, std::uint64_t seed) {
  Infeasible found;
  Feasibility feasibility(scenario.cluster, scenario.tenants);
  const auto arrivals = scenario.arrivals(seed);
  while (const auto arrival = arrivals->next()) {
    ++found.submitted;
    const std::string why = feasibility.why_never(arrival->job);
    if (why.empty()) continue;
    if (found.count++ == 0) found.first = fmt::format("{}: {}", arrival->job.name, why);
  }
  return found;
}

}  // namespace tandem
