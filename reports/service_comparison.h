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

}  // namespace tandem
