// The parts of a sweep as a job array of Slurm. Slurm is reached by its commands alone: nothing of
// it is linked.
#pragma once

#include <vector>

#include "cli/planning/sweep_part.h"

namespace tandem {

/// Submits the parts that are not through yet and waits for them. A part that is lost with its
/// node, or fails, is submitted again, up to three times in all; others keep what they have.
/// Returns 0 when all are through, 130 after an interrupt, which also cancels the array, 5 when
/// parts are left. Throws InputError where there is no Slurm.
int run_slurm_parts(const Arguments& arguments, const PartSettings& settings,
                    const std::vector<WhatIf>& what_ifs);

}  // namespace tandem
