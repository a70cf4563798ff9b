// The "services" of a result: by name {"requests": counted like jobs, "ttft_ms", "tpot_ms",
// "itl_ms", "e2e_ms": distributions or null, "objectives": [{"metric", "percentile", "limit_ms",
// "value_ms", "met"}], "attainment", "throughput_rps", "goodput_rps", "prompt_tokens_per_s",
// "output_tokens_per_s", "preemptions", "prefix_hit_rate", "block_hit_rate", "kv_utilization",
// "queue_length", "running": {"mean", "max"}, "queue_length_over_time": {"step_s", "mean": […]},
// "tenants", "classes": by name {"requests", "ttft_ms", "tpot_ms", "e2e_ms", "attainment"},
// "step_time":
// {"provenance": […], "band": [low, high]}}; reports/service_metrics.h.
#pragma once

#include <string>
#include <vector>

#include "reports/json_parts.h"
#include "reports/service_result.h"

namespace tandem {

Json write(const std::vector<ServiceResult>& services);
ServiceResult read_service(const std::string& name, const Json& json);

/// "ttft", "tpot", "itl", "e2e".
std::string_view name_of(Objective::Metric metric);
/// "TTFT p99".
std::string objective_name(const Objective& objective);

}  // namespace tandem
