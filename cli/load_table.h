// What a load run came to, for programs and for people.
#pragma once

#include <cstddef>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "executor/load/load_client.h"
#include "reports/load_figures.h"

namespace tandem {

struct LoadReport {
  LoadFigures figures;
  std::map<std::string, std::uint64_t> errors;  ///< How often, by their names.
  std::map<std::string, std::string> words;     ///< Of the first of each.
  std::uint64_t interrupted = 0;
  std::uint64_t retries = 0;
  std::optional<Percentiles> lateness_ms;  ///< From when requests were to be sent until they were.
  std::uint64_t events = 0;                ///< With tokens, of complete answers.
};

LoadReport load_report(const LoadOutcome& outcome, std::span<const Objective> objectives);

/// The figures of reports/load_figures.h, and "schema", "model", "errors" by name, "interrupted",
/// "retries", and of the client "lateness_ms", "connections" and "max_concurrency".
nlohmann::ordered_json load_json(const LoadReport& report, const LoadOutcome& outcome);

/// The answer, the latencies, and what should be known before they are believed.
std::string load_text(const LoadReport& report, const LoadOutcome& outcome);

}  // namespace tandem
