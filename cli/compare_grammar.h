// The options of `tandem compare` and `tandem check`.
#pragma once

#include "cli/run_grammar.h"

namespace tandem {

/// Adds `compare`; it reads into `arguments`.
void add_compare_command(const MakeCommand& command, Arguments& arguments);
/// Adds `check` and returns it: what is said of simulations is still to be added.
CLI::App* add_check_command(const MakeCommand& command, Arguments& arguments);

}  // namespace tandem
