// What a comparison of policies comes to, in one sentence; figures that need no table.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "reports/run_result.h"
#include "reports/summary.h"

namespace tandem {

/// Which policy lets jobs wait least, and by how much against the first one (or, if it is the
/// first, against the next best). Says so where the seeds do not tell the policies apart.
std::string answer(std::span<const PolicySummary> policies);

/// What a reader must know before believing the figures: the findings, worst first; that policies
/// completed different numbers of jobs; and the warnings of the runs, each once.
std::vector<std::string> notes(std::span<const RunResult> runs);

}  // namespace tandem
