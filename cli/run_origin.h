// What a real run was begun from, kept in its folder: scenario, overrides, policy, seed. Whoever
// wants to look at the run later needs no more.
#pragma once

#include <string>

#include "executor/control/real_jobs.h"
#include "executor/control/run_folder.h"

namespace tandem {

struct RunOrigin {
  ScenarioText text;
  std::string policy;
  std::uint64_t seed = 1;
  bool is_asked = false;  ///< Requests came over HTTP or from a file, not from the scenario.
};

void write_origin(const RunOrigin& origin, const RunFolder& folder);
/// With the scenario's text as it is now. Throws InputError if there is no run.
RunOrigin read_origin(const RunFolder& folder);

}  // namespace tandem
