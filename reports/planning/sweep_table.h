// The table of `tandem sweep`: a row for each simulation, with what was set and what it came to.
//
// Columns, always in this order: one for each setting that varies, under its name (numbers, unless
// some value is none); "policy", "seed"; every metric of reports/metric.h under its flat name,
// units last; of every service "SERVICE.ttft_ms_mean" and the other latencies, "SERVICE.attainment"
// and so on; "error", why there are no figures. Figures that a run does not have are null.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "reports/planning/parquet.h"
#include "reports/run_result.h"

namespace tandem {

struct SweepRow {
  std::vector<std::string> values;  ///< Of the settings, in their order.
  std::string policy;
  std::uint64_t seed = 1;
  std::optional<RunResult> run;
  std::string error;
};

std::vector<ParquetColumn> sweep_columns(const std::vector<std::string>& settings,
                                         const std::vector<SweepRow>& rows);

/// Where jobs wait least on average or, without jobs, requests for their first token, in a
/// sentence.
std::string sweep_answer(const std::vector<std::string>& settings,
                         const std::vector<SweepRow>& rows);

}  // namespace tandem
