// The requests that were really asked of a run's services, from the run's requests.csv: what came
// of them, and as a simulation can ask them again.
#pragma once

#include <filesystem>
#include <vector>

#include "policies/batch/service_recorder.h"
#include "workloads/scenario.h"

namespace tandem {

/// As far as the file has it. Throws InputError for one that does not fit the scenario.
std::vector<RequestRecord> recorded_requests(const std::filesystem::path& file,
                                             const Scenario& scenario);

/// Gives the scenario's services these requests, with answers as long as they were; those that were
/// given no token are left out.
void use_recorded_requests(const std::vector<RequestRecord>& records, Scenario& scenario);

}  // namespace tandem
