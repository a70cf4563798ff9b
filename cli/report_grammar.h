// The options of `tandem report`.
#pragma once

#include "cli/arguments.h"
#include "cli/run_grammar.h"

namespace tandem {

/// Adds it; it reads into `arguments`.
void add_report_command(const MakeCommand& command, Arguments& arguments);

}  // namespace tandem
