// The parts of a plan as rows of texts: what the terminal's tables and the Markdown ones share.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "reports/planning/plan_report.h"

namespace tandem {

/// The first row is the header.
using TextRows = std::vector<std::vector<std::string>>;

/// "345600 USD a month", "192 devices", "12.3 MWh": of a candidate, by the plan's objective.
std::string price_text(const PlanReport& report, std::size_t candidate);
/// "wait.p95 24.1±1.2 min" for every promise, or why it cannot be simulated.
std::string figures_text(const PlanReport& report, std::size_t candidate);
/// "h100=24 under easy"
std::string option_text(const PlanReport& report, std::size_t candidate);

/// These candidates, one a row.
TextRows candidate_rows(const PlanReport& report, std::span<const std::size_t> candidates);
TextRows growth_rows(const PlanReport& report);

/// Columns aligned to the left, two spaces between, each line indented by two.
std::string aligned_rows(const TextRows& rows);
/// As GitHub shows it.
std::string markdown_rows(const TextRows& rows);

}  // namespace tandem
