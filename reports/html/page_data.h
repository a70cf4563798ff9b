// The data of the report's page: schema tandem.report/1, which page/*.js reads.
//
// Times are whole numbers of "unit_s" since the start of the run; the unit is fine in short reports
// and coarse in long ones. Columns named in capitals below are packed (reports/html/packed.h),
// steps are differences to the row before; "overtaken_by", "state", "ended", "hold", "admitted",
// "reject", "how" and "range_count" are stretches.
// - "title", "answer", "why", "notes", "legend"
// - "policies": {"label", "seeds", "metrics": by name {"mean", "ci95"}}; "front": places among them
// - "tables": {"title", "rows": {"label", "metric", "cells", by policy: {"text", "best"}}}
// - "clusters": {"nodes": packed names, "node_devices", "types"}
// - "workloads": {"jobs": packed names, "tenants", TENANT, DEVICES, SUBMIT (steps)}
// - "runs", one for each policy: "label", "policy", "seed", "cluster", "workload", "end", …;
//   "queue", "held": {AT (steps), LEVEL}; "waits", "first_tokens", "losses": curves; "job": columns
//   by job, "turn": columns by gang, in the order of their begin, "omitted": gangs that are not
//   among them because there are too many.
#pragma once

#include <nlohmann/json.hpp>

#include "reports/history/report.h"

namespace tandem {

/// How much of single jobs a page holds before it would open slowly.
struct PageLimits {
  std::size_t gangs_of_run = 150'000;  ///< Of more, those with the most device time.
  std::size_t bytes = 4'600'000;       ///< Beyond, policies with longer waits have curves only.
  std::size_t reason_bytes = 300'000;  ///< Beyond, reasons are kept without their numbers.
};

nlohmann::ordered_json page_data(const Report& report, const PageLimits& limits = {});

}  // namespace tandem
