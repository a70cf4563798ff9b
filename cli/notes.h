// What is said beside results, on standard error.
#pragma once

#include "cli/arguments.h"
#include "reports/progress.h"

namespace tandem {

/// Whether to say what is good to know but no error.
bool says_notes(const Arguments& arguments);

/// How progress is told: not at all where notes are not.
Progress::Mode progress_mode(const Arguments& arguments);

}  // namespace tandem
