// One policy of BASE and one of HEAD: their runs paired by seed and by job, and what each figure
// came to.
#pragma once

#include <string>
#include <vector>

#include "reports/comparing/paired_comparison.h"

namespace tandem {

/// The names of two policies that are compared; mostly they are equal.
struct PolicyPair {
  std::string base;
  std::string head;
};

/// What was left out is added to `notes`. Throws InputError if they have no seed in common.
ComparedPolicy compare_policy(const ComparedResult& base, const ComparedResult& head,
                              const PolicyPair& names, const ComparisonSettings& settings,
                              std::vector<std::string>& notes);

}  // namespace tandem
