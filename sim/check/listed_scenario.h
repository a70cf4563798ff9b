// Scenarios made of rows: what is not mentioned is as small as can be.
#pragma once

#include <cstdint>
#include <vector>

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

}  // namespace tandem
