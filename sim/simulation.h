// One simulation: a scenario under one policy with one seed.
#pragma once

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "policies/batch/service_recorder.h"
#include "policies/core/recorder.h"
#include "workloads/scenario.h"

namespace tandem {

struct Simulation {
  std::string policy;
  std::uint64_t seed = 1;
  std::string build;  ///< Of the program, for the journal.
};

/// The run could not come to its end: jobs wait and nothing that can happen will start them.
class StuckError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Runs to the end and tells `recorder`. `progress` is told, now and then, the share of jobs that
/// have arrived, `requests`, unless it is null, of every request of a service. Returns what a user
/// should know of the run: promises of the policy, changes that had no effect. One simulation with
/// a network in a process. Throws RuleBroken, StuckError.
std::vector<std::string> simulate(const Scenario& scenario, const Simulation& simulation,
                                  Recorder& recorder, const std::function<void(double)>& progress,
                                  ServiceRecorder* requests = nullptr);

}  // namespace tandem
