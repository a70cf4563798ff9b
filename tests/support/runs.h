// Runs of small scenarios, and what came of them in one line.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "policies/core/job_counts.h"
#include "policies/core/recorder.h"
#include "sim/check/listed_scenario.h"
#include "workloads/scenario.h"

namespace tandem {

/// Runs to the end, in the fake world or the simulated one.
enum class In { kFake, kSimulated };
struct RunEnd {
  JobCounts counts;
  std::string promise;
};
RunEnd run(const Scenario& scenario, const std::string& policy, Recorder* recorder,
           In world = In::kSimulated, std::uint64_t seed = 1);
std::string journal_of(const Scenario& scenario, const std::string& policy,
                       In world = In::kSimulated, std::uint64_t seed = 1);
/// All lines of a text, without line breaks.
std::vector<std::string> lines_of(const std::string& text);
/// Replays a journal under the policy it names and returns the journal of the replay.
std::string replay_of(const std::string& journal);

/// Who started when: "0@0 2@1.5 1@10", in the order of decision.
std::string starts(const Scenario& scenario, const std::string& policy);

/// Every order with every backfill, with every placement and with preemption; and settings that
/// make a part work differently.
const std::vector<std::string>& every_policy();

}  // namespace tandem
