// The findings of several runs for people: each kind in one line, whatever the number of runs.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "reports/run_result.h"

namespace tandem {

/// Worst first. A finding that every run has, word for word, is said as it is; otherwise that of
/// the run where it is worst, with the run's name, and under which other policies there is one too.
std::vector<std::string> finding_lines(std::span<const RunResult> runs);

}  // namespace tandem
