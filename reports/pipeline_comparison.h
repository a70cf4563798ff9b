// Policies side by side, one pipeline after the other: how long it took, how much longer than it
// had to, and what each stage waited and paid.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "reports/comparison.h"
#include "reports/run_result.h"

namespace tandem {

/// One block for each of the first few pipelines; `more` says what was left out.
struct PipelineComparison {
  std::vector<ComparisonBlock> blocks;
  std::string more;
};

/// `policies` as in Comparison.
PipelineComparison compare_pipelines(std::span<const RunResult> runs,
                                     std::span<const std::string> policies);

}  // namespace tandem
