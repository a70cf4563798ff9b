// The machine-readable result: schema tandem.result/1, as docs and other programs rely on it.
//
// Of each run, among the figures that reports/run_result.h defines:
// - "findings": what to know before the figures, worst first, each {"kind", "severity": "critical",
//   "warning" or "note", "summary": one sentence, "count", "jobs": a few names, worst first}. Kinds
//   and what they count: reports/findings.h. A reader passes over kinds that it does not know.
// - "finish_time_fairness": {"rho": {"mean", "p50", …, "max"}, "unfair": the share of jobs above 1,
//   "cdf": [{"rho", "share": of jobs at most there}, …]}, or null; reports/finish_time.h.
// - "pipelines", only if the workload has some: by name {"runs": counted like jobs, "makespan_s",
//   "critical_path_s", "stretch": distributions or null, "stages": by name {"slices", "jobs",
//   "run_s", "device_s", "overhead_s", "overhead_device_s", "overhead_share", "wait_s": {"mean",
//   "max"}, "span_s": {"mean"}}}; reports/pipeline_figures.h.
//
// Also the way home for runs that were computed in a child process, so what is written is read
// again without loss.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "reports/run_result.h"

namespace tandem {

inline constexpr std::string_view kResultSchema = "tandem.result/1";

/// What was simulated. `more` is an object whose members are written beside name and hash.
struct ScenarioInfo {
  std::string name;
  std::string hash;
  nlohmann::ordered_json more = nlohmann::ordered_json::object();
};

/// The whole of `simulate --json`. `summary` is derived from `runs` when it is written.
struct ResultDocument {
  ScenarioInfo scenario;
  std::vector<RunResult> runs;
  /// Members written behind the runs: what only a real run has.
  nlohmann::ordered_json more = nlohmann::ordered_json::object();
};

/// Doubles are written so that they read back the same; what is not a number is null.
nlohmann::ordered_json to_json(const RunResult& run);
nlohmann::ordered_json to_json(const ResultDocument& document);

/// The text of a document, indented. Names of jobs and tenants come from files and need not be
/// UTF-8: what is not is replaced, never an error at the end of a long run.
std::string json_text(const nlohmann::ordered_json& json);

/// Unknown members are passed over: they come from a newer version. Throws InputError for a member
/// that is missing or of the wrong kind.
RunResult run_from_json(const nlohmann::ordered_json& json);
/// Also throws InputError for another schema.
ResultDocument document_from_json(const nlohmann::ordered_json& json);

}  // namespace tandem
