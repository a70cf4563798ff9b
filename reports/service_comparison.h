// Policies side by side, one service after the other: what its users waited for each token.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "reports/comparison.h"
#include "reports/run_result.h"

namespace tandem {

/// A block for each service. `policies` as in Comparison.
std::vector<ComparisonBlock> compare_services(std::span<const RunResult> runs,
                                              std::span<const std::string> policies);

/// For each service a sentence: under which policy its users are served best, by the share of
/// requests that met all objectives or, without any, by the time to the last token. Empty if there
/// are no services.
std::string answer_of_services(std::span<const RunResult> runs);

}  // namespace tandem
