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
  bool shares = true;        ///< Jobs on parts of a device.
  bool elastic = true;       ///< Jobs that run on more or fewer devices.
  bool speeds = true;        ///< Models that are slower on some types, or cannot run there.
  bool exclusions = true;    ///< Models that keep apart from others, or from themselves.
  bool dependencies = true;  ///< On jobs that come earlier; pipelines.
  bool limits = true;        ///< Of running and of submitted jobs.
  bool guarantees = true;
  bool inner_quotas = true;  ///< Also at accounts that have accounts below.
  bool states = true;        ///< State to save and read, which takes time.
  bool losses = true;        ///< Gangs that are preempted without saving their state.
  bool restarts = true;      ///< Starting again takes time.
  bool starts = true;        ///< Every start takes time, and every stop; estimates know of neither.
  bool kills = true;         ///< Jobs that are ended at their estimate.
  bool unpreemptible = true;  ///< Jobs that must not be stopped.
  bool claims = true;         ///< Deadlines, qualities of service, partitions, critical paths.
};

/// The same scenario for the same arguments, on every machine.
Scenario random_scenario(std::uint64_t seed, const Mix& mix = {});

}  // namespace tandem
