// Whole runs of services that are made by hand: a cluster, a policy, requests in a list; and all
// that became of them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "policies/core/job_counts.h"
#include "sim/check/listed_scenario.h"
#include "tests/support/engine_run.h"
#include "workloads/scenario.h"

namespace tandem {

/// A step of so long whatever it computes: tokens come at times that one can tell by heart.
PlainCost even_steps(double step_s = 0.01);

/// A service of one replica with one device and an even step, on every type of device of the
/// scenario: room for 64 requests and 10,000 tokens.
ServiceSettings service_of(const Scenario& scenario, std::vector<RequestArrival> requests,
                           PlainCost cost = even_steps());

struct RequestRow {
  double arrival_s = 0;
  std::uint32_t prompt = 10;
  std::uint32_t output = 10;
  std::uint32_t session = 0;
};
/// Requests 0, 1, 2 … in the order of the rows.
std::vector<RequestArrival> requests_of(const std::vector<RequestRow>& rows);

/// So many nodes of one device, these jobs, and one service.
Scenario scenario_with(std::uint32_t node_count, const std::vector<RequestRow>& requests,
                       double step_s = 0.01, const std::vector<JobRow>& jobs = {});

struct ServiceRun {
  JobCounts jobs;
  std::uint64_t arrived = 0;
  std::vector<RequestRecord> records;                   ///< In the order in which they ended.
  std::vector<std::vector<std::int64_t>> most_running;  ///< By service and engine.
  std::int64_t most_in_flight = 0;
  std::string story;  ///< What became of jobs: "chat/0 starts@0, chat/0 ends@3.5".

  /// Of a request of the first service.
  const RequestRecord& record(std::uint32_t id) const;
  std::int64_t count(RequestState state) const;
  /// "0:completed@1.5-2 1:failed": with first and last token, in order of ids; of one service.
  std::string ends() const;
};

/// Runs to the end. Throws if requests or jobs get lost, or the run does not come to an end.
ServiceRun run_services(const Scenario& scenario, const std::string& policy,
                        std::uint64_t seed = 1);

}  // namespace tandem
