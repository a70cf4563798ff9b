// Scenarios made of rows, runs of them, and what came of it in one line.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "policies/core/job_counts.h"
#include "policies/core/recorder.h"
#include "workloads/scenario.h"

namespace tandem {

/// One job of a test, in seconds. What a test does not mention is as small as can be.
struct JobRow {
  double submit_s = 0;
  double run_s = 0;
  std::uint32_t devices = 1;
  std::int64_t priority = 0;
  double estimate_s = -1;  ///< Below 0: the run time.
  std::uint32_t tenant = 0;
};

Duration seconds(double count);
Time at_second(double count);

/// Jobs 0, 1, 2 …, called j0, j1 …, in the order of the rows.
std::vector<Arrival> arrivals_of(const std::vector<JobRow>& rows);
/// `count` nodes of one type with `devices` devices each.
Cluster nodes(std::uint32_t count, std::uint32_t devices);
/// One tenant, no failures, no network. Jobs come as listed.
Scenario scenario_of(Cluster cluster, std::vector<Arrival> jobs);
Scenario scenario_of(Cluster cluster, const std::vector<JobRow>& rows);

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
