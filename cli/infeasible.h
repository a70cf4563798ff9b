// Jobs that can never run on their cluster, found before anything is simulated.
#pragma once

#include <cstdint>
#include <string>

#include "workloads/scenario.h"

namespace tandem {

struct Infeasible {
  std::uint64_t submitted = 0;
  std::uint64_t count = 0;  ///< Of them: those that can never run, whatever the policy.
  std::string first;        ///< The first of these, and why: "wide: needs 9 devices …".

  /// "1 of 2 jobs can never run here, the first is wide: needs 9 devices …".
  std::string text() const;
};

/// Looks at every job that comes with `seed`.
Infeasible find_infeasible(const Scenario& scenario, std::uint64_t seed);

}  // namespace tandem
