// Random what-ifs full of ties: whole small seconds, zero-length jobs, everything at once.
#pragma once

#include <cstdint>

#include "workloads/scenario.h"

namespace tandem {

/// What may occur. Everything, unless a law holds only without it.
struct Mix {
  bool types = true;       ///< Several device types, and jobs that accept only some.
  bool rooms = true;       ///< CPUs, memory, jobs on one node, jobs without devices.
  bool failures = true;    ///< Random and planned, with and without checkpoints.
  bool priorities = true;  ///< Base priorities, and changes of them while jobs wait or run.
  bool cancellations = true;
  bool quotas = true;
  bool infeasible = true;  ///< Jobs that no node, or no quota, has room for.
  bool interval = true;    ///< A scheduling interval.
  bool wrong_estimates = true;
};

/// The same scenario for the same arguments, on every machine.
Scenario random_scenario(std::uint64_t seed, const Mix& mix = {});

}  // namespace tandem
