// The head of a run's journal, from the scenario that is run.
#pragma once

#include <cstdint>
#include <string>

#include "policies/core/recorder.h"
#include "workloads/scenario.h"

namespace tandem {

/// `policy` in its canonical text; `build`: of the program.
inline RunHeader header_of(const Scenario& scenario, const std::string& policy, std::uint64_t seed,
                           const std::string& build) {
  return {scenario.name,
          scenario.hash,
          seed,
          policy,
          build,
          scenario.scheduling_interval,
          scenario.cluster,
          scenario.tenants,
          scenario.models,
          scenario.limits,
          scenario.pipelines};
}

}  // namespace tandem
