// Five requests of one service, told to whoever records them: the worked example of the tests.
#pragma once

#include "policies/batch/service_recorder.h"
#include "policies/core/tenant.h"
#include "reports/service_metrics.h"

namespace tandem {

inline Time at_ms(std::int64_t ms) { return Time{std::chrono::milliseconds(ms)}; }

inline Tenants two_tenants() {
  Tenants tenants;
  tenants.add("ann");
  tenants.add("bob, jr");
  return tenants;
}

inline ServiceInfo told_service() {
  using Metric = Objective::Metric;
  return {.name = "chat",
          .objectives = {{Metric::kTtft, 50, std::chrono::milliseconds(100)},
                         {Metric::kTpot, 90, std::chrono::milliseconds(20)},
                         {Metric::kItl, 50, std::chrono::milliseconds(40)},
                         {Metric::kE2e, 100, std::chrono::seconds(2)}},
          .provenance = {"step: measured"},
          .band_low = 0.9,
          .band_high = 1.25};
}

/// In the order of their ends: 1, 0, 3, 4, 2. The first comes at 1 s, the last ends at 3 s.
inline void tell_requests(ServiceRecorder& recorder) {
  struct Row {
    std::uint32_t id, tenant;
    std::int64_t priority;
    RequestState state;
    std::int64_t arrival, first, last;
    std::uint32_t prompt, output, cached, evictions;
    const char* cause = "";
  };
  using enum RequestState;
  const Row rows[] = {{1, 1, 5, kCompleted, 1000, 1200, 1200, 300, 1, 0, 0},
                      {0, 0, 0, kCompleted, 1000, 1050, 1250, 100, 11, 50, 0},
                      {3, 1, 0, kRejected, 1500, 1500, 0, 900, 0, 0, 0, "too long"},
                      {4, 0, 5, kFailed, 1600, 1700, 0, 70, 4, 0, 2, "lost, and lost again"},
                      {2, 0, 0, kCompleted, 2000, 2080, 3000, 100, 21, 0, 1}};
  for (const std::uint32_t id : {0U, 1U, 3U, 4U, 2U}) {
    for (const Row& row : rows) {
      if (row.id != id) continue;
      Request request;
      request.id = {row.id};
      request.tenant = {row.tenant};
      request.priority = row.priority;
      request.arrival = at_ms(row.arrival);
      recorder.arrived({0}, request);
    }
  }
  for (const Row& row : rows) {
    recorder.ended({.service = {0},
                    .id = {row.id},
                    .tenant = {row.tenant},
                    .priority = row.priority,
                    .state = row.state,
                    .arrival = at_ms(row.arrival),
                    .first_token = at_ms(row.first),
                    .last_token = at_ms(row.last),
                    .prompt_tokens = row.prompt,
                    .output_tokens = row.output,
                    .cached_tokens = row.cached,
                    .evictions = row.evictions,
                    .cause = row.cause});
  }
}

}  // namespace tandem
