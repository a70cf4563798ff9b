// The jobs and gangs of a run as packed columns of the page's data.
#pragma once

#include <nlohmann/json.hpp>
#include <span>

#include "reports/history/report.h"
#include "reports/html/page_data.h"

namespace tandem {

/// A microsecond while there are few gangs; a millisecond, or a part of the longest run that no
/// screen resolves, when there are many.
double time_unit_s(std::span<const ReportedRun> runs);

nlohmann::ordered_json cluster_columns(const Cluster& cluster);

struct RunColumns {
  nlohmann::ordered_json workload;  ///< What is the same under every policy.
  nlohmann::ordered_json run;       ///< "job", "turn", "texts", "ranges", "outages", "omitted".
};
RunColumns run_columns(const RunHistory& history, double unit_s, const PageLimits& limits);

}  // namespace tandem
